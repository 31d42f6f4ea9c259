"""``speech.jsonl``: what stands in a folder of speech, a line of JSON for each file.

::

    file is whole, under another name --> its line, on the disk --> the file takes its name

So whatever stops a run, no file has its name without a line. A line without its file was stopped
between the two; so was one that tells, as ``instead_of``, the hash of what is still in its place.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechgen.errors import OutputError
from speechgen.files import json_lines, refusal, sync_file
from speechgen.files.shard import Shard, hold_list, lists_of, own_list
from speechgen.synthesis.voice_identity import file_digest

MANIFEST = "speech.jsonl"


class SpeechManifest:
    """The lines of a folder, of which the last for a file holds.

    That of a shard has a file of its own, ``speech.shards/3-of-8.jsonl``, which one process holds
    (OutputError) until it is closed; any manifest knows of lines in those of other runs.
    """

    def __init__(self, folder: Path, shard: Shard | None = None) -> None:
        whole = folder / MANIFEST
        self._path = own_list(whole, shard)
        self.close = (lambda: None) if shard is None else hold_list(self._path, shard)
        self._lines = {
            str(line["file"]): line
            for path in lists_of(whole, shard)
            for line in read_lines(path)
            if shard is None or shard.holds(str(line["file"]).removesuffix(".wav"))
        }

    def of(self, target: Path) -> dict[str, Any] | None:
        """What was written down of a file that is there; None where nothing was."""
        line = self._lines.get(target.name)
        if line is None or not target.exists():
            return None
        before = line.get("instead_of")
        return None if before is not None and before == file_digest(target) else line

    def add(self, line: dict[str, Any], whole: Path, target: Path) -> None:
        """Write a line down before the file ``whole`` becomes ``target``.

        Raises
        ------
        OutputError
            The disk refuses; nothing of it then stands there.
        """
        if target.exists():
            before = file_digest(target)
            if before != file_digest(whole):
                line = {**line, "instead_of": before}
        text = json.dumps(line, ensure_ascii=False) + "\n"
        try:
            with self._path.open("a+b", buffering=0) as file:
                _append(file.fileno(), text.encode("utf-8", "backslashreplace"))
            sync_file(self._path)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({refusal(error)})") from error
        self._lines[target.name] = line


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a manifest, if there is one; those that were cut short are passed over."""
    if path.is_file():
        yield from (line for line in json_lines(path) if "file" in line)


def _append(file: int, data: bytes) -> None:
    """Append a line: all of it or nothing, after the end of one that was cut short."""
    end = os.lseek(file, 0, os.SEEK_END)
    if end and os.pread(file, 1, end - 1) != b"\n":
        data = b"\n" + data
    try:
        while data:
            data = data[os.write(file, data) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(file, end)
        raise
