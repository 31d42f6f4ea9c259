"""How to serve, as one value: where, for whom, how much."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass

from speechgen.errors import ConfigError

MOST_SEED = 2**63 - 1
_SHORTEST_TOKEN = 8
_LARGEST_PORT = 65535
#: least values, by name
_AT_LEAST = {
    "max_bytes": 1024,
    "max_seconds": 1,
    "max_text": 1,
    "queue": 1,
    "streams": 0,
    "workers": 0,
    "stop_seconds": 0,
}


@dataclass(frozen=True)
class Settings:
    """How to serve.

    Parameters
    ----------
    host, port
        Where to listen; port 0 for a free one.
    token
        What a client has to send as ``Authorization: Bearer TOKEN``; None for nothing.
    no_token
        Whether a host that others reach may go without.
    max_bytes
        Of an upload.
    max_seconds
        Of a recording that is converted; to be enhanced, of one with two channels at 48 kHz, others
        by their number of samples.
    max_text
        Characters of a text.
    queue
        Requests with work to do at the same time, those that wait among them.
    streams
        Live connections at the same time.
    workers
        Threads that compute; 0 for one a core.
    stop_seconds
        What runs has to end after a request to stop.
    models
        Model directories or run folders, served by the name of their folder or as ``NAME=DIR``.
    preload
        Whether the default models are loaded before the first request.
    origins
        Web pages that may call, as ``https://example.org``; none otherwise.
    device
        ``auto`` is a GPU where there is one.
    wyoming_port
        Where to listen for the Wyoming protocol, too; 0 for a free port, None for nowhere.

    Raises
    ------
    ConfigError
        A value is out of range, or others could come in without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    no_token: bool = False
    max_bytes: int = 50_000_000
    max_seconds: float = 600.0
    max_text: int = 4096
    queue: int = 64
    streams: int = 8
    workers: int = 0
    stop_seconds: float = 20.0
    models: tuple[str, ...] = ()
    preload: bool = False
    origins: tuple[str, ...] = ()
    device: str = "auto"
    wyoming_port: int | None = None

    def __post_init__(self) -> None:
        for name, least in _AT_LEAST.items():
            if not getattr(self, name) >= least:
                option = name.replace("_", "-")
                raise ConfigError(f"--{option} {getattr(self, name)}: must be {least} or more")
        for option, port in (("port", self.port), ("wyoming", self.wyoming_port or 0)):
            if not 0 <= port <= _LARGEST_PORT:
                raise ConfigError(f"--{option} {port}: must be 0 to {_LARGEST_PORT}")
        if self.wyoming_port is not None and not (self.no_token or self.is_local):
            raise ConfigError(
                f"--wyoming: that protocol has no token, and others can reach {self.host}; say "
                "--no-token, or leave it out"
            )
        if self.token is not None:
            _check_token(self.token)
        if self.token is not None and self.no_token:
            raise ConfigError("--token and --no-token exclude each other; leave one of them out")
        if self.token is None and not self.no_token and not self.is_local:
            raise ConfigError(
                f"--host {self.host}: others can reach it; give a token (--token, or "
                "SPEECHGEN_TOKEN in the environment), or say --no-token"
            )
        for origin in self.origins:
            if origin == "*" or not origin.startswith(("http://", "https://")):
                raise ConfigError(f"--origin {origin}: name a page, as https://example.org")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def num_workers(self) -> int:
        """Threads that compute."""
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def most_samples(self) -> int:
        """Samples of a recording, of all channels."""
        return int(self.max_seconds * 2 * 48000)


def _check_token(token: str) -> None:
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise ConfigError(
            f"the token must have {_SHORTEST_TOKEN} printable ASCII characters or more; "
            "openssl rand -hex 16 makes one"
        )
    if " " in token:
        raise ConfigError("the token has a space in it; openssl rand -hex 16 makes one without")
