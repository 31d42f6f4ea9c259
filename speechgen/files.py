"""Atomic writing of files: beside the target first, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechgen.errors import OutputError


@contextlib.contextmanager
def atomic_path(target: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; rename it to ``target`` when the block succeeds.

    On any exception, Ctrl-C included, the temporary file is removed and ``target`` is as it was.

    Parameters
    ----------
    target
        Where the file shall be in the end. Its folder is created.
    overwrite
        Whether an existing ``target`` may be replaced.

    Raises
    ------
    OutputError
        ``target`` exists and ``overwrite`` is false, or its folder cannot be written.
    """
    target = Path(target)
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; give the name of a file to write")
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: exists already; use --overwrite to replace it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}.", suffix=f".part{target.suffix}", dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror}); choose another output"
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        open_to_readers(temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def open_to_readers(path: Path) -> None:
    """Give ``path`` the default permissions of new files."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(path, 0o666 & ~mask)


def write_text(target: str | Path, text: str, *, overwrite: bool = True) -> None:
    """Write UTF-8 ``text`` to ``target`` as a whole or not at all."""
    with atomic_path(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: str | Path, value: Any, *, overwrite: bool = True) -> None:
    """Write ``value`` as indented JSON with sorted keys; NaN and infinity become ``null``."""
    text = json.dumps(_finite(value), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(target, text + "\n", overwrite=overwrite)


def portable(text: str) -> str:
    """``text`` with ``$SPEECHGEN_CORPORA`` and ``~`` for their folders, and relative paths."""
    root = os.environ.get("SPEECHGEN_CORPORA", "")
    if root:
        for name in (root, str(Path(root).resolve())):
            text = text.replace(name.rstrip("/"), "$SPEECHGEN_CORPORA")
    for folder, short in ((Path.cwd(), ""), (Path.home(), "~/")):
        if folder != Path("/"):
            text = text.replace(f"{folder}/", short)
    return text


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def check_writable(target: str | Path) -> None:
    """Raise OutputError where ``target`` could not be written; nothing is left behind.

    For work that takes long: better now than at its end.
    """
    folder = Path(target).parent
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    created: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir()
            created.append(path)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror}); choose another output"
        ) from error
    finally:
        for path in reversed(created):
            with contextlib.suppress(OSError):
                path.rmdir()
