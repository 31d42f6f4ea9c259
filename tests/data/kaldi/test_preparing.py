"""Corpora into data directories: ids, speakers, words, classes, microphones and pairs."""

from __future__ import annotations

import logging
import os
import unicodedata
from pathlib import Path

import pytest

from speechgen.data import (
    join_by_id,
    prepare_auto,
    prepare_noise,
    prepare_paired,
    prepare_tree,
    prepare_vctk,
    validate,
)
from speechgen.data.kaldi.naming import clean_name, speaker_name
from speechgen.errors import DataError


def test_tree_of_speakers(tmp_path, make_sound) -> None:
    root = tmp_path / "my corpus"
    for name in ("ann/one.wav", "ann b/x/two words.wav", "ann-c/one.wav", "an/one.flac"):
        make_sound(root / name)
    (root / "ann" / "one.txt").write_text("Hello\nthere \n")
    data = prepare_tree(root, tmp_path / "data")
    assert data.speakers == {
        "an-one": "an",
        "ann-one": "ann",
        "ann_b-x-two_words": "ann_b",
        "ann_c-one": "ann_c",
    }
    assert data.texts == {"ann-one": "Hello there"}
    assert data.durations == dict.fromkeys(data.ids, 0.5)
    assert validate(tmp_path / "data", read_headers=True) == []


def test_librispeech_tree_keeps_its_ids_and_words(tmp_path, make_sound) -> None:
    for name in ("19/198/19-198-0000", "19/198/19-198-0001", "103/1240/103-1240-0000"):
        make_sound(tmp_path / "c" / f"{name}.flac")
    (tmp_path / "c/19/198/19-198.trans.txt").write_text("19-198-0000 NORTHANGER\n")
    data = prepare_auto(tmp_path / "c", tmp_path / "d")
    assert data.ids == ["103-1240-0000", "19-198-0000", "19-198-0001"]
    assert data.texts == {"19-198-0000": "NORTHANGER"}


def test_flat_folders(tmp_path, make_sound) -> None:
    for name in ("p225_001", "p225_002", "p22_001"):
        make_sound(tmp_path / "v" / f"{name}.wav")
    data = prepare_tree(tmp_path / "v", tmp_path / "d")
    assert data.speaker_names == ["p22", "p225"]  # p22_ sorts after p2250: ids get a prefix
    assert data.ids == ["p22-p22_001", "p225-p225_001", "p225-p225_002"]
    for name in ("3_george_1", "3_theo_0"):
        make_sound(tmp_path / "f" / f"{name}.wav")
    digits = prepare_tree(tmp_path / "f", tmp_path / "e")
    assert digits.speakers == {"george-3_george_1": "george", "theo-3_theo_0": "theo"}
    assert set((digits.texts or {}).values()) == {"three"}


def test_colliding_ids_and_bad_files_are_errors_with_names(tmp_path, make_sound) -> None:
    make_sound(tmp_path / "c" / "s" / "a b.wav")
    make_sound(tmp_path / "c" / "s" / "a_b.wav")
    with pytest.raises(DataError, match="would both be utterance s-a_b"):
        prepare_tree(tmp_path / "c", tmp_path / "d")
    (tmp_path / "c" / "s" / "a b.wav").write_text("")
    (tmp_path / "c" / "s" / "a b.wav").rename(tmp_path / "c" / "s" / "c.wav")
    with pytest.raises(DataError, match="1 of 2 sound files are bad: .*c.wav: is empty"):
        prepare_tree(tmp_path / "c", tmp_path / "d")
    (tmp_path / "none").mkdir()
    for folder in (tmp_path / "none", tmp_path / "missing"):
        with pytest.raises(DataError, match="holds no sound|no such folder"):
            prepare_tree(folder, tmp_path / "d")


def test_names_keep_kaldi_order() -> None:
    assert clean_name(" ä b/c ") == "ä_b_c"
    assert speaker_name("ann-c") == "ann_c"


