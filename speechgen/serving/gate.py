"""What every request passes: who asks, how much is sent, how long it may take; and one line of log.

Nothing of a request that is refused here is read. What is sent and said is never logged.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speechgen.serving.problems import ClientGone, Problem, from_error
from speechgen.serving.settings import Settings
from speechgen.serving.state import State

LOG = logging.getLogger("speechgen.serving")
OPEN = ("/health", "/openapi.json")  # for anybody
_WORK = "/v1/audio/"
_STALLED_SECONDS = 60.0  # without a byte from a client, or to it
_BODY_SECONDS = 600.0
_TEXT_BYTES, _HEAD_BYTES = 12, 1 << 16  # of a character in JSON, of all else in a request
_DRAIN_SECONDS, _DRAIN_BYTES = 2.0, 1 << 24
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_GONE = 499


class Gate:
    """ASGI: lets through what may come in.

    Parameters
    ----------
    app
        Serves it.
    state
        Of the server.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, receive, send, self._state)
        try:
            self._check(visit)
            if scope["type"] == "http" and scope["method"] == "POST":
                with self._state.requests.place() as visit.release:
                    await self._app(scope, visit.receive, visit.send)
            else:
                await self._app(scope, visit.receive, visit.send)
        except ClientGone:
            visit.gone = True
        except Problem as problem:
            await visit.refuse(problem)
        except Exception as error:
            LOG.error("%s %s", visit.name, _where(error))
            await visit.refuse(from_error(error))
        finally:
            visit.note()

    def _check(self, visit: _Visit) -> None:
        settings, headers = self._state.settings, visit.headers
        _check_origin(headers, settings)
        path = visit.scope["path"]
        if settings.token is not None and path not in OPEN:
            scheme, _, sent = headers.get("authorization", "").partition(" ")
            same = hmac.compare_digest(sent.strip().encode(), settings.token.encode())
            if not same or scheme.lower() != "bearer":
                raise Problem(
                    401, "the token is missing or wrong; send it as Authorization: Bearer TOKEN",
                    code="invalid_api_key",
                )  # fmt: skip
        if not path.startswith(_WORK) and visit.scope["type"] == "http":
            visit.most_bytes = _HEAD_BYTES
            return
        if self._state.stopping:
            raise Problem(503, "the server is about to stop", code="stopping", retry_after=5)
        visit.most_bytes = settings.max_bytes + _HEAD_BYTES
        if path == f"{_WORK}speech":
            visit.most_bytes = _TEXT_BYTES * settings.max_text + _HEAD_BYTES
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > visit.most_bytes:
            raise visit.too_large()


