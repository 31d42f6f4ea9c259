"""Shards behind a URL are those of the folder, read utterance by utterance; what fails is told."""

from __future__ import annotations

import base64
import json
import multiprocessing
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from speechgen.data.shards import remote_reads
from speechgen.data.shards.checking import check_shards
from speechgen.data.shards.index_files import index_folder
from speechgen.data.shards.order import EpochOrder
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet, is_shards
from speechgen.data.shards.shard_writing import prepare_shards
from speechgen.errors import ConfigError, DataError, OutputError, SpeechgenError
from tests.data.shards.conftest import everything
from tests.data.shards.range_server import RangeServer

TAR = "shard-000000.tar"


def refusal(url: str) -> str:
    with pytest.raises(SpeechgenError) as told:
        ShardSet(url)
    assert "\n" not in str(told.value)
    return str(told.value)


def assert_same(local: ShardSet, remote: ShardSet) -> None:
    assert len(remote) == len(local) and remote.shards == local.shards
    places = everything(local)
    for noisy in (False, True):
        here, there = (ShardBank(one, places, 8000, noisy=noisy) for one in (local, remote))
        assert here.ids == there.ids and here.speakers == there.speakers
        assert here.facts() == there.facts()
        for index in range(len(here)):
            np.testing.assert_array_equal(here.wave(index), there.wave(index))
    for speaker in range(len(local.speaker_names)):
        found = remote.rows_of_speaker(speaker)
        np.testing.assert_array_equal(found, local.rows_of_speaker(speaker))
    orders = [EpochOrder(one, 5, lambda rows: rows.clean.level > 0) for one in (local, remote)]
    np.testing.assert_array_equal(orders[0].places(3, 90), orders[1].places(3, 90))


def test_it_is_the_same_behind_a_url(copy: Path, server: RangeServer) -> None:
    assert is_shards(server.url) and not is_shards(copy / "none")
    assert_same(ShardSet(copy), ShardSet(f"{server.url}/"))
    assert all(wanted for name, wanted in server.asked if name.endswith(".tar"))
    small = [name for name, _ in server.asked if name.endswith(".npz")]
    assert sorted(small) == sorted(path.name for path in copy.glob("*.npz"))  # once each
    server.asked.clear()
    assert_same(ShardSet(copy), ShardSet(server.url))  # rows are in the cache now
    assert {name for name, _ in server.asked if not name.endswith(".tar")} == {"shards.json"}


def test_an_utterance_is_one_request_for_its_bytes(copy: Path, server: RangeServer) -> None:
    shards = ShardSet(server.url)
    bank = ShardBank(shards, everything(shards)[:3], 8000)
    server.asked.clear()
    bank.wave(1)
    start, size = (int(getattr(shards.rows(0).clean, name)[1]) for name in ("start", "size"))
    assert server.asked == [(TAR, f"bytes={start}-{start + size - 1}")]


def test_other_protocols_are_read_alike(copy: Path, server: RangeServer) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.put(str(copy), "/exp/train", recursive=True)
    try:
        assert_same(ShardSet(copy), ShardSet("memory://exp/train"))
    finally:
        store.rm("/exp", recursive=True)


def test_a_server_without_ranges_is_told_and_not_listened_to(server: RangeServer) -> None:
    server.ranges = False
    assert f"{server.url}/{TAR}: comes as a whole or not at all" in refusal(server.url)
    assert server.sent < 1 << 26  # what lay in buffers, of a gigabyte
    assert len([name for name, _ in server.asked if name == TAR]) == 1


@pytest.mark.parametrize(("status", "what"), [(404, "is not there"), (403, "is refused .403")])
def test_refusals_are_told_at_once(server: RangeServer, status: int, what: str) -> None:
    server.statuses["shards.json"] = [status] * 9
    with pytest.raises(DataError, match=rf"^{server.url}/shards.json: {what}"):
        ShardSet(server.url)
    assert len(server.asked) == 1


