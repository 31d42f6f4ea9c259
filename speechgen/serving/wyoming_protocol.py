"""Text to speech over the Wyoming protocol, by which home assistants ask for it; it has no tokens.

::

    client                                    server
    describe                                  info: the voices
    synthesize: a text, a voice or none       audio-start, audio-chunk, ..., audio-stop; or error

An event is a line of JSON, which says how many bytes of further JSON and of samples follow.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import socket
import time
from contextlib import suppress
from typing import Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, async_write_event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize

from speechgen import __version__
from speechgen.audio.raw_pcm import RawFormat
from speechgen.errors import SpeechgenError
from speechgen.serving.jobs import Job
from speechgen.serving.problems import Problem, from_error
from speechgen.serving.speech import SpeechRequest, check_text, said
from speechgen.serving.state import State
from speechgen.synthesis.say import VOICE

LOG = logging.getLogger("speechgen.serving")
_MOST_BYTES = 1 << 18  # of an event; those of a client are short
_STALLED_SECONDS = 60.0
_MAKER = Attribution("speechgen contributors", "")


class WyomingServer:
    """Answers at a socket of its own, with the models and the places of the others.

    Parameters
    ----------
    state
        Of the server.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        """Begin to answer."""
        self._server = await asyncio.start_server(self._met, sock=listener, limit=_MOST_BYTES)

    async def stop(self) -> None:
        """Begin nothing more; what is being said has as long as any request."""
        if self._server is not None:
            self._server.close()
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._state.settings.stop_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._tasks.add(task)
        try:
            while (event := await read_event(reader)) is not None:
                await self._answer(event, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return  # it has left
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        if Describe.is_type(event.type):
            await _send(writer, await self._info())
        elif Ping.is_type(event.type):
            await _send(writer, Pong())
        elif Synthesize.is_type(event.type):
            task: Any = asyncio.current_task()
            name, began, status = f"req_{secrets.token_hex(8)}", time.monotonic(), 499
            self._busy.add(task)
            try:
                with self._state.requests.place():
                    await self._say(event, writer)
                status = 200
            except (SpeechgenError, Problem) as error:
                status = await _refuse(writer, from_error(error))
            finally:
                self._busy.discard(task)
                seconds = time.monotonic() - began
                LOG.info("%s WYOMING synthesize %d %.3f s", name, status, seconds)
                self._state.measures.requests.labels("wyoming", str(status)).inc()

    async def _info(self) -> Info:
        voices = await self._state.files.run(self._state.catalogue.voices)
        listed = [TtsVoice(voice.name, _MAKER, True, None, __version__, ["en"]) for voice in voices]
        program = TtsProgram("speechgen", _MAKER, True, "Text to speech", __version__, listed)
        return Info(tts=[program])

    async def _say(self, event: Event, writer: asyncio.StreamWriter) -> None:
        if self._state.stopping:
            raise Problem(503, "the server is about to stop", code="stopping")
        body = _request(event)
        check_text(body.input, self._state.settings.max_text)
        files, catalogue = self._state.files, self._state.catalogue
        speaker = await files.run(lambda: catalogue.speaker(body.model, body.voice))
        job = Job(files, said(speaker, body))
        try:
            wave = await job.step()
            form = RawFormat(speaker.sample_rate, 1, "s16le")
            await _send(writer, AudioStart(form.sample_rate, 2, 1))
            while wave is not None:
                data = form.encode(wave[None])
                await _send(writer, AudioChunk(form.sample_rate, 2, 1, data))
                wave = await job.step()
            await _send(writer, AudioStop())
        finally:
            job.close()


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None at the end, or where it is none or too long."""
    try:
        async with asyncio.timeout(_STALLED_SECONDS):
            head = json.loads(await reader.readline() or b"null")
            if head is None:
                return None
            sizes = [head.get(name) or 0 for name in ("data_length", "payload_length")]
            if not all(isinstance(size, int) and 0 <= size <= _MOST_BYTES for size in sizes):
                return None
            more, payload = [await reader.readexactly(size) for size in sizes]
            data = {**(head.get("data") or {}), **json.loads(more or b"{}")}
            return Event(str(head["type"]), data, payload or None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _request(event: Event) -> SpeechRequest:
    text, voice = event.data.get("text"), event.data.get("voice") or {}
    name = voice.get("name") if isinstance(voice, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise Problem(400, "there is no text", code="invalid_value", param="text")
    if event.data.get("text_format", "text") != "text":
        raise Problem(400, "texts are plain", code="invalid_value", param="text_format")
    return SpeechRequest(model="tts-1", input=text, voice=VOICE if name is None else str(name))


async def _refuse(writer: asyncio.StreamWriter, problem: Problem) -> int:
    error = problem.body("")["error"]
    with suppress(OSError):
        await _send(writer, Error(error["message"], error["code"]))
    return problem.status_code


async def _send(writer: asyncio.StreamWriter, event: Eventable) -> None:
    async with asyncio.timeout(_STALLED_SECONDS):
        await async_write_event(event.event(), writer)
