"""Where decoded sound is kept: beside the data, or elsewhere where its disk cannot be written."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import cache
from pathlib import Path

from speechgen.errors import OutputError
from speechgen.files import check_writable

_log = logging.getLogger(__name__)


def cache_folder(data: Path, name: str) -> Path:
    """The folder for the cache file ``name`` of the data directory ``data``.

    That is ``.cache`` in it, if the file is there already or can be written; else
    ``$XDG_CACHE_HOME/speechgen`` (``~/.cache/speechgen``), else one among the temporary files.
    """
    beside = data / ".cache"
    if os.path.isfile(beside / name) or _can_be_written(beside):
        return beside
    own = user_cache()
    _tell(data, own)
    return own


def user_cache() -> Path:
    """``$XDG_CACHE_HOME/speechgen`` (``~/.cache/speechgen``), else one among temporary files."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    own = Path(home) / "speechgen"
    if _can_be_written(own):
        return own
    return Path(tempfile.gettempdir()) / f"speechgen-{os.getuid()}"


@cache
def _tell(data: Path, folder: Path) -> None:
    """Once for each data directory."""
    _log.warning("%s: cannot be written; decoded sound is kept in %s", data, folder)


def _can_be_written(folder: Path) -> bool:
    try:
        check_writable(folder / "file")
    except OutputError:
        return False
    return True
