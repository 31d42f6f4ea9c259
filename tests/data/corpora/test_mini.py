"""The mini corpus: same bytes every time, true phone times, voices apart, VCTK's shape."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import find_audio, info, read_mono
from speechgen.data import prepare_auto, prepare_noise
from speechgen.data.augment.loudness import active_rms, db, rms
from speechgen.data.corpora.mini import generate_mini
from speechgen.data.corpora.mini_espeak import speak
from speechgen.data.corpora.mini_text import BABBLE_VOICES, PAIR_SENTENCES, SENTENCES, VOICES
from speechgen.errors import DataError, OutputError
from speechgen.features import f0

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("espeakng_loader") is None, reason="the extra mini is not installed"
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate_mini(tmp_path_factory.mktemp("mini") / "a corpus", voices=4, sentences=12)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_same_arguments_give_the_same_bytes_also_after_an_interruption(
    corpus: Path, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    begun.mkdir()
    text = (corpus / "mini.json").read_text().replace("true", "false")
    (begun / "mini.json").write_text(text)
    generate_mini(begun, voices=4, sentences=12)
    assert digests(begun) == digests(corpus)


def test_a_complete_corpus_is_kept_and_another_refused(corpus: Path, tmp_path: Path) -> None:
    before = (corpus / "mini.json").stat().st_mtime_ns
    generate_mini(corpus, voices=4, sentences=12)
    assert (corpus / "mini.json").stat().st_mtime_ns == before
    with pytest.raises(OutputError, match="another mini corpus"):
        generate_mini(corpus, voices=3, sentences=12)
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="something else"):
        generate_mini(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("arguments", [{"voices": 1}, {"voices": 99}, {"sentences": 0}])
def test_numbers_out_of_range_are_refused(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(DataError, match="the mini corpus has"):
        generate_mini(tmp_path / "none", **arguments)


def test_vctk_shape_reads_as_such(corpus: Path, tmp_path: Path) -> None:
    data = prepare_auto(corpus, tmp_path / "data")
    assert len(data.wavs) == 4 * 12
    assert set(data.speakers.values()) == {voice.name for voice in VOICES[:4]}
    assert data.texts is not None and set(data.texts) == set(data.wavs)
    for name, file in data.wavs.items():
        about = info(file)
        assert (about.sample_rate, about.format, about.subtype) == (48000, "FLAC", "PCM_16")
        assert data.texts[name] == SENTENCES[int(name.split("_")[1]) - 1]


def test_every_speaker_says_the_common_sentences(corpus: Path) -> None:
    for folder in (corpus / "txt").iterdir():
        numbers = {int(file.stem.split("_")[1]) for file in folder.iterdir()}
        assert len(numbers) == 12 and set(range(1, 11)) <= numbers


def test_phone_times_cover_the_speech(corpus: Path) -> None:
    for file in sorted((corpus / "phones").rglob("*.tsv"))[::5]:
        rows = [line.split("\t") for line in file.read_text().splitlines()]
        times = np.array([[float(row[0]), float(row[1])] for row in rows])
        assert (times[:, 1] > times[:, 0]).all() and (times[1:, 0] >= times[:-1, 1] - 1e-3).all()
        sound = corpus / "wav48_silence_trimmed" / file.parent.name / f"{file.stem}_mic1.flac"
        wave = read_mono(sound, 16000)
        duration = len(wave) / 16000
        assert abs(times[0, 0] - 0.1) < 0.01 and abs(duration - times[-1, 1] - 0.15) < 0.01
        inside = np.zeros(len(wave), dtype=bool)
        for start, end in times:
            inside[int((start - 0.02) * 16000) : int((end + 0.03) * 16000)] = True
        assert (wave[~inside] ** 2).sum() < 0.02 * (wave**2).sum()


def test_silence_is_faint_noise_and_speech_is_levelled(corpus: Path) -> None:
    for file in find_audio(corpus / "wav48_silence_trimmed")[::7]:
        wave = read_mono(file, 48000)
        head = wave[: int(0.05 * 48000)]
        assert -74 < db(float(np.sqrt((head**2).mean()))) < -60
        assert abs(db(active_rms(wave, 48000)) + 24) < 1.0
        assert np.abs(wave).max() < 0.99


def test_voices_differ_in_pitch() -> None:
    medians = {}
    for voice in VOICES[:10]:
        said = speak(
            list(SENTENCES[:2]),
            variant=voice.variant,
            pitch=voice.pitch,
            pitch_range=voice.pitch_range,
            rate=voice.rate,
        )
        wave = np.concatenate([item.wave for item in said]).astype(np.float32) / 32768
        hertz, voiced = f0(wave, said[0].sample_rate, 220)
        medians[voice.name] = float(np.median(hertz[voiced]))
    ordered = np.sort(list(medians.values()))
    assert ordered[0] < 80 and ordered[-1] > 250
    assert (ordered[1:] / ordered[:-1] > 1.03).all(), medians


def test_noises_of_train_and_test_are_other_files(corpus: Path, tmp_path: Path) -> None:
    found = {}
    for part in ("train", "test"):
        data = prepare_noise(corpus / "noise" / part, tmp_path / part)
        assert len(set(data.speakers.values())) >= 5
        found[part] = {hashlib.sha256(file.read_bytes()).hexdigest() for file in data.wavs.values()}
    assert not found["train"] & found["test"]


def test_speakers_and_babble_share_no_voice() -> None:
    speakers = {voice.variant for voice in VOICES}
    train, test = ({voice.variant for voice in BABBLE_VOICES[p]} for p in ("train", "test"))
    assert not speakers & train and not speakers & test and not train & test


def test_pairs_have_the_stated_ratio_and_new_sentences(corpus: Path) -> None:
    assert not set(PAIR_SENTENCES) & set(SENTENCES)
    parts = {}
    for part in ("train", "test"):
        folder = corpus / "pairs" / part
        rows = [line.split("\t") for line in (folder / "pairs.tsv").read_text().splitlines()[1:]]
        assert len(rows) == 4 * 4
        parts[part] = {row[0].split("_")[1] for row in rows}
        for name, _, ratio in rows:
            clean = read_mono(folder / "clean" / f"{name}.wav", 16000)
            noisy = read_mono(folder / "noisy" / f"{name}.wav", 16000)
            noise = noisy - clean
            measured = db(active_rms(clean, 16000) / float(np.sqrt((noise**2).mean())))
            assert abs(measured - float(ratio)) < 0.2
    assert not parts["train"] & parts["test"]


def test_without_espeak_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"speechgen\[mini\]"):
        speak(["One."], variant="m1", pitch=50, pitch_range=50, rate=160)


def test_the_closure_of_a_stop_is_its_own(corpus: Path) -> None:
    quiet, loud = [], []
    for table in sorted((corpus / "phones").rglob("*.tsv")):
        speaker, name = table.parent.name, table.stem
        wave = read_mono(corpus / "wav48_silence_trimmed" / speaker / f"{name}_mic1.flac", 16000)
        rows = [line.split("\t") for line in table.read_text().splitlines()]
        for (_, before, vowel), (start, _, stop) in itertools.pairwise(rows):
            if stop in ("p", "t", "k") and before == start and vowel[-1] in "æɛʌɪ":
                edge = round(float(start) * 16000)
                loud.append(db(rms(wave[edge - 240 : edge])))
                quiet.append(db(rms(wave[edge + 80 : edge + 320])))
    assert len(quiet) > 5
    assert np.median(quiet) < -60 and np.median(loud) > -40
