"""Damaged files of every kind: refused in one line, in time and in little memory, or read."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from speechgen.errors import SpeechgenError
from tests.torture.fuzzing import Tree, fuzz, put
from tests.torture.mutations import damage
from tests.torture.readers import READERS

FOUND = Path(__file__).with_name("found")
QUICK = {"sound": 80, "stream": 20, "data": 20, "model": 15, "vectors": 100, "record": 100,
         "archive": 60, "picture": 60, "idx": 60, "overrides": 2}  # fmt: skip


@pytest.mark.torture
@pytest.mark.parametrize("reader", READERS)
def test_nothing_is_found(reader: str, tmp_path: Path) -> None:
    """``TORTURE_MINUTES`` (10) from ``TORTURE_SEED`` (0) on; findings go to ``TORTURE_FOUND``."""
    seconds = 60 * float(os.environ.get("TORTURE_MINUTES", 10))
    outcome = fuzz(reader, tmp_path, seconds, int(os.environ.get("TORTURE_SEED", 0)))
    print(f"{reader}: {outcome.examples} examples", file=sys.stderr)
    kept = Path(os.environ.get("TORTURE_FOUND", tmp_path / "found"))
    for number, (fault, tree) in enumerate(outcome.found.items()):
        keep(kept / f"{reader}-{number}.json", fault, tree)
    assert list(outcome.found) == []


def keep(path: Path, fault: str, tree: Tree) -> None:
    """Write an example down for :func:`test_what_was_found`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {name: base64.b64encode(content).decode() for name, content in tree.items()}
    path.write_text(json.dumps({"fault": fault, "files": files}, indent=1) + "\n")


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found(path: Path, tmp_path: Path) -> None:
    """Each was a traceback, a crash, a hang or too much memory once."""
    values = json.loads(path.read_text())
    tree = {name: base64.b64decode(content) for name, content in values["files"].items()}
    attempt(path.stem.rpartition("-")[0], tree, tmp_path / "it")


def attempt(reader: str, tree: Tree, folder: Path) -> None:
    put(folder, tree)
    try:
        READERS[reader].attempt(folder)
    except SpeechgenError as error:
        assert len(str(error).splitlines()) == 1, error


@pytest.mark.parametrize("reader", QUICK)
def test_a_little_damage(reader: str, tmp_path: Path) -> None:
    seeds = READERS[reader].seeds()
    pieces = [content for tree in seeds for content in tree.values()]
    for number in range(QUICK[reader]):
        text = number.to_bytes(2, "little") + (7919**number % (1 << 184)).to_bytes(23, "little")
        attempt(reader, damage(seeds, pieces, text), tmp_path / "it")
