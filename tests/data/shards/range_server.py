"""A server of a folder that answers requests for ranges, or in other ways that servers have."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ENDLESS_BYTES = 1 << 30


class RangeServer(ThreadingHTTPServer):
    """Serves ``folder`` below ``/data`` on a free port of this machine.

    Attributes
    ----------
    asked
        Name and Range of each request.
    ranges
        Whether it knows them; if not, every tar is a gigabyte.
    statuses
        What the next requests for a name are answered with.
    sent
        Bytes of files.
    secret
        The Authorization that requests need; any will do without one.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.folder, self.ranges, self.sent = folder, True, 0
        self.asked: list[tuple[str, str | None]] = []
        self.statuses: dict[str, list[int]] = {}
        self.secret: str | None = None
        self.silent = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data"

    def stop(self) -> None:
        """Be gone, connections that wait included."""
        self.silent.set()
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def served(folder: Path, cache: Path, patch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    """A server of ``folder``, in whose readers ``cache`` is that of the user."""
    pytest.importorskip("aiohttp", reason="fsspec reads https:// by aiohttp")
    patch.setenv("XDG_CACHE_HOME", str(cache))
    patch.setenv("no_proxy", "127.0.0.1")
    running = RangeServer(folder)
    try:
        yield running
    finally:
        running.stop()


class _Answers(BaseHTTPRequestHandler):
    server: RangeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.removeprefix("/data/")
        wanted = self.headers.get("Range")
        self.server.asked.append((name, wanted))
        if self.server.silent.is_set():
            self.close_connection = True
            return
        status = next(iter(self.server.statuses.get(name, [])), None)
        if self.server.secret not in (None, self.headers.get("Authorization")):
            self._send(401, b"no")
        elif status is not None:
            self.server.statuses[name].pop(0)
            self._send(status, b"no")
        elif not (self.server.folder / name).is_file():
            self._send(404, b"no")
        elif wanted and self.server.ranges:
            self._part((self.server.folder / name).read_bytes(), wanted)
        elif name.endswith(".tar") and not self.server.ranges:
            self._endless()
        else:
            self._send(200, (self.server.folder / name).read_bytes())

    def _part(self, data: bytes, wanted: str) -> None:
        first, last = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted).groups()  # type: ignore[union-attr]
        part = data[int(first) : int(last) + 1]
        if not part:
            self._send(416, b"")
            return
        end = int(first) + len(part) - 1
        self._send(206, part, {"Content-Range": f"bytes {first}-{end}/{len(data)}"})

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(data))} | (headers or {})).items():
            self.send_header(key, value)
        self.end_headers()
        self.server.sent += len(data)
        self.wfile.write(data)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(ENDLESS_BYTES))
        self.end_headers()
        try:
            for _ in range(ENDLESS_BYTES >> 16):
                self.wfile.write(bytes(1 << 16))
                self.server.sent += 1 << 16
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
