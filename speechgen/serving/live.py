"""``/v1/audio/live``: enhancement and conversion of raw samples as they come, over a WebSocket.

::

    client                                     server
    {"task": "enhance", "sample_rate": 16000}  {"type": "ready", "delay_seconds": 0.048, ...}
    samples, samples, ...                      samples, as soon as each is certain
    {"type": "end"}                            the rest, {"type": "done", "samples": N}
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from speechgen.audio.raw_pcm import RawFormat
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.live.pipe import lag_samples
from speechgen.enhancement.options import EnhanceOptions
from speechgen.errors import AudioError, SpeechgenError
from speechgen.serving.catalogue import Catalogue, check_voice
from speechgen.serving.gate import request_id
from speechgen.serving.problems import Problem, from_error, from_validation
from speechgen.serving.settings import MOST_SEED
from speechgen.serving.state import State

_SILENT_SECONDS = 60.0  # after which a client that sends nothing is left
_REFUSED, _FAILED = 1008, 1011  # of RFC 6455
_MOST_CHANNELS = 8


class Start(BaseModel):
    """The first message: what is to be done, and what the samples are."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    task: Literal["enhance", "convert"] = "enhance"
    sample_rate: Literal[8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000]
    channels: Annotated[int, Field(ge=1, le=_MOST_CHANNELS)] = 1
    format: Literal["s16le", "f32le"] = "s16le"
    model: str | None = None
    wet: Annotated[float, Field(ge=0, le=1)] = 1.0
    max_attenuation_db: Annotated[float | None, Field(ge=0)] = None
    low_delay: bool = True
    voice: str | None = None
    semitones: Annotated[float, Field(ge=-24, le=24)] = 0.0
    formants: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    source_f0_hz: Annotated[float | None, Field(ge=20, le=2000)] = None
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = 0


@dataclass
class Stream:
    """A live connection's work.

    Attributes
    ----------
    form
        Of the samples, in and out.
    process
        (channel, time) and whether it is the last, to (channel, time) that is certain.
    lag
        By how many samples the output is behind the input, at most.
    """

    form: RawFormat
    process: Callable[[np.ndarray, bool], np.ndarray]
    lag: int
    _held: bytes = b""
    _taken: int = 0
    given: int = 0

    def push(self, data: bytes) -> bytes:
        """The next bytes, cut anywhere, to those that are certain."""
        data = self._held + data
        whole = len(data) - len(data) % self.form.frame_bytes
        self._held = data[whole:]
        wave = self.form.decode(data[:whole])
        if not np.isfinite(wave).all():
            raise AudioError(f"the samples hold NaN or infinity after sample {self._taken}")
        self._taken += wave.shape[1]
        return self._encoded(self.process(wave, False)) if wave.shape[1] else b""

    def finish(self) -> bytes:
        """The rest: with it as many samples have come out as went in."""
        if not self._taken:
            return b""
        return self._encoded(self.process(np.zeros((self.form.channels, 0), np.float32), True))

    def _encoded(self, wave: np.ndarray) -> bytes:
        self.given += wave.shape[1]
        return self.form.encode(wave)


def opened_stream(catalogue: Catalogue, start: Start) -> Stream:
    """What a client asks for."""
    form = RawFormat(start.sample_rate, start.channels, start.format)
    if start.task == "convert":
        return _converting(catalogue, start, form)
    if start.voice is not None:
        raise Problem(400, "a voice goes with convert", code="invalid_value", param="voice")
    network = catalogue.enhancer(start.model).model
    options = EnhanceOptions(
        start.wet, start.max_attenuation_db, window_batch=1, device=catalogue.device,
        low_delay=start.low_delay,
    )  # fmt: skip
    enhancer = StreamEnhancer(network, form.sample_rate, form.channels, options)
    lag = lag_samples(network, options, form.sample_rate, form.channels)
    return Stream(form, lambda wave, last: enhancer.process(wave, last=last), lag)


def _converting(catalogue: Catalogue, start: Start, form: RawFormat) -> Stream:
    from speechgen.synthesis import live_pipe
    from speechgen.synthesis.batch import network_of
    from speechgen.synthesis.live import LiveConverter

    if start.voice is None:
        raise Problem(400, "name a voice of /v1/audio/voices", code="missing", param="voice")
    loaded = catalogue.converter(start.model)
    check_voice(start.voice, network_of(loaded).speakers)
    converter = LiveConverter(
        start.voice, model=loaded, source_f0_hz=start.source_f0_hz, semitones=start.semitones,
        formants=start.formants, seed=start.seed, device=catalogue.device,
    )  # fmt: skip
    lag = live_pipe.lag_samples(converter, form)
    converter.restart()
    return Stream(form, live_pipe.AtAnyRate(converter, form).process, lag)


def router(state: State) -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.websocket("/v1/audio/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        try:
            with state.streams.place():
                await _Session(state, socket).run()
        except WebSocketDisconnect:
            return
        except ValidationError as error:
            await _refuse(socket, from_validation(error.errors()))
        except (Problem, SpeechgenError) as error:
            await _refuse(socket, from_error(error))

    return routes


async def _refuse(socket: WebSocket, problem: Problem) -> None:
    try:
        await socket.send_json(problem.body(request_id(socket.scope)))
        await socket.close(_REFUSED if problem.status_code < 500 else _FAILED)
    except (WebSocketDisconnect, RuntimeError):  # it has left already
        return


class _Session:
    """One connection, from its first message to its last."""

    def __init__(self, state: State, socket: WebSocket) -> None:
        self._state, self._socket = state, socket

    async def run(self) -> None:
        first = await self._message()
        if first.get("text") is None:
            raise Problem(400, "begin with a message of JSON, in text", code="invalid_body")
        start = Start.model_validate_json(first["text"])
        live = self._state.live
        stream = await live.run(lambda: opened_stream(self._state.catalogue, start))
        rate = stream.form.sample_rate
        await self._socket.send_json(
            {
                "type": "ready", "sample_rate": rate, "channels": stream.form.channels,
                "format": stream.form.kind, "delay_samples": stream.lag,
                "delay_seconds": round(stream.lag / rate, 4),
                "request_id": request_id(self._socket.scope),
            }
        )  # fmt: skip
        while (data := (message := await self._message()).get("bytes")) is not None:
            await self._send(await live.run(lambda data=data: stream.push(data)))  # type: ignore[misc]
        if not _is_end(message["text"]):
            raise Problem(
                400, 'send samples in binary messages, or {"type": "end"}', code="invalid_body"
            )
        await self._send(await live.run(stream.finish))
        await self._socket.send_json({"type": "done", "samples": stream.given})
        await self._socket.close()
        route = "/v1/audio/live"
        self._state.measures.sound.labels(route).inc(stream.given / rate)

    async def _message(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_SILENT_SECONDS):
                message = await self._socket.receive()
        except TimeoutError:
            raise Problem(408, "nothing came for a minute", code="timeout") from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return dict(message)

    async def _send(self, data: bytes) -> None:
        if data:
            await self._socket.send_bytes(data)


def _is_end(text: str | None) -> bool:
    import json

    try:
        return bool(json.loads(text or "") == {"type": "end"})
    except (ValueError, RecursionError):
        return False
