"""Other toolkits read our shards, and ours reads those that they have packed."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from speechgen.data.shards.index_files import index_folder
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet
from speechgen.errors import DataError
from tests.data.shards.conftest import everything


@pytest.fixture(scope="module")
def webdataset() -> Any:
    return pytest.importorskip("webdataset", reason="webdataset is not installed")


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # files that it leaves open
def test_webdataset_reads_what_we_write(webdataset: Any, shards: ShardSet) -> None:
    urls = [str(shards.path / shard.name) for shard in shards.shards]
    bank = ShardBank(shards, everything(shards), 8000)
    noisy = ShardBank(shards, everything(shards), 8000, noisy=True)
    found = list(webdataset.WebDataset(urls, shardshuffle=False))
    assert len(found) == len(bank)
    for index, sample in enumerate(found):
        facts = bank.facts()[bank.ids[index]]
        assert sample["json"].decode("utf-8").find(facts["id"]) > 0
        for key, expected in (("flac", bank), ("noisy.flac", noisy)):
            wave, rate = soundfile.read(io.BytesIO(sample[key]), dtype="float32")
            assert rate == 8000
            np.testing.assert_array_equal(wave, expected.wave(index))
    decoded = next(iter(webdataset.WebDataset(urls, shardshuffle=False).decode()))
    assert decoded["json"] == bank.facts()[bank.ids[0]]


def test_what_webdataset_packs_is_read(webdataset: Any, tmp_path: Path) -> None:
    waves = {f"p{n % 3}_{n:03d}": _noise(n) for n in range(12)}
    pattern = str(tmp_path / "set-%04d.tar")
    with webdataset.ShardWriter(pattern, maxcount=5, verbose=0) as writer:
        for name, wave in waves.items():
            facts = {"text": f"number {name}"} | ({"speaker": "x"} if name == "p0_000" else {})
            writer.write({"__key__": name, "wav": _wav(wave), "json": facts, "cls": 3})
    shards = index_folder(tmp_path)
    assert [shard.utterances for shard in shards.shards] == [5, 5, 2]
    assert shards.speaker_names == ["p0", "p1", "p2", "x"]
    bank = ShardBank(shards, everything(shards), 16000)
    for index, name in enumerate(bank.ids):
        np.testing.assert_array_equal(bank.wave(index), waves[name])
        assert bank.facts()[bank.ids[index]]["text"] == f"number {name}"
    assert ShardSet(tmp_path).duration_seconds == pytest.approx(12 * 500 / 16000)


WRONG = {
    "no sound": ([("a.json", b"{}")], "a has no sound"),
    "two": ([("a.wav", None), ("a.flac", None)], "a has 2 sounds"),
    "no JSON": ([("a.wav", None), ("a.json", b"{'a'}")], "the JSON of a is none"),
    "list": ([("a.wav", None), ("a.json", b"[]")], "is no object"),
    "speaker": ([("a.wav", None), ("a.json", b'{"speaker": "x y"}')], "has speaker 'x y'"),
    "id": ([("a.wav", None), ("a.json", b'{"id": ["x"]}')], "has id"),
    "cut short": ([("a.wav", "half")], "a.wav: is cut short"),
    "no name": ([(".wav", None)], "has nothing before its dot"),
    "half a character": (
        [("a.wav", None), ("a.json", b'{"id": "\\ud800"}')], "has text that is no UTF-8"
    ),
    "half a phone": (
        [("a.wav", None), ("a.json", b'{"phones": "b \\ud800"}')], "has text that is no UTF-8"
    ),
    "name of any bytes": ([("a\udcff.wav", None)], "has text that is no UTF-8"),
    "symbols": ([("a.wav", None), ("a.json", b'{"symbols": "zzz"}')], "'zzz' is no symbol"),
    "text": ([("a.wav", b"RIFF but no sound")], "a.wav: cannot be read as sound"),
    "some pairs": ([("a.wav", None), ("b.wav", None), ("b.noisy.wav", None)], "others have not"),
    "twice": ([("a.wav", None), ("a.json", b"{}"), ("b.wav", None), ("b.json", b'{"id": "a"}')],
              "'a' is twice in it"),
    "nothing": ([], "holds no utterances"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_used_is_refused(case: str, tmp_path: Path) -> None:
    members, message = WRONG[case]
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in members:
            if data in (None, "half"):
                whole = _wav(_noise(0))
                data = whole if data is None else whole[: len(whole) // 2]
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(DataError, match=message) as refusal:
        index_folder(tmp_path)
    assert "\n" not in str(refusal.value)


def _noise(seed: int) -> np.ndarray:
    steps = np.random.default_rng(seed).integers(-9000, 9000, 500)
    return (steps / 32768).astype(np.float32)


def _wav(wave: np.ndarray) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, wave, 16000, format="WAV", subtype="PCM_16")
    return file.getvalue()
