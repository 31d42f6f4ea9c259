"""Waveform generation: one function for each kind of synthesiser, and their table.

A new kind is a function and a row of :data:`KINDS`. It gets a network that says its sample rate,
``local_features`` and ``speaker_features``, and the conditions of every utterance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.progress import track
from speechgen.sampling import sample
from speechgen.sampling.parallel import CHUNK_SAMPLES as PARALLEL_CHUNK_SAMPLES
from speechgen.sampling.parallel import NoiseField, generate_parallel
from speechgen.sampling.vocoder_stream import generate_streamed
from speechgen.synthesis.conversion import Conversion
from speechgen.synthesis.low_band import room_below_voices
from speechgen.synthesis.pitch_postfilter import strengthen_pitch, without_rumble
from speechgen.synthesis.postfilter import match_mel

CHUNK_SAMPLES = 1600
_STREAM_TEMPERATURE = 0.8  # of WaveNets: below 1 there is less noise
_STREAMED_SAMPLES = 8192  # of vocoders that make many samples at once


@dataclass(frozen=True)
class Drawing:
    """Sampling options: seed of the noise (None for a random one), temperature, engine.

    ``postfilter`` counts the passes of :func:`speechgen.synthesis.postfilter.match_mel` afterwards,
    before which that of :mod:`speechgen.synthesis.low_band` comes, and before it, but for
    a :class:`HarmonicVocoder`, those of :mod:`speechgen.synthesis.pitch_postfilter`. ``streams``
    are the numbers of the utterances' streams of noise under the seed; None for 0, 1, ...
    """

    seed: int | None = 0
    temperature: float = 1.0
    engine: str = "auto"
    postfilter: int = 0
    streams: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Timing:
    """Seconds of generation, without loading and analysis, and seconds of speech."""

    seconds: float
    audio_seconds: float

    @property
    def real_time_factor(self) -> float:
        """Seconds of work for a second of sound: below 1 is faster than real time."""
        return self.seconds / self.audio_seconds


Make = Callable[[Any, Sequence[Conditions], Sequence[int], Drawing], list[np.ndarray]]


def make_waves(
    model: nn.Module,
    conditions: Sequence[Conditions],
    lengths: Sequence[int],
    drawing: Drawing,
    settings: FeatureSettings | None = None,
) -> tuple[list[np.ndarray], Timing]:
    """Waveforms (time,) float32 of the lengths wanted, and how long they took.

    Parameters
    ----------
    model
        Of one of the :data:`KINDS`, or a :class:`Conversion` to one; in evaluation mode.
    conditions
        Of each utterance, with batch 1.
    lengths
        Samples of each.
    settings
        Of the local conditions; a post-filter needs them.

    Raises
    ------
    ConfigError
        ``drawing`` has an option that this kind lacks.
    """
    began = time.perf_counter()
    if isinstance(model, Conversion):
        conditions, model = [model.converted(one) for one in conditions], model.vocoder
    waves = kind_of(model)(model, conditions, lengths, drawing)
    if drawing.postfilter and settings is not None:
        frames = [one.local[0] for one in conditions if one.local is not None]
        waves = [
            _postfiltered(model, wave, local, settings, drawing.postfilter)
            for wave, local in zip(waves, frames, strict=True)
        ]
    seconds = time.perf_counter() - began
    return waves, Timing(seconds, sum(lengths) / _rate_of(model))


def _postfiltered(
    model: nn.Module, wave: np.ndarray, frames: Tensor, settings: FeatureSettings, passes: int
) -> np.ndarray:
    rate, hop = settings.sample_rate, settings.hop_samples
    if not isinstance(model, HarmonicVocoder):  # whose source is periodic already
        wave = without_rumble(wave, rate)
        if settings.absolute_pitch:
            wave = strengthen_pitch(wave, frames, sample_rate=rate, hop_samples=hop)
    if settings.absolute_pitch:
        wave = room_below_voices(wave, frames, settings)
    return match_mel(wave, frames, settings, passes=passes)


def wavenet_waves(
    model: WaveNet, conditions: Sequence[Conditions], lengths: Sequence[int], drawing: Drawing
) -> list[np.ndarray]:
    """Sample by sample, all utterances as one batch."""
    device = next(model.parameters()).device
    chunks = sample(
        model,
        [model.from_frames(one.to(device)) for one in conditions],
        num_samples=list(lengths),
        seed=drawing.seed,
        temperature=drawing.temperature,
        engine=drawing.engine,
        chunk_samples=CHUNK_SAMPLES,
        streams=drawing.streams,
    )
    steps = -(-max(lengths) // CHUNK_SAMPLES)
    rows = torch.cat(list(track(chunks, "synthesising", steps)), dim=1).cpu().numpy()
    return [row[:length] for row, length in zip(rows, lengths, strict=True)]


def vocoder_waves(
    model: ParallelWaveGAN | HarmonicVocoder,
    conditions: Sequence[Conditions],
    lengths: Sequence[int],
    drawing: Drawing,
) -> list[np.ndarray]:
    """All samples at once, window by window, one utterance after the other."""
    for name, usual in (("temperature", 1.0), ("engine", "auto")):
        if getattr(drawing, name) != usual:
            raise ConfigError(
                f"{name} is for WaveNets; this model generates all samples at once: leave "
                f"--{name} out"
            )
    steps = sum(-(-length // PARALLEL_CHUNK_SAMPLES) for length in lengths)
    chunks = iter(track(_chunks(model, conditions, lengths, drawing), "synthesising", steps))
    waves: list[list[Tensor]] = [[] for _ in lengths]
    for index, chunk in chunks:
        waves[index].append(chunk.cpu())
    return [torch.cat(parts).numpy() for parts in waves]


def streamed_wave(
    model: nn.Module, conditions: Conditions, length: int, *, noise: NoiseField, seed: int
) -> Iterator[Tensor]:
    """One utterance (time,) in chunks, each as soon as it is ready.

    Parameters
    ----------
    model
        Of one of the :data:`KINDS`.
    conditions
        With batch 1, as the network itself takes them.
    length
        In samples.
    noise, seed
        What a vocoder makes the wave of, and what a WaveNet draws it with.
    """
    if isinstance(model, WaveNet):
        made = conditions.to(next(model.parameters()).device)
        for rows in sample(
            model, made, num_samples=length, seed=seed, temperature=_STREAM_TEMPERATURE,
            chunk_samples=CHUNK_SAMPLES,
        ):  # fmt: skip
            yield rows[0]
        return
    generate: Any = generate_streamed if isinstance(model, HarmonicVocoder) else generate_parallel
    yield from generate(
        model, conditions, num_samples=length, noise=noise, chunk_samples=_STREAMED_SAMPLES
    )


def _chunks(
    model: ParallelWaveGAN | HarmonicVocoder,
    conditions: Sequence[Conditions],
    lengths: Sequence[int],
    drawing: Drawing,
) -> Iterator[tuple[int, Tensor]]:
    generate: Any = generate_streamed if isinstance(model, HarmonicVocoder) else generate_parallel
    streams = drawing.streams or range(len(lengths))
    for index, (condition, length) in enumerate(zip(conditions, lengths, strict=True)):
        noise = NoiseField(drawing.seed, streams[index])
        for chunk in generate(model, condition, num_samples=length, noise=noise):
            yield index, chunk


KINDS: dict[type[nn.Module], Make] = {
    WaveNet: wavenet_waves,
    ParallelWaveGAN: vocoder_waves,
    HarmonicVocoder: vocoder_waves,
}


def is_synthesiser(model: nn.Module) -> bool:
    """Whether ``model`` is of one of the kinds, or a conversion to one."""
    return isinstance(model, (*KINDS, Conversion))


def kind_of(model: nn.Module) -> Make:
    """The function that makes waveforms with ``model``."""
    return next(make for kind, make in KINDS.items() if isinstance(model, kind))


def _rate_of(model: nn.Module) -> int:
    rate = model.sample_rate
    assert isinstance(rate, int)
    return rate
