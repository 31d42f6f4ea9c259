"""The server at work, from the first socket to the last answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from speechgen.errors import ConfigError
from speechgen.serving.application import make_application, make_state
from speechgen.serving.settings import Settings
from speechgen.serving.state import State

_LARGEST_MESSAGE = 1 << 20  # bytes, of a WebSocket
_MESSAGES = 8  # of a WebSocket that wait
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, after which what runs is ended and nothing new is begun.

    Parameters
    ----------
    tell
        Told, in a line, where the server is.

    Raises
    ------
    SpeechgenError
        There is no such model, or the address cannot be had.
    """
    state = make_state(settings)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening(settings.host, settings.port))
        wyoming = None
        if settings.wyoming_port is not None:
            wyoming = stack.enter_context(listening(settings.host, settings.wyoming_port))
        if settings.preload:
            tell("loading the models")
            state.catalogue.preload()
        log_to_stderr()
        config = uvicorn.Config(
            make_application(state), log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
            ws_max_size=_LARGEST_MESSAGE, ws_max_queue=_MESSAGES,
        )  # fmt: skip
        where = f"http://{_place(listener)}"
        if wyoming is not None:
            where += f" and, by Wyoming, tcp://{_place(wyoming)}"
        began = lambda: tell(f"serving on {where}; Ctrl-C ends it")  # noqa: E731
        server = Server(config, state, began, wyoming)
        asyncio.run(server.serve(sockets=[listener]))


class Server(uvicorn.Server):
    """uvicorn's, which is told to stop by a signal and then ends without one."""

    def __init__(
        self,
        config: uvicorn.Config,
        state: State,
        began: Callable[[], None],
        wyoming: socket.socket | None = None,
    ) -> None:
        super().__init__(config)
        self._state, self._tell_begun = state, began
        self._listener, self._wyoming = wyoming, None if wyoming is None else wyoming_server(state)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; then it is told."""
        await super().startup(sockets=sockets)
        if self._wyoming is not None:
            await self._wyoming.start(self._listener)
        self._tell_begun()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, which ends the threads; what the other protocol says is ended before."""
        if self._wyoming is not None:
            await self._wyoming.stop()
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Within the block a signal stops the server; a second one at once."""
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._state.stopping = True
        self.force_exit = self.should_exit
        self.should_exit = True


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    ConfigError
        There is no such host, or the port is taken.
    """
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, proto, _, address = found[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise ConfigError(f"--host {host}: cannot be listened on ({error.strerror})") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"{host}, port {port}: cannot be listened on ({error.strerror}); choose another --port"
        ) from error
    return listener


def log_to_stderr() -> None:
    """A line for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("speechgen.serving")
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # what the gate has logged already


def wyoming_server(state: State) -> Any:
    """What answers to the other protocol.

    Raises
    ------
    ConfigError
        Its package is not installed.
    """
    try:
        from speechgen.serving.wyoming_protocol import WyomingServer
    except ImportError as error:
        raise ConfigError(
            f"--wyoming needs {error.name}; install it with: pip install 'speechgen[wyoming]'"
        ) from error
    return WyomingServer(state)


def _place(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
