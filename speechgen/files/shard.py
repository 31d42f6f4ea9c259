"""One part of many files: job 3 of 8 takes every file whose name falls to it.

::

    name --> the place it is written to, without endings --> hash modulo 8 --> 2, the third job

Nothing but the name decides, so jobs need not talk to each other or list a folder at the same
moment, and a file that comes or goes moves no other. Names that might be written to one place (an
``x.mp3`` and an ``x.wav``) fall to one job, which sees both.

Each job keeps a done-list of its own, ``LIST.shards/3-of-8.jsonl`` beside where ``LIST.jsonl`` of a
run without shards is: on a shared disk two machines cannot append to one file. A run reads those
lists that may hold its files. Of a job of as many that is its own; of other numbers all.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from speechgen.errors import ConfigError, OutputError
from speechgen.files.locking import open_locked

_ENDING = ".jsonl"


@dataclass(frozen=True)
class Shard:
    """Part ``number`` of ``count``, from 1.

    Raises
    ------
    ConfigError
        There is no such part.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ConfigError(
                f"--shard {self.number}/{self.count}: give I/N with I from 1 to N, as 1/8; Slurm "
                "counts from 1 with --array=1-8"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The part that ``I/N`` names (ConfigError where it names none)."""
        number, slash, count = text.partition("/")
        if not (slash and number.isascii() and count.isascii()):
            number = ""
        if not (number.isdigit() and count.isdigit() and len(number) + len(count) < 20):
            raise ConfigError(f"--shard {text}: give I/N, as 1/8: the first of eight parts")
        return cls(int(number), int(count))

    def holds(self, place: str) -> bool:
        """Whether what belongs at ``place`` (:func:`place_of`) falls to this part."""
        digest = hashlib.blake2b(os.fsencode(place), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1


def place_of(name: str, endings: frozenset[str]) -> str:
    """A relative path without its last ending, whatever that is, and any of ``endings`` before."""
    folder, name = os.path.split(name)
    stem = os.path.splitext(name)[0]
    while (cut := os.path.splitext(stem))[1].lower() in endings and cut[1]:
        stem = cut[0]
    return os.path.join(folder, stem)


def own_list(path: Path, shard: Shard | None) -> Path:
    """Where a run keeps its done-list; ``path`` is that of a run without shards."""
    if shard is None:
        return path
    return _folder_of(path) / f"{shard.number}-of-{shard.count}{_ENDING}"


def lists_of(path: Path, shard: Shard | None) -> list[Path]:
    """The done-lists that may hold files of a run, what was written to last at the end."""
    found = [path, *_folder_of(path).glob(f"*-of-*{_ENDING}")]
    if shard is not None:
        ours, others = own_list(path, shard), f"-of-{shard.count}{_ENDING}"
        found = [one for one in found if one == ours or not one.name.endswith(others)]
    times = {}
    for one in found:
        with suppress(OSError):
            times[one] = one.stat().st_mtime_ns
    return sorted(times, key=lambda one: (times[one], one.name))


def hold_list(path: Path, shard: Shard) -> Callable[[], None]:
    """Keep a shard's done-list for this process, until what is returned is called or it dies.

    Raises
    ------
    OutputError
        Another process holds it, so this part is being done already; or it cannot be written. A
        disk without locks holds nothing.
    """
    handle, taken = open_locked(path, path.parent.parent)
    if taken:
        os.close(handle)
        raise OutputError(
            f"{path}: shard {shard.number}/{shard.count} is being done by another process "
            f"(this one is on {platform.node()}); wait for it or end it"
        )
    return lambda: os.close(handle)


def _folder_of(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix(_ENDING)}.shards")
