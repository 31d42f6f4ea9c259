"""Listening measures of folders: word errors over all words, and what is missing said at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono, write
from speechgen.data import DataDirectory, write_data_directory
from speechgen.errors import DataError
from speechgen.evaluation import score_synthesis
from speechgen.evaluation.listening import listening_means
from speechgen.metrics import LISTENING_METRICS
from speechgen.metrics.listening import MEASURES

TEXTS = {
    "bdl-arctic_a0011": "If I ever needed a fighter in my life I need one now.",
    "bdl-arctic_a0023": "A combination of Canadian capital quickly organized and petitioned for the"
    " same privileges.",
}


@pytest.fixture
def recordings(corpora: Path, tmp_path: Path) -> DataDirectory:
    wavs = {name: corpora / "arctic" / f"{name.replace('-', '/')}.flac" for name in TEXTS}
    return write_data_directory(tmp_path / "data", wavs, dict.fromkeys(wavs, "bdl"), texts=TEXTS)


def test_the_error_rate_of_a_set_counts_words_not_files() -> None:
    files = {"long": {"WER": 0.1, "words": 30}, "short": {"WER": 1.0, "words": 2}, "mute": {}}
    assert listening_means(files) == {"WER": pytest.approx(5 / 32)}
    assert listening_means({"perfect": {"WER": 0.0, "words": 3}}) == {"WER": 0.0}
    assert listening_means({"other": {"MCD": 3.0}}) == {}


def test_words_need_texts(voices: DataDirectory) -> None:
    pytest.importorskip("pocketsphinx", reason="the extra eval is not installed")
    with pytest.raises(DataError, match="no file text"):
        score_synthesis(voices.path, voices.path, measures=["wer"])


def test_all_measures_of_recordings_and_of_noise_in_their_place(
    recordings: DataDirectory, tmp_path: Path
) -> None:
    for packages in MEASURES.values():
        for package in packages:
            if package != "webrtcvad":  # imported by its user, with what it needs
                pytest.importorskip(package, reason="the extra eval is not installed")
    rng = np.random.default_rng(0)
    for name, path in recordings.wavs.items():
        noise = rng.normal(size=len(read_mono(path, 16000))) * 0.05
        write(tmp_path / "noise" / f"{name}.wav", noise.astype(np.float32), 16000)
    good, bad = (
        score_synthesis(recordings.path, folder, measures=list(MEASURES), jobs=jobs)
        for folder, jobs in ((recordings.path, 1), (tmp_path / "noise", 2))
    )
    assert set(LISTENING_METRICS) <= set(good["mean"])
    assert good["mean"]["P.808"] > bad["mean"]["P.808"] + 0.5
    assert good["mean"]["WER"] < 0.6 < bad["mean"]["WER"]
    assert good["mean"]["Resemblyzer similarity"] > bad["mean"]["Resemblyzer similarity"] + 0.2
    assert not good["failed"] and not bad["failed"]