class _Visit:
    """One request on its way through, and what is known of it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, state: State) -> None:
        self.scope, self.name = scope, f"req_{secrets.token_hex(8)}"
        self.headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        self.status, self.most_bytes, self.gone = 0, 0, False
        self._receive, self._send, self._measures = receive, send, state.measures
        self._began, self._taken, self._given = time.monotonic(), 0, 0
        self._begun = self._ended = self._body_ended = False
        self.release: Callable[[], None] | None = None
        self._announced: int | None = None  # bytes of the answer
        scope.setdefault("state", {})["request_id"] = self.name

    async def receive(self) -> Message:
        """The next message of the client, who may not send too much nor take too long over it."""
        if self._body_ended or self.scope["type"] != "http":
            return self._noticed(await self._receive())
        left = min(_STALLED_SECONDS, _BODY_SECONDS - (time.monotonic() - self._began))
        try:
            async with asyncio.timeout(max(0.0, left)):
                message = await self._receive()
        except TimeoutError:
            raise Problem(408, "the request took too long to come in", code="timeout") from None
        if self._taken + len(message.get("body", b"")) > self.most_bytes:
            raise self.too_large()
        self._body_ended = not message.get("more_body", False)
        return self._noticed(message)

    def _noticed(self, message: Message) -> Message:
        self._taken += len(message.get("body", b"") or message.get("bytes") or b"")
        if message["type"] == "http.disconnect" and not self._ended:
            self.gone = True
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on; a client that takes none of it for long is given up."""
        kind = message["type"]
        if self.gone:  # what the framework makes of that is no answer
            raise ClientGone
        if kind.endswith(".response.start"):
            self.status, self._begun = message["status"], True
            lengths = [v for k, v in message.get("headers", ()) if k.lower() == b"content-length"]
            self._announced = int(lengths[0]) if lengths else None
            named = (b"x-request-id", self.name.encode())
            message = {**message, "headers": [*message.get("headers", ()), named]}
            self._measures.first_byte.labels(self.route).observe(time.monotonic() - self._began)
        elif kind.startswith("websocket."):
            self.status, self._begun = self.status or 101, True
        self._given += len(message.get("body", b"") or message.get("bytes") or b"")
        whole = self._announced is not None and self._given >= self._announced
        last = kind.endswith(".body") and (whole or not message.get("more_body", False))
        if last and self.release is not None:
            self.release()  # before the client can have the end, and come with its next request
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                await self._send(message)
        except TimeoutError:
            raise ClientGone from None
        self._ended = last

    def too_large(self) -> Problem:
        """More bytes than may come."""
        return Problem(
            413, f"the request has more than {self.most_bytes} bytes; send it in parts",
            code="request_too_large",
        )  # fmt: skip

    async def refuse(self, problem: Problem) -> None:
        """Say why not, unless an answer was begun, which is then left without its end."""
        self.status = problem.status_code
        if self._begun:
            return
        body = json.dumps(problem.body(self.name)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *((k.encode(), v.encode()) for k, v in (problem.headers or {}).items()),
        ]
        kind = "http"
        if self.scope["type"] == "websocket":
            kind = "websocket.http"
            if f"{kind}.response" not in self.scope.get("extensions", {}):
                await self._send({"type": "websocket.close", "code": 1008})
                return
        elif not self._body_ended:
            headers.append((b"connection", b"close"))
            await self._drain()
        await self.send(
            {"type": f"{kind}.response.start", "status": self.status, "headers": headers}
        )
        await self.send({"type": f"{kind}.response.body", "body": body})

    async def _drain(self) -> None:
        """Take a little of what is still coming, so that the client gets to reading the answer."""
        if "expect" in self.headers:  # it waits for an answer before it sends anything
            return
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while self._taken < self.most_bytes + _DRAIN_BYTES:
                    message = await self._receive()
                    self._taken += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return

    @property
    def route(self) -> str:
        """The path as the program knows it; what others were asked for is told nobody."""
        return getattr(self.scope.get("route"), "path", "unknown")

    def note(self) -> None:
        """Log and count it, now that it has ended."""
        if self.gone and not self._ended:
            self.status = _GONE
        seconds, method = time.monotonic() - self._began, self.scope.get("method", "LIVE")
        LOG.info(
            "%s %s %s %d %.3f s, %d bytes in, %d out",
            self.name, method, self.route, self.status, seconds, self._taken, self._given,
        )  # fmt: skip
        self._measures.requests.labels(self.route, str(self.status)).inc()
        self._measures.seconds.labels(self.route).observe(seconds)


def _check_origin(headers: dict[str, str], settings: Settings) -> None:
    """Keep pages of the web away from a server that may trust all who reach it."""
    host = headers.get("host", "").lower()
    known = {*_LOCAL, settings.host.lower()}
    if settings.is_local and not {host, host.rpartition(":")[0]} & known:
        raise Problem(
            403, "this server answers to 127.0.0.1 and localhost; see --host",
            code="unknown_host",
        )  # fmt: skip
    origin = headers.get("origin")
    if origin is None or origin in settings.origins or origin.lower().partition("://")[2] == host:
        return
    raise Problem(403, "pages of this origin may not call; see --origin", code="unknown_origin")


def _where(error: BaseException) -> str:
    """Class and place of a mistake of ours, without its message, which may hold a client's text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {places}"


def request_id(scope: Any) -> str:
    """Under what a request is logged."""
    return str(scope.get("state", {}).get("request_id", ""))