@pytest.mark.parametrize(
    "names",
    [("Иван", "Ольга"), ("张三", "李四"), ("हिन्दी", "हन्दा"), ("مريم", "علي"), ("Zoë", "Zoé")],
    ids=["cyrillic", "chinese", "devanagari", "arabic", "latin"],
)
def test_speakers_and_utterances_of_all_scripts_stay_apart(tmp_path, make_sound, names) -> None:
    for number, name in enumerate(names):
        make_sound(tmp_path / "tree" / name / f"{number}.wav")
        make_sound(tmp_path / "one" / "s" / f"{name}.wav")
        make_sound(tmp_path / "flat" / f"{name}_{number}.wav")
        make_sound(tmp_path / "digits" / f"{number}_{name}_0.wav")
    for layout in ("tree", "flat", "digits"):
        data = prepare_tree(tmp_path / layout, tmp_path / f"{layout} data")
        assert set(data.speaker_names) == set(names)
        assert all(data.speakers[u] in data.wavs[u].as_posix() for u in data.ids)
        raw = (data.path / "utt2spk").read_bytes().splitlines()
        assert raw == sorted(raw)  # as LC_ALL=C sort leaves it
        assert validate(data.path) == []
    one = prepare_tree(tmp_path / "one", tmp_path / "one data")
    assert set(one.ids) == {f"s-{name}" for name in names}


def test_one_spelling_a_name_however_the_disk_spells_it(tmp_path, make_sound) -> None:
    """Composed and decomposed letters are the same letters; a Mac's disk has the latter."""
    composed, decomposed = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))
    assert composed != decomposed
    make_sound(tmp_path / "c" / f"{composed}_1.wav")
    make_sound(tmp_path / "c" / f"{decomposed}_2.wav")
    (tmp_path / "c" / "prompts.txt").write_text(f"{composed}_2\tbuenos\tdías\n")
    data = prepare_tree(tmp_path / "c", tmp_path / "d")
    assert data.speaker_names == [composed]
    assert data.texts == {f"{composed}_2": "buenos días"}
    make_sound(tmp_path / "pairs" / "clean" / f"{composed}.wav")
    make_sound(tmp_path / "pairs" / "noisy" / f"{decomposed}.wav")
    assert prepare_paired(tmp_path / "pairs", tmp_path / "p").ids == [f"{composed}-{composed}"]
    make_sound(tmp_path / "pairs" / "clean" / f"{decomposed}.wav")
    with pytest.raises(DataError, match="have one name; keep one"):
        prepare_paired(tmp_path / "pairs", tmp_path / "p")
    make_sound(tmp_path / "c" / f"{decomposed}_1.wav")
    with pytest.raises(DataError, match="in two ways"):
        prepare_tree(tmp_path / "c", tmp_path / "e")


