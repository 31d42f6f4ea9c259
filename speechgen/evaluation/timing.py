"""How long a folder of synthesised speech took to make, as its own manifest says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speechgen.errors import DataError
from speechgen.files import read_json

MANIFEST = "synthesis.json"  # of speechgen synthesize and say
_FACTS = ("real_time_factor", "device", "threads", "engine", "utterances")


def timing_of(folder: str | Path) -> dict[str, Any]:
    """``{"timing": ...}`` for the context of a result; {} where the folder has no manifest.

    The real-time factor is the seconds of work for a second of sound, over the whole folder.

    Raises
    ------
    DataError
        The manifest cannot be read.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = read_json(path.read_text(encoding="utf-8"))
        timing = {name: manifest[name] for name in _FACTS}
        timing["real_time_factor"] = float(timing["real_time_factor"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: is no manifest of a synthesis ({error}); move it away") from error
    return {"timing": timing}


def is_said(folder: str | Path) -> bool:
    """Whether a folder holds texts that were said, whose timing is not that of recordings."""
    try:
        return read_json((Path(folder) / MANIFEST).read_text(encoding="utf-8"))["source"] == "text"
    except (OSError, ValueError, KeyError, TypeError):
        return False
