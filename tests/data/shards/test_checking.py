"""What is wrong with shards is found and told, when they are checked and when they are read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen.data.shards.checking import check_shards
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet
from speechgen.errors import DataError
from tests.data.shards.conftest import everything


def change(file: Path, place: int, byte: bytes) -> None:
    data = bytearray(file.read_bytes())
    data[place : place + 1] = byte
    file.write_bytes(bytes(data))


def rewrite(copy: Path, how: Callable[[dict[str, Any]], None]) -> None:
    file = copy / "shards.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    how(index)
    file.write_text(json.dumps(index), encoding="utf-8")


def test_good_shards_have_no_problems(copy: Path) -> None:
    assert check_shards(copy) == []


def test_a_changed_byte_is_found_by_checks_and_by_reading(copy: Path) -> None:
    shards = ShardSet(copy)
    start = int(shards.rows(0).clean.start[1])
    change(copy / "shard-000000.tar", start + 200, b"\x55")
    (problem,) = check_shards(copy)
    assert "shard-000000.tar: is not what the index was written for" in problem
    bank = ShardBank(ShardSet(copy), everything(shards)[:3], 8000)
    bank.wave(0)
    with pytest.raises(DataError, match=f"has changed at byte {start}"):
        bank.wave(1)


def test_a_shard_that_shrinks_while_it_is_read_is_an_error(copy: Path) -> None:
    shards = ShardSet(copy)
    bank = ShardBank(shards, everything(shards)[:3], 8000)
    with (copy / "shard-000000.tar").open("r+b") as file:
        file.truncate(700)
    with pytest.raises(DataError, match="is cut short; copy it again"):
        bank.wave(2)


FILES = ["shard-000001.tar", "shard-000001.npz", "speakers.npy", "shards.json"]


@pytest.mark.parametrize("name", FILES)
def test_missing_files_are_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    (problem,) = check_shards(copy)
    assert name in problem and "\n" not in problem


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("left", [0, 100])
def test_truncated_files_are_named(copy: Path, name: str, left: int) -> None:
    file = copy / name
    file.write_bytes(file.read_bytes()[:left])
    (problem,) = check_shards(copy)
    assert name in problem and "\n" not in problem


def test_a_table_that_mixes_up_speakers_is_found(copy: Path) -> None:
    table = np.load(copy / "speakers.npy")
    np.save(copy / "speakers.npy", table[::-1])
    (problem,) = check_shards(copy)
    assert "speakers.npy" in problem and "\n" not in problem


def test_a_tar_that_came_after_the_index_is_found(copy: Path) -> None:
    shutil.copy(copy / "shard-000001.tar", copy / "more.tar")
    (problem,) = check_shards(copy)
    assert "more.tar: is not in the index" in problem


INDICES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "count": (lambda i: i["shards"][0].update(utterances=3), "counts"),
    "both counts": (
        lambda i: (i["shards"][0].update(utterances=3), i["speakers"].update(s0=8)),
        "counts|where there are",
    ),
    "name above": (lambda i: i["shards"][0].update(name="../x.tar"), "can be no shard"),
    "name of a folder": (lambda i: i["shards"][0].update(name="a/x.tar"), "can be no shard"),
    "size": (lambda i: i["shards"][0].update(bytes=5), "the index says 5"),
    "version": (lambda i: i.update(version=2), "version 2"),
    "no list": (lambda i: i.update(shards=5), "cannot be trusted"),
    "none": (lambda i: i.update(shards=[]), "cannot be trusted"),
    "lacks": (lambda i: i.pop("phones"), "lacks 'phones'"),
    "checksum": (lambda i: i["shards"][0].update(sha256="0"), "SHA-256"),
}


@pytest.mark.parametrize("case", INDICES)
def test_an_index_that_lies_is_refused(copy: Path, case: str) -> None:
    how, message = INDICES[case]
    rewrite(copy, how)
    (problem, *_) = check_shards(copy)
    import re

    assert re.search(message, problem) and "\n" not in problem


def test_rows_cannot_point_beyond_the_tar(copy: Path) -> None:
    file = copy / "shard-000000.npz"
    with np.load(file) as arrays:
        kept = dict(arrays)
    for name, value in (("clean_start", 1 << 40), ("clean_size", (1 << 64) - 5)):
        changed = kept | {name: kept[name].copy()}
        changed[name][0] = value
        np.savez(file, **changed)
        with pytest.raises(DataError, match="places that its tar does not have"):
            ShardSet(copy).rows(0)
    np.savez(file, **kept | {"ids": np.array([{}], dtype=object)}, allow_pickle=True)
    with pytest.raises(DataError, match="cannot be trusted as arrays"):
        ShardSet(copy).rows(0)