@pytest.mark.parametrize(("one", "other"), [("a b", "a-b"), ("♪", "♫"), ("_x", "x")])
def test_names_that_would_be_one_are_refused_and_both_named(
    tmp_path, make_sound, one, other
) -> None:
    for name in (one, other):
        make_sound(tmp_path / "c" / name / f"{len(name)}{name == one}.wav")
    with pytest.raises(DataError, match="would both be speaker or class") as caught:
        prepare_tree(tmp_path / "c", tmp_path / "d")
    assert all(f"'{name}'" in str(caught.value) for name in (one, other))
    with pytest.raises(DataError, match="would both be speaker or class"):
        prepare_noise(tmp_path / "c", tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_a_name_that_is_not_utf8_is_one_line(tmp_path, make_sound) -> None:
    made = make_sound(tmp_path / "c" / "s" / "x.wav")
    made.rename(made.with_name(os.fsdecode(b"caf\xe9.wav")))
    with pytest.raises(DataError, match=r"1 of 1 .*caf\\xe9.wav is not UTF-8; rename"):
        prepare_tree(tmp_path / "c", tmp_path / "d")


def test_noise_classes_and_exclusion(tmp_path, make_sound) -> None:
    for name in ("esc/rain/5-1-A", "esc/rain/1-2-A", "esc/rain/1-2-B", "hum/x", "city/bus/a b"):
        make_sound(tmp_path / "noise" / f"{name}.flac")
    data = prepare_noise(tmp_path / "noise", tmp_path / "d", exclude=["hum", "esc/*/5-*"])
    assert data.speakers == {
        "city.bus-a_b": "city.bus",
        "esc.rain-1-2-A": "esc.rain",
        "esc.rain-1-2-B": "esc.rain",
    }
    for pattern in ("noise/esc", "esc/", "esc/*"):
        only = prepare_noise(tmp_path / "noise", tmp_path / "d", only=[pattern])
        assert only.speaker_names == ["esc.rain"]
    with pytest.raises(DataError, match="no noise is left"):
        prepare_noise(tmp_path / "noise", tmp_path / "d", exclude=["*"])


def make_vctk(root, make_sound) -> None:
    for name in ("p225/p225_001_mic1", "p225/p225_001_mic2", "p225/p225_002_mic1"):
        make_sound(root / "wav48_silence_trimmed" / f"{name}.flac", rate=48000)
    make_sound(root / "wav48_silence_trimmed/p225/p225_002_mic2.flac", rate=48000)
    make_sound(root / "wav48_silence_trimmed/p280/p280_001_mic1.flac", rate=48000)
    make_sound(root / "wav48_silence_trimmed/s5/s5_001_mic1.flac", rate=48000)
    (root / "txt/p225").mkdir(parents=True)
    (root / "txt/p225/p225_001.txt").write_text("Please call Stella.\n")
    (root / "speaker-info.txt").write_text(
        "ID  AGE  GENDER  ACCENTS  REGION COMMENTS\n"
        "p225  23  F    English    Southern  England\np280 25 F French\ns5 22 M British\n"
    )


def test_vctk_and_its_microphones(tmp_path, make_sound, caplog) -> None:
    make_vctk(tmp_path / "up" / "VCTK-Corpus-0.92", make_sound)
    first = prepare_auto(tmp_path / "up", tmp_path / "d1")
    assert first.ids == ["p225_001", "p225_002", "p280_001", "s5_001"]
    assert {path.stem[-4:] for path in first.wavs.values()} == {"mic1"}
    assert first.texts == {"p225_001": "Please call Stella."}
    assert (tmp_path / "d1/spk2gender").read_text() == "p225 f\np280 f\ns5 m\n"
    with caplog.at_level(logging.WARNING):
        second = prepare_vctk(tmp_path / "up", tmp_path / "d2", microphone="mic2")
    assert "2 utterances of p280, s5 have no mic2" in caplog.text
    assert [path.stem[-4:] for path in second.wavs.values()] == ["mic2", "mic2", "mic1", "mic1"]
    with pytest.raises(DataError, match="mic3"):
        prepare_vctk(tmp_path / "up", tmp_path / "d3", microphone="mic3")
    with pytest.raises(DataError, match="wav48_silence_trimmed"):
        prepare_vctk(tmp_path / "d1", tmp_path / "d3")


def test_pairs_are_joined_by_name_and_counted(tmp_path, make_sound) -> None:
    root = tmp_path / "pairs"
    for number in (10, 9, 2):
        make_sound(root / "clean" / f"p1_{number}.wav", seed=number, num_samples=800 * number)
        make_sound(root / "noisy" / f"p1_{number}.flac", seed=number, num_samples=800 * number)
    data = prepare_auto(root, tmp_path / "d")
    assert {path.stem for path in data.wavs.values()} == {"p1_10", "p1_2", "p1_9"}
    assert all(data.wavs[name].stem == data.noisy[name].stem for name in data.ids)
    make_sound(root / "noisy" / "p1_77.wav")
    make_sound(root / "clean" / "p1_78.wav")
    with pytest.raises(DataError, match=r"1 of 4 in .*clean .*p1_78.*; 1 of 4 in .*noisy .*p1_77"):
        prepare_paired(root, tmp_path / "d")
    for name in ("noisy/p1_77.wav", "clean/p1_78.wav"):
        (root / name).unlink()
    (root / "noisy" / "p1_2.flac").unlink()
    make_sound(root / "noisy" / "p1_2.flac", num_samples=1000)
    with pytest.raises(DataError, match="1 of 3 pairs differ in length, p1_2"):
        prepare_paired(root, tmp_path / "d")


def test_voicebank_demand_layout_gives_all_pairs_and_both_parts(tmp_path, make_sound) -> None:
    root = tmp_path / "vbd"
    for part, name in (("trainset_28spk", "p226_001"), ("testset", "p232_001")):
        for side in ("clean", "noisy"):
            make_sound(root / f"{side}_{part}_wav" / f"{name}.wav")
        (root / f"{part}_txt").mkdir()
        (root / f"{part}_txt" / f"{name}.txt").write_text(f"{name} says")
    data = prepare_auto(root, tmp_path / "d")
    assert data.texts == {"p226_001": "p226_001 says", "p232_001": "p232_001 says"}
    for part, name in (("train", "p226_001"), ("test", "p232_001")):
        assert prepare_auto(tmp_path / "d" / part, tmp_path / "again").ids == [name]


def test_join_by_id_names_both_sides() -> None:
    assert join_by_id({"b": 1, "a": 2}, {"a": 3, "b": 4}, "here", "there") == ["a", "b"]
    with pytest.raises(DataError, match=r"1 of 2 in here have no partner \(b first\)"):
        join_by_id({"b": 1, "a": 2}, {"a": 3}, "here", "there")


def sound_files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.suffix in (".flac", ".opus", ".wav"))


