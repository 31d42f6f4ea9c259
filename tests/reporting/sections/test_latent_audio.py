"""The report's section on waveform autoencoders."""

from __future__ import annotations

import json
from pathlib import Path

from speechgen.data import DataDirectory
from speechgen.evaluation.latent_audio import score_latent
from speechgen.reporting import write_report
from tests.evaluation.small_vaes import network


def test_the_report_compares_paired(voices: DataDirectory, tmp_path: Path):
    model = network()
    for number, title in enumerate(["phase one", "phase two"]):
        result = score_latent(model, voices.path, limit=3, system=title)
        for scores in result["files"].values():
            scores["spectral distance"] += 0.5 * number
        path = tmp_path / "exp" / "results" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result))
    text = write_report(tmp_path / "exp").read_text()
    assert "## Latents of speech" in text
    drawn, means = [ln for ln in text.splitlines() if ln.startswith("| phase two, less phase one")]
    header = next(line for line in text.splitlines() if line.startswith("| paired differences"))
    for measure in ("SI-SDR (dB) ↑", "LSD (dB) ↓", "spectral distance ↓", "MCD (dB) ↓"):
        assert measure in header
    assert "+0.500 [+0.500, +0.500]" in drawn and "+0.500" not in means
    assert drawn.count("+0.000 [+0.000, +0.000]") == 3 and means.count("+0.000") == 12
    assert "rate (bit/s)" in text and "voice, cosine" not in text
