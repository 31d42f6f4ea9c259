"""What a run into a folder has done, so that a run that was interrupted goes on where it stopped.

The record is ``.speechgen-enhance.jsonl`` in the output folder: one JSON line when a file is begun,
one when it is done or given up. A file counts as done while its input (path, size, time), the
settings (model, weights, wet and limit, version) and its output (size, time) are what the line
says. Without the record, existing outputs count as unknown and need ``--overwrite`` to be replaced.

Each shard of a run has a record of its own (:mod:`speechgen.files.shard`), and any run reads those
that may hold its files: a job array may be given again with another number of jobs, or be followed
by one run over the whole folder, which does what is missing and reports on all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from speechgen import __version__
from speechgen.audio.finding import SOUND_ENDINGS
from speechgen.enhancement.options import EnhanceOptions
from speechgen.files import json_lines, size_and_time
from speechgen.files.shard import Shard, hold_list, lists_of, own_list, place_of

NAME = ".speechgen-enhance.jsonl"
_PRIVATE = ("training", "_flat_weights", "_flat_weight_refs")  # of modules: no choice of ours
Stamp = list[int]  # size in bytes and time of the last change in ns


def settings_key(model: nn.Module, options: EnhanceOptions) -> str:
    """A hash of all that decides what comes out of a file: model, weights, wet and limit."""
    digest = hashlib.sha256()
    for name, module in model.named_modules():
        plain = {
            key: value
            for key, value in sorted(vars(module).items())
            if key not in _PRIVATE and isinstance(value, int | float | str | tuple | list | None)
        }
        digest.update(f"{name}:{type(module).__qualname__}:{plain!r}\n".encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}\n".encode())
        content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(content.numpy().tobytes())
    digest.update(f"{__version__}:{options.share!r}".encode())
    return digest.hexdigest()


def stamp(path: str | Path) -> Stamp | None:
    """Size and time of a file; None where there is none."""
    try:
        return size_and_time(path)
    except OSError:
        return None


class Record:
    """The record of one output folder, for runs under one :func:`settings_key`.

    It is created when the first file is begun. Where it cannot be written nothing is remembered and
    nothing else changes. Several runs may write to one record at a time, but for that of a shard,
    which one process holds from the start.

    Raises
    ------
    OutputError
        The shard is being done by another process.
    """

    def __init__(self, folder: str | Path, key: str, shard: Shard | None = None) -> None:
        self._folder = Path(folder)
        whole = self._folder / NAME
        self.path = own_list(whole, shard)
        self._shard = shard
        self._let_go: Callable[[], None] | None = hold_list(self.path, shard) if shard else None
        self._key = key
        self._handle: int | None = None
        self._done: dict[str, dict[str, Any]] = {}
        self._begun: dict[str, Stamp | None] = {}
        self._partial: dict[str, Stamp | None] = {}
        for path in lists_of(whole, shard):
            for line in _lines(path):
                self._take(str(line.get("target")), line)

    def _take(self, target: str, line: dict[str, Any]) -> None:
        """Remember a line, unless its file is another shard's."""
        places = (place_of(name, SOUND_ENDINGS) for name in (target, os.path.splitext(target)[0]))
        if self._shard is not None and not any(map(self._shard.holds, places)):
            return
        if "begun" in line:
            self._begun[target] = line["begun"]
            return
        self._begun.pop(target, None)
        if "partial" in line:
            self._partial[target] = line["partial"]
        if "output" in line:
            self._done[target] = line

    def measures(self, source: Path, target: Path) -> dict[str, Any] | None:
        """What was measured of ``target`` when it was made from ``source``, if still valid."""
        line = self._done.get(self._name(target))
        if line is None or not all(line.get(k) == v for k, v in self._facts(source).items()):
            return None
        if stamp(target) is None or line.get("output") != stamp(target):
            return None
        found = line.get("measures")
        return found if isinstance(found, dict) else {}

    def knows(self, target: Path) -> bool:
        """Whether a run has ever written ``target``, from whatever input and with any settings."""
        return self._name(target) in self._done

    def is_ours(self, target: Path) -> bool:
        """Whether a run wrote ``target`` and was stopped before it could record that.

        Or it wrote there what it could, of an input that was cut short.
        """
        name, now = self._name(target), stamp(target)
        if name in self._begun and self._begun[name] != now:
            return True
        return now is not None and self._partial.get(name) == now

    def begin(self, target: Path) -> None:
        """Note that ``target`` is being written, and what stands in its place so far."""
        self._write({"target": self._name(target), "begun": stamp(target)})

    def finish(self, source: Path, target: Path, measures: dict[str, Any]) -> None:
        """Note that ``target`` is done."""
        line = {"target": self._name(target), **self._facts(source), "output": stamp(target)}
        self._write({**line, "measures": measures})

    def finish_in_part(self, target: Path) -> None:
        """Note that ``target`` holds what there is of an input that is cut short, to be redone."""
        self._write({"target": self._name(target), "partial": stamp(target)})

    def drop(self, target: Path) -> None:
        """Note that ``target`` was given up and nothing of it left behind."""
        self._write({"target": self._name(target), "dropped": True})

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self._let_go is not None:
            self._let_go()
            self._let_go = None

    def _name(self, target: Path) -> str:
        return os.path.relpath(target, self._folder)

    def _facts(self, source: Path) -> dict[str, Any]:
        return {"source": os.path.realpath(source), "input": stamp(source), "settings": self._key}

    def _write(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            if self._handle is None:
                self._open()
            assert self._handle is not None
            os.write(self._handle, b"\n" + json.dumps(line).encode() + b"\n")

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._handle = os.open(self.path, flags, 0o666)


@contextlib.contextmanager
def closed_on_failure(record: Record | None) -> Iterator[None]:
    """Let go of ``record`` where the block fails."""
    try:
        yield
    except BaseException:
        if record is not None:
            record.close()
        raise


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that can be read, one by one; one that was cut off by a crash cannot."""
    with contextlib.suppress(OSError):
        yield from json_lines(path)
