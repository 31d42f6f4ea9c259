"""Many recordings through one batch of the sampler."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import (
    as_waves,
    check_rate,
    mix_down,
    read_mono,
    resample,
    without_offset,
    write,
)
from speechgen.audio.writing import format_of, is_sound_name
from speechgen.data import recording_features, wave_gain
from speechgen.errors import ConfigError, ModelError, OutputError
from speechgen.features import FeatureSettings, is_silent
from speechgen.features.formants import check_formants, formant_warp, with_formants
from speechgen.files import check_absent, check_writable
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import LoadedModel, load_model, resolve_model
from speechgen.synthesis.conversion import LEVEL_DB, Conversion, takes_voices, with_vocoder
from speechgen.synthesis.generators import Drawing, Timing, is_synthesiser, make_waves
from speechgen.synthesis.manifest import write_manifest
from speechgen.synthesis.melody import Height, Melodies
from speechgen.synthesis.postfilter import check_postfilter
from speechgen.synthesis.target_voice import TargetVoice, TargetVoices
from speechgen.synthesis.voices import Voice

Sound = Path | str | np.ndarray | Tensor | Sequence[float]


@dataclass(frozen=True)
class Job:
    """One utterance to synthesise.

    Attributes
    ----------
    source
        The recording: a file, or a waveform (time,) or (channel, time).
    speaker
        The voice, as :func:`speechgen.synthesis.speaker_vector` takes it; None for the source's.
    output
        Sound file to write, or None.
    sample_rate
        Of a ``source`` that is a waveform, in Hz; None for the model's.
    f0_hz
        Mean F0 that the source's melody is moved to, for models of content with absolute pitch:
        "voice" for that of the speaker where it is known (a name in the model, or a recording),
        "source" for the source's own, or a number.
    semitones
        By which the melody is moved on top of that, for models with absolute pitch.
    formants
        Factor by which formants are moved, 0.5 to 2, for models of mel frames.
    """

    source: Sound
    speaker: Voice | None = None
    output: Path | str | None = None
    sample_rate: int | None = None
    f0_hz: Height = "voice"
    semitones: float = 0.0
    formants: float = 1.0


def synthesize_batch(
    jobs: Sequence[Job],
    *,
    model: Path | str | LoadedModel | None = None,
    encoder: Path | str | nn.Module | None = None,
    vocoder: Path | str | None = None,
    seed: int | None = 0,
    temperature: float = 1.0,
    device: str = "auto",
    engine: str = "auto",
    postfilter: int = 0,
    spectral_match: float = 1.0,
    f0_tracker: str | None = None,
    manifest: Path | str | None = None,
    overwrite: bool = False,
) -> list[np.ndarray]:
    """Synthesise all ``jobs`` at once.

    Parameters
    ----------
    model, encoder
        Model directories or names of shipped models, or what was loaded already; None for the
        defaults. The encoder is touched only where a voice is a recording.
    vocoder
        Model directory or name of a shipped model that makes the waves of a converter's frames;
        None for the default.
    seed
        Job i has the noise stream (seed, i), whatever the other jobs are; None for a random seed.
    temperature
        Below 1: samples nearer to the mode.
    device
        "auto" is a GPU where there is one.
    engine
        Of :mod:`speechgen.sampling`. Like the temperature, for WaveNets only.
    postfilter
        Passes of the spectral post-filter (:func:`speechgen.synthesis.postfilter.match_mel`), for
        models of mel spectra, after those of the pitch
        (:mod:`speechgen.synthesis.pitch_postfilter`; not for a :class:`HarmonicVocoder`, which is
        periodic already) and of what lies below voices (:mod:`speechgen.synthesis.low_band`); 2 or
        more take away most of a WaveNet's noise.
    spectral_match
        How much of the average spectrum of recordings of a voice a converter takes on, 0 to 1.
    f0_tracker
        What finds the melody of sources: "yin", "pyin", or None for what the model was trained
        with (:class:`speechgen.features.FeatureSettings`).
    manifest
        JSON file to write: outputs, seconds, and the real-time factor.
    overwrite
        Whether outputs that exist may be replaced.

    Returns
    -------
    list of ndarray
        Waveforms (time,) float32 at the model's rate, each as long as its source.

    Raises
    ------
    AudioError, DataError, ModelError, ConfigError, OutputError
        What is wrong with the first job that cannot be done; nothing has then been written.
    """
    if not jobs:
        raise ConfigError("nothing to synthesise")
    check_outputs(jobs, overwrite=overwrite, manifest=manifest)
    own = load_synthesiser(model, device, vocoder)
    loaded = with_tracker(own, f0_tracker)
    network, settings = network_of(own), own.config.feature_settings()
    voices = TargetVoices(network, settings, encoder, device, spectral_match)
    drawing = Drawing(seed, temperature, engine, postfilter)
    outcome, timing = waves_of(jobs, loaded, voices, drawing)
    for job, wave in zip(jobs, outcome, strict=True):
        if job.output is not None:
            write(job.output, wave, network.sample_rate, overwrite=overwrite)
    if manifest is not None:
        outputs = [job.output for job in jobs]
        write_manifest(manifest, loaded, drawing, timing, outputs, [len(wave) for wave in outcome])
    return outcome


def waves_of(
    jobs: Sequence[Job], loaded: LoadedModel, voices: TargetVoices, drawing: Drawing
) -> tuple[list[np.ndarray], Timing]:
    """The waves of ``jobs`` (time,) float32 as one batch, and how long they took; none is written.

    The parameters are what :func:`load_synthesiser` gave, and voices for it. Raises what
    :func:`synthesize_batch` does.
    """
    network, settings = network_of(loaded), loaded.config.feature_settings()
    waves = [source_wave(job, network.sample_rate) for job in jobs]
    level_db = _level_of(network, settings)
    check_postfilter(drawing.postfilter, settings)
    if drawing.postfilter or any(job.formants != 1.0 for job in jobs):
        _check_spectrum(loaded)
    silent = [is_silent(wave, network.sample_rate) for wave in waves]
    conditions = []
    for job, wave, quiet in zip(jobs, waves, silent, strict=True):
        local = _local(settings, wave, voices.melodies, job, level_db)
        warp = _warp(job, settings)
        if local is not None and warp is not None and not isinstance(network, Conversion):
            rows = warp.shape[1]  # of a mel that is copied
            local = torch.cat([with_formants(local[:, :rows], warp), local[:, rows:]], dim=1)
        target = _target(job, wave, voices, network, silent=quiet)
        conditions.append(
            target.conditions(local, warp) if target else Conditions(local, warp=warp)
        )
    drawn, timing = make_waves(
        network, conditions, [len(wave) for wave in waves], drawing, settings
    )
    drawn = [wave * (not quiet) for wave, quiet in zip(drawn, silent, strict=True)]
    outcome = [
        at_level_of(source, wave, network.sample_rate, level_db)
        for source, wave in zip(waves, drawn, strict=True)
    ]
    return outcome, timing


def load_synthesiser(
    model: Path | str | LoadedModel | None, device: str, vocoder: Path | str | None = None
) -> LoadedModel:
    """Load ``model``, which must be a synthesiser, or a converter, which gets its ``vocoder``."""
    if isinstance(model, LoadedModel):
        loaded = model
    else:
        loaded = load_model(resolve_model(model, "synthesize"), device=device)
    loaded = with_vocoder(loaded, vocoder, device)
    if not is_synthesiser(loaded.model):
        raise ModelError(f"{loaded.directory}: a {loaded.config.name} cannot synthesise")
    if network_of(loaded).local_features and loaded.config.feature_settings() is None:
        raise ModelError(f"{loaded.directory}: config.yaml lacks the feature settings it needs")
    return loaded


def with_tracker(loaded: LoadedModel, f0_tracker: str | None) -> LoadedModel:
    """``loaded``, to whose sources F0 is found by another tracker; None for its own."""
    settings = loaded.config.feature_settings()
    if f0_tracker is None:
        return loaded
    if settings is None or not settings.tells_pitch:
        raise ConfigError(f"{loaded.directory}: is not told F0: leave f0_tracker out")
    features = replace(settings, f0_tracker=f0_tracker).to_dict()
    return replace(loaded, config=replace(loaded.config, features=features))


def network_of(loaded: LoadedModel) -> Any:
    """The network of what :func:`load_synthesiser` gave."""
    return loaded.model


def check_outputs(
    jobs: Sequence[Job], *, overwrite: bool, manifest: Path | str | None = None
) -> None:
    """Refuse outputs that exist, are named twice, a source or nothing to write (OutputError).

    A ``manifest`` may replace that of an earlier call, but no sound.
    """
    sources = {
        Path(job.source).resolve() for job in jobs if isinstance(job.source, str | os.PathLike)
    }
    seen: set[Path] = set()
    for job in jobs:
        if job.output is None:
            continue
        target = Path(job.output)
        if target.resolve() in sources:
            raise OutputError(f"{target}: is a recording to be read; choose another output")
        if target.resolve() in seen:
            raise OutputError(f"{target}: two utterances would be written there")
        check_absent(target, overwrite=overwrite)
        format_of(target)
        check_writable(target)
        seen.add(target.resolve())
    if manifest is not None:
        target = Path(manifest)
        if target.resolve() in sources | seen or (target.exists() and is_sound_name(target)):
            raise OutputError(f"{target}: is a sound; give --json another name, as x.json")
        check_absent(target, overwrite=True)
        check_writable(target)


def source_wave(job: Job, sample_rate: int) -> np.ndarray:
    """The source of a job, mono at ``sample_rate`` and without an offset: (time,) float32."""
    if isinstance(job.source, str | os.PathLike):
        if job.sample_rate is not None:
            raise ConfigError("sample_rate goes with arrays; a file knows its own")
        return without_offset(read_mono(job.source, sample_rate))
    wave = mix_down(as_waves(job.source).astype(np.float32, copy=False))
    rate = sample_rate if job.sample_rate is None else check_rate(job.sample_rate)
    return without_offset(resample(wave, rate, sample_rate))


def at_level_of(
    source: np.ndarray, wave: np.ndarray, sample_rate: int, level_db: float | None
) -> np.ndarray:
    """``wave`` at the loudness of ``source``, for models that work at one level."""
    gain = wave_gain(source, sample_rate, level_db)
    return np.clip(wave / np.float32(gain), -1.0, 1.0).astype(np.float32)


def _level_of(network: Any, settings: FeatureSettings | None) -> float | None:
    """Active level of the waves that a network works at, in dB below full scale; None for any."""
    if takes_voices(network):
        return LEVEL_DB
    return None if settings is None else settings.wave_level_db


def _local(
    settings: FeatureSettings | None,
    wave: np.ndarray,
    melodies: Melodies,
    job: Job,
    level_db: float | None,
) -> torch.Tensor | None:
    """(1, feature, frame), with the melody at the height that the job asks for."""
    if settings is None:
        return None
    local = recording_features(settings, wave, level_db)
    return melodies.moved(local, job.speaker, job.f0_hz, job.semitones).unsqueeze(0)


def _check_spectrum(loaded: LoadedModel) -> None:
    """Refuse a network that makes no mel of which post-filter and formants could know."""
    if takes_voices(loaded.model) and not isinstance(loaded.model, Conversion):
        raise ConfigError(
            f"{loaded.directory}: draws waves of phones, not of a mel spectrum: leave --postfilter "
            "and --formant out"
        )


def _warp(job: Job, settings: FeatureSettings | None) -> torch.Tensor | None:
    """(1, mel, mel) that moves formants as the job asks for; None where they stay."""
    if check_formants(job.formants) == 1.0:
        return None
    if settings is None or settings.kind != "mel":
        raise ConfigError(
            "--formant is for models of mel frames, such as converter-small and vocoder-small; "
            "leave it out"
        )
    return formant_warp(job.formants, settings)[None]


def _target(
    job: Job, wave: np.ndarray, voices: TargetVoices, network: Any, *, silent: bool
) -> TargetVoice | None:
    """The voice of a job, or None for a model that takes no voice; of silence, any will do."""
    if not network.speaker_features:
        if job.speaker is not None:
            raise ModelError("this model takes no voice; leave --speaker out")
        return None
    if job.speaker is not None:
        return voices.of(job.speaker)
    if silent:
        return TargetVoice(np.ones(network.speaker_features, np.float32))
    name = str(job.source) if isinstance(job.source, str | os.PathLike) else "the wave"
    return voices.heard(wave, name)
