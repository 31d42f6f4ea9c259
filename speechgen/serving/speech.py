"""``POST /v1/audio/speech``: text to speech, as OpenAI's clients ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from speechgen.audio import StreamResampler
from speechgen.serving.answers import JobAnswer, attended
from speechgen.serving.catalogue import Catalogue
from speechgen.serving.documented import sound_answers
from speechgen.serving.encoding import MEDIA_TYPES, Format, StreamEncoder, check_rate_of
from speechgen.serving.jobs import Job
from speechgen.serving.problems import Problem
from speechgen.serving.settings import MOST_SEED
from speechgen.serving.state import State

if TYPE_CHECKING:
    from speechgen.synthesis.speaking import Speaker

_PCM_RATE = 24000  # what OpenAI's clients take samples without a head for


class SpeechRequest(BaseModel):
    """What is to be said, by whom and how."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    model: Annotated[
        str,
        Field(
            description="A text model of /v1/models, or tts-1 for the default.", examples=["tts-1"]
        ),
    ]
    input: Annotated[
        str, Field(min_length=1, description="The text, in English.", examples=["Hello!"])
    ]
    voice: Annotated[str, Field(description="A name of /v1/audio/voices.", examples=["slt"])]
    response_format: Annotated[
        Format, Field(description="opus is in Ogg; pcm is 16 bit little-endian, one channel.")
    ] = "mp3"
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    stream_format: Literal["audio"] = "audio"
    instructions: Annotated[str | None, Field(description="Taken and not used.")] = None
    sample_rate: Annotated[
        Literal[8000, 16000, 22050, 24000, 44100, 48000] | None,
        Field(description="Hz. Where nothing is said: 24000 for pcm, else the model's own."),
    ] = None
    semitones: Annotated[
        float, Field(ge=-24, le=24, description="By which the melody is moved.")
    ] = 0.0
    volume_db: Annotated[
        float, Field(ge=-40, le=40, description="By which the sound is louder.")
    ] = 0.0
    temperature: Annotated[float, Field(ge=0, le=2, description="0 for the likeliest melody.")] = (
        0.2
    )
    seed: Annotated[
        int, Field(ge=0, le=MOST_SEED, description="The same seed gives the same sound.")
    ] = 0


def router(state: State) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["speech"])

    @routes.post(
        "/v1/audio/speech", response_class=Response, responses=sound_answers(404),
        summary="Say a text, streamed as it is made.",
    )  # fmt: skip
    async def speech(request: Request, body: SpeechRequest) -> Response:
        check_text(body.input, state.settings.max_text)
        state.catalogue.find(body.model, "say")
        if body.sample_rate is not None:
            check_rate_of(body.response_format, body.sample_rate)
        count = state.measures.sound.labels("/v1/audio/speech").inc
        job = Job(state.files, spoken(state.catalogue, body, count))
        try:
            first = await attended(request, first_bytes(job))
        except BaseException:
            job.close()
            raise
        return JobAnswer(job, first, MEDIA_TYPES[body.response_format])

    return routes


def check_text(text: str, most: int) -> None:
    """Refuse a text that is too long."""
    if len(text) > most:
        raise Problem(
            400, f"input has {len(text)} characters, at most {most} are taken; send it in parts",
            code="text_too_long", param="input",
        )  # fmt: skip


async def first_bytes(job: Job[bytes]) -> bytes:
    """The first bytes that a job gives, after which its answer is begun."""
    while (piece := await job.step()) is not None:
        if piece:
            return piece
    return b""


def spoken(
    catalogue: Catalogue, body: SpeechRequest, count: Callable[[float], None]
) -> Iterator[bytes]:
    """A sound file, piece by piece; ``count`` is told the seconds of each."""
    speaker = catalogue.speaker(body.model, body.voice)
    own = speaker.sample_rate
    rate = body.sample_rate or (_PCM_RATE if body.response_format == "pcm" else own)
    encoder = StreamEncoder(body.response_format, rate)
    resampler = StreamResampler(own, rate, 1)
    for wave in said(speaker, body):
        count(len(wave) / own)
        yield encoder.encode(resampler.process(wave[None])[0])
    rest = resampler.process(np.zeros((1, 0), np.float32), last=True)[0]
    yield encoder.encode(rest) + encoder.finish()


def said(speaker: Speaker, body: SpeechRequest) -> Iterator[np.ndarray]:
    """The waves (time,) that :func:`speechgen.say` makes one of."""
    from speechgen.synthesis.say import SILENCE_SECONDS, say_sentences

    silence = np.zeros(round(SILENCE_SECONDS * speaker.sample_rate), np.float32)
    for utterance in say_sentences(
        body.input, voice=speaker, rate=body.speed, semitones=body.semitones,
        volume_db=body.volume_db, temperature=body.temperature, seed=body.seed,
        report=lambda _: None,
    ):  # fmt: skip
        yield from utterance.chunks()
        yield silence
