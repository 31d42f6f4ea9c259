"""Bytes behind a URL, by ``fsspec``: small files as a whole, ranges of large ones.

``http``, ``https`` and ``memory`` come with fsspec; ``s3``, ``gs`` and others are there once their
package is installed, and find keys and settings as it says.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from speechgen.errors import ConfigError, DataError, SpeechgenError

#: seconds between attempts: while somebody waits for a start, and in the middle of a training
BRIEF, PATIENT = (0.5, 2.0), (0.5, 2.0, 8.0, 30.0)
_CONNECT_SECONDS, _SILENT_SECONDS = 20, 60
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HTTP = ("http", "https")
_PASSING_STATUS = (408, 425, 429)  # and all from 500
_LASTING = (FileNotFoundError, PermissionError, ValueError, TypeError, NotImplementedError)
_systems: dict[tuple[int, str], Any] = {}
Result = TypeVar("Result")


def is_url(place: str | Path) -> bool:
    """Whether it is a URL, rather than a path; a :class:`Path` has lost what makes it one."""
    return isinstance(place, str) and _URL.match(place) is not None


def folder_url(text: str) -> str:
    """The URL of a folder, to which ``/NAME`` can be added.

    Raises
    ------
    DataError
        It holds a password, which would stand in logs and model cards, or a query.
    """
    parts = urlsplit(text)
    if parts.password is not None:
        shown = text.replace(f":{parts.password}@", ":...@")
        raise DataError(f"{shown}: holds a password; write it into ~/.netrc and leave it out here")
    if parts.scheme.lower() in _HTTP and (parts.query or parts.fragment or not parts.hostname):
        raise DataError(f"{text.partition('?')[0]}: needs https://HOST/FOLDER, without ? and #")
    return text.rstrip("/")


def read_whole(url: str, *, brief: bool = False) -> bytes:
    """All bytes of a file.

    Parameters
    ----------
    brief
        Whether somebody waits, so that there are three attempts in place of five.

    Raises
    ------
    DataError
        It cannot be read; where another attempt would be no better, after the first.
    ConfigError
        A package is missing.
    """
    found: bytes = _attempts(url, lambda system: system.cat_file(url), brief=brief)
    return found


def download(url: str, target: Path) -> None:
    """Write a file to ``target``; :class:`DataError` as of :func:`read_whole`."""
    _attempts(url, lambda system: system.get_file(url, str(target)))


def read_range(url: str, start: int, size: int, file_size: int, *, brief: bool = False) -> bytes:
    """``size`` bytes from ``start``, fewer at the end of the file, by one request for just these.

    Parameters
    ----------
    file_size
        Bytes of the whole file.
    brief
        As of :func:`read_whole`.

    Raises
    ------
    DataError
        As of :func:`read_whole`, and where an HTTP server has nothing but whole files: such an
        answer is not read.
    """

    def read(system: Any) -> bytes:
        found: bytes
        http = _protocol(url) in _HTTP
        if system.async_impl and not http:
            found = system.cat_file(url, start=start, end=start + size)
            return found
        # of HTTP servers cat_file would take a whole file for an answer, of others it reads ahead
        known = {"size": file_size} if http else {}
        with system.open(url, "rb", cache_type="none", **known) as file:
            file.seek(start)
            found = file.read(size)
            return found

    return _attempts(url, read, brief=brief)


def _attempts(url: str, read: Callable[[Any], Result], *, brief: bool = False) -> Result:
    waits = BRIEF if brief else PATIENT
    for attempt in range(len(waits) + 1):
        try:
            return read(_system(url))
        except SpeechgenError:
            raise
        except Exception as error:  # protocols are packages of others, with errors of their own
            if attempt == len(waits) or not _may_pass(error):
                often = f", {attempt + 1} times" if attempt else ""
                raise DataError(f"{url}: {_reason(error)}{often}") from error
        time.sleep(waits[attempt])
    raise AssertionError("the last attempt returns or raises")


def _system(url: str) -> Any:
    """The file system of a protocol; every process has its own.

    Those of the process that it was forked from are kept, untouched: if they were closed here, the
    sockets that both processes hold would be closed for the other one, too.
    """
    protocol = _protocol(url)
    key = os.getpid(), protocol
    if key not in _systems:
        try:
            import fsspec

            options = _http_options(protocol) if protocol in _HTTP else {}
            _systems[key] = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
        except ImportError as error:
            what = "pip install aiohttp" if protocol in _HTTP else _line(error)
            raise ConfigError(f"{url}: needs a package that is not installed: {what}") from error
        except ValueError as error:
            raise ConfigError(f"{url}: {protocol}:// is no protocol of fsspec's") from error
    return _systems[key]


def _http_options(protocol: str) -> dict[str, Any]:
    """Proxies and ~/.netrc as the environment says; what fsspec's own settings say comes first."""
    import aiohttp
    from fsspec.config import conf

    given = conf.get(protocol, {}).get("client_kwargs", {})
    wait = aiohttp.ClientTimeout(
        total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
    )
    # places in a tar are no places in a packed answer
    headers = {"Accept-Encoding": "identity"} | given.get("headers", {})
    own = {"trust_env": True, "timeout": wait}
    return {"client_kwargs": own | given | {"headers": headers}}


def _protocol(url: str) -> str:
    return url.partition("://")[0].lower()


def _may_pass(error: Exception) -> bool:
    """Whether another attempt may go well."""
    status = getattr(error, "status", None)
    if isinstance(status, int) and status:
        return status >= 500 or status in _PASSING_STATUS
    return not isinstance(error, _LASTING)


def _reason(error: Exception) -> str:
    status = getattr(error, "status", None)
    if isinstance(error, FileNotFoundError) or status == 404:
        return "is not there; check the URL"
    if isinstance(error, PermissionError) or status in (401, 403):
        return f"is refused ({status or _line(error)}); check the URL and what you may read"
    if isinstance(status, int) and status:
        return f"cannot be read, the server says {status} {getattr(error, 'message', '')}".rstrip()
    if isinstance(error, ValueError) and "range requests" in str(error):
        return (
            "comes as a whole or not at all, for the server knows no Range requests; use one that "
            "does (nginx, Apache, S3), or copy the folder"
        )
    if isinstance(error, TimeoutError):
        return "cannot be read, the server does not answer in time"
    return f"cannot be read ({_line(error)})"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
