"""Listening measures of folders: word errors over all words, and what is missing said at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono, write
from speechgen.data import DataDirectory, write_data_directory
from speechgen.errors import ConfigError, DataError
from speechgen.evaluation import compare_enhancements, score_enhancements, score_synthesis
from speechgen.evaluation.listening import listening_means, texts_of
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


@pytest.fixture
def noisy_pairs(recordings: DataDirectory, tmp_path: Path) -> tuple[Path, Path]:
    """Folders of two clean sentences and of the same in noise, with a file text."""
    pytest.importorskip("speechmos", reason="the extra eval is not installed")
    pytest.importorskip("onnxruntime", reason="the extra eval is not installed")
    pytest.importorskip("pocketsphinx", reason="the extra eval is not installed")
    clean, noisy = tmp_path / "clean", tmp_path / "noisy"
    rng = np.random.default_rng(0)
    for name, path in recordings.wavs.items():
        wave = read_mono(path, 16000)
        write(clean / f"{name}.wav", wave, 16000)
        noise = 0.02 * rng.normal(size=len(wave)).astype(np.float32)
        write(noisy / f"{name}.wav", wave + noise, 16000)
    lines = [f"{name} {words}\n" for name, words in sorted(TEXTS.items())]
    (tmp_path / "words.txt").write_text("".join(lines))
    return clean, noisy


def test_enhanced_speech_is_heard_beside_the_noisy_and_the_clean(
    noisy_pairs: tuple[Path, Path], tmp_path: Path
) -> None:
    clean, noisy = noisy_pairs
    results = score_enhancements(
        clean, [clean], noisy=noisy, measures=["dnsmos", "wer"], text=tmp_path / "words.txt", jobs=1
    )
    compared = compare_enhancements(results)
    assert list(compared["systems"]) == ["noisy", "clean", "clean speech"]
    rows = compared["systems"].values()
    bad, same, best = (row["mean"] for row in rows)
    assert list(best) == ["SIG", "BAK", "OVRL", "P.808", "WER"]
    assert {name: same[name] for name in best} == pytest.approx(best)  # clean against itself
    assert same["PESQ"] > 4.6 and "PESQ" not in best
    assert bad["BAK"] < best["BAK"] - 0.5 and bad["OVRL"] < best["OVRL"] - 0.3
    assert bad["WER"] > best["WER"]
    for row in rows:
        words = len(" ".join(TEXTS.values()).split())
        assert row["mean"]["WER"] * words == pytest.approx(round(row["mean"]["WER"] * words))
        assert all(row["intervals"][name]["utterances"] == 2 for name in best)
    assert f"WER over {words} words" in results[0]["context"]["estimator"]


def test_the_order_of_files_changes_nothing_that_is_heard(
    noisy_pairs: tuple[Path, Path], tmp_path: Path
) -> None:
    folders, renamed = [], dict(zip(sorted(TEXTS), ("z", "a"), strict=True))
    for folder in noisy_pairs:
        folders.append(tmp_path / "other" / folder.name)
        for old, new in renamed.items():
            write(folders[-1] / f"{new}.wav", read_mono(folder / f"{old}.wav", 16000), 16000)
    (folders[0] / "text").write_text(
        "".join(f"{new} {TEXTS[old]}\n" for old, new in sorted(renamed.items(), reverse=True))
    )
    kinds = {"measures": ["dnsmos", "wer"], "jobs": 1}
    (noisy, _), (other, _) = (
        score_enhancements(noisy_pairs[0], [noisy_pairs[1]], text=tmp_path / "words.txt", **kinds),
        score_enhancements(folders[0], [folders[1]], **kinds),
    )
    for old, new in renamed.items():
        assert other["files"][new] == pytest.approx(noisy["files"][old], abs=1e-3)
    assert other["mean"] == pytest.approx(noisy["mean"], abs=1e-3)


def test_texts_and_names_that_are_missing_are_said_before_the_work(
    voices: DataDirectory, tmp_path: Path
) -> None:
    pytest.importorskip("pocketsphinx", reason="the extra eval is not installed")
    ask = {"measures": ["wer"], "jobs": 1}
    with pytest.raises(DataError, match="has no file text.*--text"):
        score_enhancements(voices.path, [voices.path], **ask)
    (tmp_path / "text").write_text("nobody says this\n")
    with pytest.raises(DataError, match="no words of any of its files"):
        score_enhancements(voices.path, [voices.path], text=tmp_path / "text", **ask)
    with pytest.raises(DataError, match="cannot be read"):
        texts_of(voices.path, tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="names that differ"):
        score_enhancements(
            voices.path, [voices.path], systems=["clean speech"], text=tmp_path / "text", **ask
        )
    with pytest.raises(ConfigError, match="'similarity': needs one of dnsmos, wer"):
        score_enhancements(voices.path, [voices.path], measures=["similarity"])