def listed_words(root: Path) -> dict[str, str]:
    """Lines ``name words`` of every list below ``root``, the words without doubled spaces."""
    lists = [*root.rglob("prompts.txt"), *root.rglob("*.trans.txt")]
    rows = [line.split() for path in lists for line in path.read_text().splitlines()]
    return {name: " ".join(words) for name, *words in rows if words}


@pytest.mark.parametrize(
    ("name", "speaker_of"),
    [
        ("arctic", lambda file: file.parent.name),
        ("librispeech/train-clean-100", lambda file: file.stem.split("-")[0]),
        ("librispeech/test-other", lambda file: file.stem.split("-")[0]),
        ("vctk_sample", lambda file: file.stem.split("_")[0]),
        ("fsdd", lambda file: file.stem.split("_")[1]),
    ],
)
def test_real_corpora(corpora, tmp_path, name, speaker_of) -> None:
    root = corpora / name
    data = prepare_auto(root, tmp_path / "d")
    files = sound_files(root)
    assert sorted(data.wavs.values()) == files  # each once
    assert all(speaker_of(data.wavs[u]) == who for u, who in data.speakers.items())
    assert set(data.speaker_names) == {speaker_of(file) for file in files}
    assert all(u.startswith(who) for u, who in data.speakers.items())
    assert data.durations is not None and min(data.durations.values()) > 0
    listed, texts = listed_words(root), data.texts or {}
    if name == "fsdd":
        digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        listed = {file.stem: digits[int(file.stem[0])] for file in files}
    joined = {u: listed[file.stem] for u, file in data.wavs.items() if file.stem in listed}
    assert texts == joined
    if name == "arctic":
        assert texts.keys() == data.wavs.keys()
        assert texts["bdl-arctic_a0001"].startswith("Author of the danger trail")


def test_real_pairs(corpora, tmp_path) -> None:
    root = corpora / "paired/vbdemand_train_samples"
    data = prepare_auto(root, tmp_path / "d")
    assert sorted(data.wavs.values()) == sound_files(root / "clean")
    assert sorted(data.noisy.values()) == sound_files(root / "noisy")
    assert all(data.wavs[u].stem == data.noisy[u].stem for u in data.ids)
    assert all(data.wavs[u].stem.split("_")[0] == who for u, who in data.speakers.items())
