"""What a training on mixtures hears, written as pairs: to listen to, to look at, to score on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speechgen.data import DataDirectory
from speechgen.data.augment.loudness import active_rms, rms
from speechgen.data.augment.written_pairs import Pair, write_pairs
from speechgen.errors import ConfigError
from speechgen.progress import track
from speechgen.training import datasets
from speechgen.training.composition import compose
from speechgen.training.runner import data_context
from speechgen.training.settings import RunSettings, from_mapping

_COLUMNS = ("speech_dbfs", "snr_db", "clipped_share")
_CLIPPED = 0.999  # of the peak
_QUIETEST = 1e-6


def write_drawn_mixtures(
    overrides: list[str], output: str | Path, count: int, config_dir: str | Path | None = None
) -> DataDirectory:
    """Write the first ``count`` items of a training's data: ``clean/``, ``noisy/``, noisy.scp.

    Parameters
    ----------
    overrides
        As ``speechgen train`` takes them, but for ``output``.
    output
        Folder. Its ``pairs.tsv`` has the active speech level (dB below full scale), how far what
        is not the target lies below it, both measured, and the share of samples at the peak.
    count
        Of items; the same for the same seed.
    config_dir
        As of ``speechgen train``.

    Raises
    ------
    ConfigError
        The data are not pairs of clean and noisy speech, or ``count`` is not positive.
    """
    if count < 1:
        raise ConfigError(f"--count {count}: needs 1 or more")
    composed = compose([*overrides, f"output={output}"], config_dir)
    settings = from_mapping(RunSettings, composed, "configuration")
    chosen = datasets.data_settings(settings.data)
    context = data_context(settings, getattr(chosen, "cache_dir", None))
    dataset = datasets.open_data(chosen, context).dataset
    if not {"clean", "noisy"} <= dataset[0].keys():
        raise ConfigError(
            f"data: {chosen.kind!r} has no clean and noisy side; mixture, mixture_augmented and "
            "paired have"
        )
    names = [f"item{number:04d}" for number in range(count)]

    def pairs() -> Iterator[Pair]:
        for number, name in enumerate(track(names, "mixtures")):
            item = dataset[number]
            clean, noisy = (item[side][0].numpy() for side in ("clean", "noisy"))
            facts = _facts(clean, noisy, context.sample_rate)
            yield Pair(name, name, clean, noisy, context.sample_rate, facts)

    source = DataDirectory(Path(output), {}, dict(zip(names, names, strict=True)))
    return write_pairs(source, output, pairs(), _COLUMNS)


def _facts(clean: np.ndarray, noisy: np.ndarray, sample_rate: int) -> tuple[str, ...]:
    speech, rest = active_rms(clean, sample_rate), rms(noisy - clean)
    level, below = (20 * np.log10(max(value, _QUIETEST)) for value in (speech, rest))
    peak = np.abs(noisy).max()
    clipped = np.mean(np.abs(noisy) >= _CLIPPED * peak) if peak > 0 else 0.0
    return f"{level:.1f}", f"{level - below:.1f}", f"{clipped:.4f}"