def test_names_and_passwords_are_those_of_netrc(
    copy: Path, server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.secret = f"Basic {base64.b64encode(b'me:secret').decode()}"
    assert "is refused (401)" in refusal(server.url)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert len(ShardSet(server.url)) == len(ShardSet(copy))


def test_a_server_that_is_busy_is_asked_again(copy: Path, server: RangeServer) -> None:
    shards = ShardSet(server.url)
    bank = ShardBank(shards, everything(shards)[:2], 8000)
    server.statuses[TAR] = [503, 429, 500]
    expected = ShardBank(ShardSet(copy), everything(shards)[:2], 8000).wave(0)
    np.testing.assert_array_equal(bank.wave(0), expected)
    server.statuses[TAR] = [503] * 9
    with pytest.raises(DataError, match=r"the server says 503 .*, 4 times$"):
        bank.wave(1)


def test_a_server_that_is_gone_is_told(server: RangeServer) -> None:
    shards = ShardSet(server.url)
    bank = ShardBank(shards, everything(shards)[:2], 8000)
    server.stop()
    with pytest.raises(DataError, match=rf"^{server.url}/{TAR}: cannot be read .*, 4 times$"):
        bank.wave(0)


def test_a_server_that_is_silent_is_told(
    server: RangeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setattr(remote_reads, "_systems", {})
    monkeypatch.setattr(remote_reads, "_SILENT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/data"
        assert "shards.json: cannot be read, the server does not answer in time" in refusal(url)


def test_a_tar_that_changed_is_told(copy: Path, server: RangeServer) -> None:
    shards = ShardSet(server.url)
    bank = ShardBank(shards, everything(shards)[:3], 8000)
    start = int(shards.rows(0).clean.start[1])
    data = bytearray((copy / TAR).read_bytes())
    data[start + 100] ^= 1
    (copy / TAR).write_bytes(data)
    bank.wave(0)
    with pytest.raises(DataError, match=rf"^{server.url}/{TAR}: has changed at byte {start}"):
        bank.wave(1)
    (problem,) = check_shards(server.url)
    assert problem.startswith(f"{server.url}/{TAR}: is not what the index was written for")
    (copy / TAR).write_bytes(data[:700])
    with pytest.raises(DataError, match="is cut short; copy it"):
        bank.wave(2)
    assert "is cut short" in refusal(server.url)


def test_an_index_that_changed_is_noticed(copy: Path, server: RangeServer) -> None:
    before = ShardSet(server.url)
    before.rows(0)
    for path in copy.glob("shard-00000[1-9].*"):
        path.unlink()
    (copy / TAR).rename(copy / "shard-000001.tar")
    (copy / "shard-000000.npz").unlink()
    now = index_folder(copy)
    assert_same(now, ShardSet(server.url))
    other = next(path for path in copy.glob("*.npz"))
    other.write_bytes(other.read_bytes() + b"\0")
    fresh = ShardSet(server.url)
    fresh.rows(0)  # the copy in the cache is the right one
    for kept in fresh.files.small(other.name).parent.iterdir():
        kept.write_bytes(b"damaged")
    with pytest.raises(DataError, match=rf"^{server.url}/{other.name}: is not what shards.json"):
        ShardSet(server.url).rows(0)


def test_validate_reads_every_byte(server: RangeServer, tmp_path: Path) -> None:
    assert check_shards(server.url) == []
    left = [path for path in (tmp_path / "cache").rglob("*") if path.suffix == ".tar"]
    assert left == []
    server.statuses["speakers.npy"] = [404]
    rows = json.loads((server.folder / "shards.json").read_text(encoding="utf-8"))
    del rows["speakers_sha256"]  # as indices of earlier versions are
    (server.folder / "shards.json").write_text(json.dumps(rows), encoding="utf-8")
    (problem,) = check_shards(server.url)
    assert problem.startswith(f"{server.url}/speakers.npy: is not there")
    assert check_shards(server.url) == []


def test_what_is_no_url_of_a_folder_is_refused(tmp_path: Path) -> None:
    told = refusal("https://me:secret@host/train")
    assert "holds a password" in told and "secret" not in told
    assert "without ? and #" in refusal("https://host/train?token=secret")
    assert "is no protocol of fsspec's" in refusal("gopher2://host/train")
    with pytest.raises(DataError, match=r"^https://host/a: is a URL; index the tars on a disk"):
        index_folder("https://host/a")
    with pytest.raises(OutputError, match=r"^s3://host/a: is a URL; write shards to a disk"):
        prepare_shards(tmp_path, "s3://host/a")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_reads, "_systems", {})
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigError, match="not installed: pip install aiohttp$"):
        ShardSet("https://host/train")


def _read_in_turn(shards: ShardSet, answers: multiprocessing.SimpleQueue) -> None:
    bank = ShardBank(shards, everything(shards)[:12], 8000)
    answers.put([float(bank.wave(index).sum()) for index in range(12)])


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_processes_have_connections_of_their_own(server: RangeServer, way: str) -> None:
    shards = ShardSet(server.url)
    bank = ShardBank(shards, everything(shards)[:12], 8000)
    expected = [float(bank.wave(index).sum()) for index in range(6)]
    context = multiprocessing.get_context(way)
    answers = context.SimpleQueue()
    process = context.Process(target=_read_in_turn, args=(shards, answers))
    process.start()
    expected += [float(bank.wave(index).sum()) for index in range(6, 12)]  # at the same time
    assert answers.get() == expected
    process.join()
    sent = pickle.loads(pickle.dumps(shards))
    assert float(ShardBank(sent, everything(shards)[:1], 8000).wave(0).sum()) == expected[0]
