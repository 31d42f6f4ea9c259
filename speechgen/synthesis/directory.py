"""Synthesis of a data directory, every utterance in one or several voices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from speechgen.data import AudioBank, SpeakerVectors, load_data_directory, load_vectors
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.errors import ConfigError, DataError
from speechgen.store import LoadedModel
from speechgen.synthesis.batch import Job, load_synthesiser, network_of, synthesize_batch
from speechgen.synthesis.conversion import Conversion
from speechgen.synthesis.manifest import MANIFEST
from speechgen.synthesis.melody import Melodies

VOICES = ("own", "other")
_RECORDINGS = 5  # of a voice


def synthesize_data(
    data_dir: Path | str,
    output: Path | str,
    *,
    model: Path | str | LoadedModel | None = None,
    encoder: Path | str | nn.Module | None = None,
    vocoder: Path | str | None = None,
    vectors: Path | str | SpeakerVectors | None = None,
    voices: Sequence[str] = ("own",),
    speakers: Sequence[str] | None = None,
    limit: int | None = None,
    seconds: float | None = None,
    semitones: float = 0.0,
    formants: float = 1.0,
    seed: int | None = 0,
    temperature: float = 1.0,
    engine: str = "auto",
    postfilter: int = 0,
    spectral_match: float = 1.0,
    untrained: bool = False,
    manifest: Path | str | None = None,
    device: str = "auto",
    overwrite: bool = False,
) -> list[Path]:
    """Synthesise the utterances of a data directory as ``output/UTTERANCE__as__SPEAKER.wav``.

    Beside them ``output/synthesis.json`` says how long that took (``manifest``).

    Parameters
    ----------
    vectors
        Speaker vectors of (at least) the speakers wanted; None embeds some recordings of each.
    voices
        "own" and "other": the utterance's speaker, and the next speaker of the directory.
    speakers
        Names of target speakers for every utterance, in place of ``voices``.
    limit
        At most so many utterances, taken evenly from all speakers.
    seconds
        At most so much of the beginning of each, in seconds.
    semitones
        By which melodies are moved, on top of the height of the voice.
    formants
        Factor by which formants are moved, for models of mel frames.
    untrained
        Fresh weights in place of the model's: a baseline.
    spectral_match
        As for :func:`speechgen.synthesis.synthesize_batch`.
    manifest
        JSON file to write; None for ``output/synthesis.json``.
    model, encoder, vocoder, seed, temperature, engine, postfilter, device, overwrite
        As for :func:`speechgen.synthesis.synthesize_batch`.

    Returns
    -------
    list of Path
        The files written.
    """
    loaded = load_synthesiser(model, device, vocoder)
    if untrained:
        loaded = fresh(loaded)
    network = network_of(loaded)
    data = load_data_directory(data_dir)
    chosen = data.subset(spread(data, limit))
    bank = AudioBank(chosen, network.sample_rate)
    wanted = plan_data(data, chosen.ids, voices=voices, speakers=speakers)
    table = load_vectors(vectors) if isinstance(vectors, str | Path) else vectors
    keep = None if seconds is None else round(seconds * network.sample_rate)
    melodies = Melodies(network, loaded.config.feature_settings())
    heights = cache(partial(_height, data=data, melodies=melodies))
    jobs = []
    for utterance, speaker in wanted:
        voice = voice_in(data, speaker, table) if network.speaker_features else None
        wave = bank.wave(bank.index_of(utterance))[:keep]
        target = Path(output) / f"{file_name(utterance, speaker)}.wav"
        height = None if data.speakers[utterance] == speaker else heights(speaker)
        jobs.append(
            Job(
                wave, voice, target,
                f0_hz=height or "source", semitones=semitones, formants=formants,
            )
        )  # fmt: skip
    synthesize_batch(
        jobs,
        model=loaded,
        encoder=encoder,
        seed=seed,
        temperature=temperature,
        engine=engine,
        postfilter=postfilter,
        spectral_match=spectral_match,
        manifest=manifest or Path(output) / MANIFEST,
        device=device,
        overwrite=overwrite,
    )
    return [Path(str(job.output)) for job in jobs]


def plan_data(
    data: DataDirectory,
    ids: Sequence[str],
    *,
    voices: Sequence[str] = ("own",),
    speakers: Sequence[str] | None = None,
) -> list[tuple[str, str]]:
    """Pairs (utterance, target speaker)."""
    unknown = [voice for voice in voices if voice not in VOICES]
    if unknown:
        raise ConfigError(f"unknown voice {unknown[0]!r}; known are: {', '.join(VOICES)}")
    names = data.speaker_names
    if speakers is None and "other" in voices and len(names) < 2:
        raise DataError(f"{data.path}: has one speaker only, so there is no other voice")
    pairs = []
    for utterance in ids:
        own = data.speakers[utterance]
        other = names[(names.index(own) + 1) % len(names)]
        which = {"own": own, "other": other}
        pairs += [(utterance, name) for name in (speakers or [which[voice] for voice in voices])]
    return pairs


def spread(data: DataDirectory, limit: int | None) -> list[str]:
    """At most ``limit`` utterances: the first of each speaker, then the second of each, ..."""
    if limit is not None and limit < 1:
        raise ConfigError(f"limit must be 1 or more, not {limit}")
    place: dict[str, int] = {}
    order = []
    for number, utterance in enumerate(data.ids):
        speaker = data.speakers[utterance]
        place[speaker] = place.get(speaker, -1) + 1
        order.append((place[speaker], number, utterance))
    return [utterance for _, _, utterance in sorted(order)][:limit]


def fresh(loaded: LoadedModel) -> LoadedModel:
    """The same model with the weights it had before any training (from a fixed seed)."""
    import torch

    from speechgen.registry import build

    device = next(loaded.model.parameters()).device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build(loaded.config.name, loaded.config.arguments)
    trained: Any = loaded.model
    if isinstance(trained, Conversion):
        model = Conversion(model, trained.vocoder, trained.vocoder_directory)
    return LoadedModel(model.eval().to(device), loaded.config, loaded.directory)


def file_name(utterance: str, speaker: str) -> str:
    """What an utterance in the voice of a speaker is called, without suffix."""
    return f"{utterance}__as__{speaker}"


def voice_in(
    data: DataDirectory, speaker: str, table: SpeakerVectors | None
) -> list[Path] | np.ndarray:
    """The mean vector of a speaker, or without vectors some recordings of theirs (DataError)."""
    return recordings_in(data, speaker) if table is None else table.mean_of(speaker)


def recordings_in(data: DataDirectory, speaker: str) -> list[Path]:
    """Some recordings of a speaker (DataError where there is none)."""
    recordings = [data.wavs[u] for u, name in data.speakers.items() if name == speaker]
    if not recordings:
        known = ", ".join(data.speaker_names)
        raise DataError(f"{data.path}: has no speaker {speaker!r}; speakers are: {known}")
    return recordings[:_RECORDINGS]


def _height(speaker: str, data: DataDirectory, melodies: Melodies) -> float | None:
    """Mean F0 of a speaker in Hz: as the model knows it, or that of some of their recordings."""
    return melodies.named(speaker) or melodies.mean_height(recordings_in(data, speaker))
