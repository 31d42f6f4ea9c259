"""Shards hold what the data directory holds, whatever stopped their writing."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.data import AudioBank, DataDirectory, Segment, write_data_directory
from speechgen.data.shards.checking import check_shards
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.shard_writing import FORMATS, key_of, prepare_shards
from speechgen.errors import ConfigError, DataError
from tests.data.shards.conftest import contents, everything

# kills itself when a part of the third shard is in a file beside its place
KILLED = """
import os, signal, sys
from speechgen.data.shards import shard_writing
honest, names = shard_writing.add_member, set()
def deadly(tar, name, data):
    honest(tar, name, data)
    names.add(tar.name)
    if len(names) == 3:
        tar.flush()
        os.kill(os.getpid(), signal.SIGKILL)
shard_writing.add_member = deadly
shard_writing.prepare_shards(sys.argv[1], sys.argv[2], shard_mib=0.04)
"""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_crops_are_those_of_the_whole_however_they_are_decoded(form, channels, tmp_path) -> None:
    rng = np.random.default_rng(1)
    ending = ".ogg" if form == "keep" else ".wav"
    files = {f"a-{n}": tmp_path / f"{n}{ending}" for n in range(2)}
    for file in files.values():
        audio.write(
            file, rng.uniform(-0.5, 0.5, (channels, 9000)), 16000,
            subtype="VORBIS" if form == "keep" else "PCM_16",
        )  # fmt: skip
    data = write_data_directory(tmp_path / "d", files, dict.fromkeys(files, "a"))
    shards = prepare_shards(data, tmp_path / "out", form=form)
    places, level_db = everything(shards), -30.0
    for rate in (16000, 8000):
        bank = ShardBank(shards, places, rate, level_db=level_db)
        for start, count in ((0, 10), (1234, 700), (int(bank.lengths[0]) - 50, 90), (3, 2000)):
            fresh = ShardBank(shards, places, rate, level_db=level_db)
            expected = np.pad(bank.wave(0), (0, 100))[start : start + count]
            np.testing.assert_array_equal(fresh.crop(0, start, count), expected)
            np.testing.assert_array_equal(bank.crop(0, start, count), expected)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("level_db", [None, -26.0])
def test_waves_are_those_of_the_data_directory(full, shards, noisy, level_db, tmp_path) -> None:
    whole = AudioBank(full, 8000, tmp_path, noisy=noisy, level_db=level_db)
    bank = ShardBank(shards, everything(shards), 8000, noisy=noisy, level_db=level_db)
    assert sorted(bank.ids) == whole.ids
    assert bank.speaker_names == whole.speaker_names == shards.speaker_names
    assert bank.duration_seconds == pytest.approx(whole.duration_seconds)
    for index, name in enumerate(bank.ids):
        other = whole.index_of(name)
        np.testing.assert_array_equal(bank.wave(index), whole.wave(other))
        np.testing.assert_array_equal(bank.crop(index, 100, 900), whole.crop(other, 100, 900))
        assert bank.levels[index] == whole.levels[other]
        assert bank.speakers[index] == full.speakers[name]


def test_lengths_are_those_of_resampled_waves(shards) -> None:
    bank = ShardBank(shards, everything(shards)[:8], 11025)
    assert [len(wave) for wave in bank] == bank.lengths.tolist()


def test_words_go_along(full, shards) -> None:
    bank = ShardBank(shards, everything(shards), 8000)
    for index, name in enumerate(bank.ids):
        facts = bank.facts()[bank.ids[index]]
        assert facts["id"] == name and facts["speaker"] == full.speakers[name]
        assert facts["text"] == full.texts[name] and facts["phones"] == full.phones[name]
        assert facts["symbols"] == "_ b ˈɑ | d i . _"
    assert shards.phone_names == ["b", "d", "i", "ɑ"] and shards.has_symbols and shards.has_pairs
    places = np.concatenate([shards.rows(n).phone_places for n in range(len(shards.shards))])
    assert sorted(set(places.tolist())) == [1, 6]  # d d needs a frame between


def test_order_is_a_sample_of_the_whole(shards) -> None:
    for number, shard in enumerate(shards.shards[:-1]):
        assert shard.utterances > 3
        assert len(set(shards.rows(number).speakers.tolist())) > 1


def test_a_killed_call_goes_on_to_the_same_bytes(full, shards, tmp_path) -> None:
    out = tmp_path / "out"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(full.path), str(out)],
        capture_output=True, timeout=120, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = sorted(path.name for path in out.glob("shard-*"))
    assert left == [f"shard-00000{n}.{ending}" for n in (0, 1) for ending in ("npz", "tar")]
    with pytest.raises(DataError, match=r"has no shards\.json"):
        ShardSet(out)
    before = (out / "shard-000000.tar").stat().st_mtime_ns
    prepare_shards(full, out, shard_mib=0.04)
    assert (out / "shard-000000.tar").stat().st_mtime_ns == before
    assert contents(out) == contents(shards.path)


def test_other_options_are_refused(full, tmp_path) -> None:
    prepare_shards(full, tmp_path / "out")
    with pytest.raises(DataError, match="other data or with other options"):
        prepare_shards(full, tmp_path / "out", form="wav")
    with pytest.raises(DataError, match="is not empty"):
        prepare_shards(full, full.path)
    with pytest.raises(ConfigError, match="--format mp3"):
        prepare_shards(full, tmp_path / "other", form="mp3")


def test_all_sounds_that_cannot_be_read_are_counted(full, tmp_path) -> None:
    wavs = dict(full.wavs)
    for name in full.ids[5:8]:
        wavs[name] = tmp_path / f"{name}.wav"
        wavs[name].write_bytes(b"RIFF no sound")
    with pytest.raises(DataError, match="3 of 40 utterances cannot be used"):
        prepare_shards(replace(full, wavs=wavs), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.tar"))


def test_segments_are_cut_out_as_ever(full, tmp_path) -> None:
    recording = next(iter(full.wavs.values()))
    segments = {"a-1": Segment("a", 0.0, 0.02), "a-2": Segment("a", 0.01, 0.05)}
    data = write_data_directory(
        tmp_path / "cut", dict.fromkeys(segments, recording), dict.fromkeys(segments, "a"),
        segments=segments,
    )  # fmt: skip
    shards = prepare_shards(data, tmp_path / "out", form="keep")
    bank, whole = ShardBank(shards, everything(shards), 8000), AudioBank(data, 8000, tmp_path)
    for index, name in enumerate(bank.ids):
        np.testing.assert_array_equal(bank.wave(index), whole.wave(whole.index_of(name)))


@pytest.mark.parametrize(
    ("form", "ending", "subtype"), [("flac", "flac", "PCM_24"), ("wav", "wav", "PCM_24")]
)
def test_more_than_16_bits_stay(tmp_path, form, ending, subtype) -> None:
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 900))
    audio.write(tmp_path / "a-1.wav", wave, 44100, subtype="PCM_24")
    data = write_data_directory(tmp_path / "d", {"a-1": tmp_path / "a-1.wav"}, {"a-1": "a"})
    prepare_shards(data, tmp_path / "out", form=form)
    sound = soundfile.SoundFile(io.BytesIO(_members(tmp_path / "out")[f"a-1.{ending}"]))
    assert (sound.subtype, sound.samplerate, sound.channels) == (subtype, 44100, 2)
    np.testing.assert_array_equal(sound.read().T, audio.read(tmp_path / "a-1.wav")[0])


def test_files_are_kept_as_they_are(full, tmp_path) -> None:
    prepare_shards(full, tmp_path / "out", form="keep")
    members = _members(tmp_path / "out")
    for name, path in full.wavs.items():
        assert members[f"{key_of(name)}.wav"] == path.read_bytes()


def test_any_id_has_a_name_of_its_own(full, tmp_path) -> None:
    ids = ["a-1.5", "a-1/5", "a-1%2E5", "a-ü", "a-" + 120 * "x", "a-" + 121 * "x"]
    recording = next(iter(full.wavs.values()))
    data = write_data_directory(
        tmp_path / "d", dict.fromkeys(ids, recording), dict.fromkeys(ids, "a")
    )
    shards = prepare_shards(data, tmp_path / "out")
    assert sorted(ShardBank(shards, everything(shards), 8000).ids) == sorted(ids)
    for name in _members(tmp_path / "out"):
        assert name.isascii() and "/" not in name and name.count(".") == 1 and len(name) < 100
    assert not check_shards(tmp_path / "out")


def test_members_are_safe_for_any_tar(full, tmp_path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for out in (one, two):
        prepare_shards(full, out)
    assert contents(one) == contents(two)
    with tarfile.open(one / "shard-000000.tar") as tar:
        for member in tar:
            assert member.isreg() and (member.mtime, member.uid, member.mode) == (0, 0, 0o644)


def _members(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                file = tar.extractfile(member)
                assert file is not None
                found[member.name] = file.read()
    return found


def test_index_says_what_is_there(full: DataDirectory, shards: ShardSet) -> None:
    index = json.loads((shards.path / "shards.json").read_text(encoding="utf-8"))
    assert sum(shard["utterances"] for shard in index["shards"]) == len(full)
    assert index["speakers"] == {f"s{n}": 10 for n in range(4)}
    total = sum(audio.info(path).duration_seconds for path in full.wavs.values())
    assert shards.duration_seconds == pytest.approx(total)
    for number, name in enumerate(shards.speaker_names):
        rows = shards.rows_of_speaker(number)
        ids = {shards.rows(shard).ids[row].decode() for shard, row in rows.tolist()}
        assert ids == {one for one, speaker in full.speakers.items() if speaker == name}
