"""What is said of a run: its report in Python, and the lines of ``--report``."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.errors import OutputError
from speechgen.files import check_writable, is_stream, write_text


@dataclass(frozen=True)
class Report:
    """What came of a run.

    Attributes
    ----------
    done
        Files that were written.
    failed
        Inputs that could not be done, with the reason why.
    skipped
        Files that an earlier run had written.
    lines
        What is known of each input, as ``--report`` writes it.
    partial
        Inputs that are cut short or damaged, with what is missing: what is there of them has been
        written, and does not count as done.
    notes
        What else there is to say of the inputs, in whole lines.
    """

    done: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list, compare=False)
    partial: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list, compare=False)


def describe(meter: Meter, processing_seconds: float) -> dict[str, Any]:
    """The line of a report on what ``meter`` has seen.

    ``seconds`` of sound took ``processing_seconds``; their ratio is the ``real_time_factor``, below
    1 where it is faster than the sound. The rest as :meth:`.Meter.result`.
    """
    seconds = meter.num_samples / meter.sample_rate
    return {
        "seconds": round(seconds, 6),
        "sample_rate": meter.sample_rate,
        "channels": meter.channels,
        "processing_seconds": round(processing_seconds, 4),
        "real_time_factor": _significant(processing_seconds / max(seconds, 1e-9)),
        **meter.result(),
    }


def check_report(path: Path, sounds: list[Path]) -> None:
    """Refuse to write a report in place of one of ``sounds`` or of anything else that is none.

    Raises
    ------
    OutputError
        It would, or it cannot be written.
    """
    if path.resolve() in {sound.resolve() for sound in sounds}:
        raise OutputError(f"{path}: is a sound file of this run; choose another report")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; give the name of a file to write")
    if path.exists() and not is_stream(path):
        with path.open("rb") as file:
            if file.read(1) not in (b"{", b""):
                raise OutputError(f"{path}: exists and is no report; choose another name")
    check_writable(path)


def write_report(path: str | Path, lines: list[dict[str, Any]]) -> None:
    """Write one JSON object a line."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_text(path, text)


def _significant(value: float, digits: int = 4) -> float:
    return round(value, digits - 1 - math.floor(math.log10(value))) if value > 0 else 0.0
