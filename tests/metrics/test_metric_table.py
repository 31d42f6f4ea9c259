from __future__ import annotations

from speechgen.metrics import (
    ENHANCEMENT_LISTENING,
    ENHANCEMENT_METRICS,
    LISTENING_METRICS,
    METRICS,
    SYNTHESIS_METRICS,
)


def test_every_metric_has_unit_direction_and_meaning() -> None:
    assert set(ENHANCEMENT_METRICS) | set(SYNTHESIS_METRICS) <= set(METRICS)
    assert set(ENHANCEMENT_LISTENING) | set(LISTENING_METRICS) <= set(METRICS)
    assert all(metric.meaning for metric in METRICS.values())
    assert all(METRICS[name].higher_is_better for name in ENHANCEMENT_METRICS)
    lower = {name for name, metric in METRICS.items() if not metric.higher_is_better}
    of_speech = {"MCD", "F0 RMSE", "voicing error", "LLR", "WSS", "bits per sample"}
    of_speech |= {"SPTK MCD", "median F0 RMSE", "WER", "EER", "minDCF"}
    assert of_speech | {"rate", "LSD", "spectral distance"} == lower
