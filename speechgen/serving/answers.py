"""Answers that are made piece by piece, for as long as the client is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import IO, Any, TypeVar

from fastapi import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from speechgen.errors import SpeechgenError
from speechgen.serving.jobs import Job
from speechgen.serving.problems import ClientGone, from_error

T = TypeVar("T")
_PIECE = 1 << 16


async def attended(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives, as long as the client waits for it.

    Raises
    ------
    ClientGone
        It left; the work was cancelled.
    Problem
        It was no work that can be done.
    """
    task = asyncio.ensure_future(work)
    left = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    except SpeechgenError as error:
        raise from_error(error) from error
    finally:
        for one in (task, left):
            one.cancel()
        await asyncio.gather(task, left, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def last_of(job: Job[T]) -> T:
    """Do all of a job, which has a piece at least; the last of them."""
    pieces = [await job.step()]
    while (piece := await job.step()) is not None:
        pieces[0] = piece
    assert pieces[0] is not None
    return pieces[0]


class JobAnswer(StreamingResponse):
    """The pieces of a job as they are made; the first is there already."""

    def __init__(self, job: Job[bytes], first: bytes, media_type: str, **headers: str) -> None:
        self._job = job
        super().__init__(_pieces(job, first), media_type=media_type, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them; whatever ends that ends the job."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._job.close()


async def _pieces(job: Job[bytes], first: bytes) -> AsyncIterator[bytes]:
    yield first
    while (piece := await job.step()) is not None:
        if piece:
            yield piece


class FileAnswer(StreamingResponse):
    """A file without a name, from its beginning to where it ends, closed afterwards."""

    def __init__(self, file: IO[bytes], media_type: str, **headers: str) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        self._file = file
        headers["content-length"] = str(size)
        super().__init__(_blocks(file), media_type=media_type, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while block := file.read(_PIECE):
        yield block
