"""``POST /v1/audio/enhance`` and ``/v1/audio/convert``: a sound file in, a sound file out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated

import numpy as np
from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import Response

from speechgen.audio import StreamResampler
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.options import EnhanceOptions
from speechgen.enhancement.single import mark_last, output_format
from speechgen.progress import between_steps
from speechgen.serving.answers import FileAnswer, attended, last_of
from speechgen.serving.catalogue import check_voice
from speechgen.serving.documented import sound_answers
from speechgen.serving.encoding import (
    MEDIA_TYPES,
    FileEncoder,
    Format,
    check_channels,
    rate_for,
)
from speechgen.serving.jobs import Job
from speechgen.serving.problems import ClientGone
from speechgen.serving.settings import MOST_SEED
from speechgen.serving.state import State
from speechgen.serving.uploads import opened

_BLOCK_SECONDS = 8.0

Recording = Annotated[UploadFile, File(description="wav, flac, ogg, opus, mp3 and the like.")]
Wanted = Annotated[Format, Form(description="wav and flac keep the bits of the samples.")]
Name = Annotated[str | None, Form(description="A name of /v1/models.")]
Salvage = Annotated[bool, Form(description="Take what is there of a damaged recording.")]


@dataclass(frozen=True)
class Conversion:
    """How a recording is converted."""

    voice: str
    semitones: float
    formants: float
    seed: int
    salvage: bool


@dataclass
class Made:
    """A sound file without a name, and the seconds in it."""

    file: IO[bytes]
    seconds: float = 0.0


def router(state: State) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["recordings"])

    @routes.post(
        "/v1/audio/enhance", response_class=Response, responses=sound_answers(404),
        summary="Clean a recording; rate, channels and length stay.",
    )  # fmt: skip
    async def enhance(
        request: Request,
        file: Recording,
        model: Name = None,
        wet: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)] = 1.0,
        max_attenuation_db: Annotated[float | None, Form(ge=0, allow_inf_nan=False)] = None,
        response_format: Wanted = "wav",
        salvage: Salvage = False,
    ) -> Response:
        state.catalogue.find(model, "enhance")
        options = EnhanceOptions(
            wet, max_attenuation_db, device=state.catalogue.device, salvage=salvage
        )
        pieces = enhanced(state, file, model, options, response_format)
        return await _answer(state, request, Job(state.files, pieces), response_format)

    @routes.post(
        "/v1/audio/convert", response_class=Response, responses=sound_answers(404),
        summary="The words and the melody of a recording, in another voice.",
    )  # fmt: skip
    async def convert(
        request: Request,
        file: Recording,
        voice: Annotated[str, Form(description="A name of /v1/audio/voices.", examples=["slt"])],
        model: Name = None,
        semitones: Annotated[float, Form(ge=-24, le=24, allow_inf_nan=False)] = 0.0,
        formants: Annotated[float, Form(ge=0.5, le=2, allow_inf_nan=False)] = 1.0,
        seed: Annotated[int, Form(ge=0, le=MOST_SEED)] = 0,
        response_format: Wanted = "wav",
        salvage: Salvage = False,
    ) -> Response:
        state.catalogue.find(model, "convert")
        how, closed = Conversion(voice, semitones, formants, seed, salvage), threading.Event()
        pieces = converted(state, file, model, how, response_format, closed)
        job = Job(state.whole, pieces, closed)
        return await _answer(state, request, job, response_format)

    return routes


async def _answer(state: State, request: Request, job: Job[Made], form: str) -> Response:
    try:
        made = await attended(request, last_of(job))
    finally:
        await job.ended()  # before the upload is closed, which it may still read
    state.measures.sound.labels(request.url.path).inc(made.seconds)
    return FileAnswer(made.file, MEDIA_TYPES[form])


def enhanced(
    state: State, upload: UploadFile, model: str | None, options: EnhanceOptions, form: Format
) -> Iterator[Made]:
    """What ``speechgen enhance`` writes, block by block; after the last the file is whole."""
    with opened(
        upload.file, most_samples=state.settings.most_samples, salvage=options.salvage
    ) as reader:
        about = reader.info
        enhancer = StreamEnhancer(
            state.catalogue.enhancer(model).model, about.sample_rate, about.channels, options
        )
        container, subtype = (None, None)
        if form in ("wav", "flac"):
            container, subtype = output_format(about, Path(f"out.{form}"))
        with _Writer(form, about.sample_rate, about.channels, container, subtype) as writer:
            for block, last in mark_last(reader.blocks(int(_BLOCK_SECONDS * about.sample_rate))):
                writer.write(enhancer.process(block, last=last))
                yield writer.made
            yield writer.finished()


def converted(
    state: State,
    upload: UploadFile,
    model: str | None,
    job: Conversion,
    form: Format,
    closed: threading.Event,
) -> Iterator[Made]:
    """What ``speechgen synthesize`` writes; left off between its steps once ``closed`` is set."""
    from speechgen.synthesis import synthesize
    from speechgen.synthesis.batch import network_of

    def check_wanted() -> None:
        if closed.is_set():
            raise ClientGone

    loaded = state.catalogue.converter(model)
    check_voice(job.voice, network_of(loaded).speakers)
    limits = state.settings
    with opened(
        upload.file, most_samples=limits.most_samples, most_seconds=limits.max_seconds,
        salvage=job.salvage,
    ) as reader:  # fmt: skip
        wave, rate = reader.take(reader.info.num_samples), reader.info.sample_rate
    check_wanted()
    with between_steps(check_wanted):
        made = synthesize(
            wave, speaker=job.voice, model=loaded, sample_rate=rate, semitones=job.semitones,
            formants=job.formants, seed=job.seed, device=state.catalogue.device,
        )  # fmt: skip
    with _Writer(form, network_of(loaded).sample_rate, 1) as writer:
        writer.write(made[None])
        yield writer.finished()


class _Writer:
    """A sound file without a name; closed with the block unless it was finished."""

    def __init__(
        self,
        form: str,
        sample_rate: int,
        channels: int,
        container: str | None = None,
        subtype: str | None = None,
    ) -> None:
        check_channels(form, channels)
        rate = rate_for(form, sample_rate)
        self._rate, self._channels = sample_rate, channels
        self._resampler = (
            None if rate == sample_rate else StreamResampler(sample_rate, rate, channels)
        )
        self.made = Made(TemporaryFile())  # noqa: SIM115 closed by whoever sends it
        self._encoder = FileEncoder(self.made.file, form, rate, channels, container, subtype)
        self._whole = False

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._whole:
            with suppress(Exception):
                self._encoder.close()
            self.made.file.close()

    def write(self, wave: np.ndarray) -> None:
        """Append (channel, time)."""
        self.made.seconds += wave.shape[1] / self._rate
        if self._resampler is not None:
            wave = self._resampler.process(wave)
        self._encoder.write(wave)

    def finished(self) -> Made:
        """The file, with all in it."""
        if self._resampler is not None:
            rest = np.zeros((self._channels, 0), np.float32)
            self._encoder.write(self._resampler.process(rest, last=True))
        self._encoder.close()
        self._whole = True
        return self.made
