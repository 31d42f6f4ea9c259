"""Synthesis of a data directory, every utterance in one or several voices."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from speechgen.data import SpeakerVectors, load_data_directory, load_vectors
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.errors import ConfigError, DataError
from speechgen.files.shard import Shard
from speechgen.store import LoadedModel
from speechgen.synthesis.batch import load_synthesiser, network_of, with_tracker
from speechgen.synthesis.conversion import Conversion
from speechgen.synthesis.directory_jobs import DirectoryJobs, Making, Wanted
from speechgen.synthesis.generators import Drawing, Timing
from speechgen.synthesis.manifest import MANIFEST, write_manifest
from speechgen.synthesis.speech_manifest import SpeechManifest
from speechgen.synthesis.target_voice import TargetVoices

VOICES = ("own", "other")


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
    f0_tracker: str | None = None,
    untrained: bool = False,
    manifest: Path | str | None = None,
    device: str = "auto",
    overwrite: bool = False,
    shard: Shard | None = None,
) -> list[Path]:
    """Synthesise the utterances of a data directory as ``output/UTTERANCE__as__SPEAKER.wav``.

    Beside them ``output/synthesis.json`` says how long that took (``manifest``), and
    ``speech.jsonl`` what each was made of: a run that was stopped goes on where it was, unless
    ``overwrite``.

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
    spectral_match, f0_tracker
        As for :func:`speechgen.synthesis.synthesize_batch`.
    manifest
        JSON file to write; None for ``output/synthesis.json``, which is not written of a shard: the
        run without shards that comes after all does.
    shard
        The part of the files that is made, as one of many runs into the same folder. A file is the
        same whatever the shards are.
    model, encoder, vocoder, seed, temperature, engine, postfilter, device, overwrite
        As for :func:`speechgen.synthesis.synthesize_batch`.

    Returns
    -------
    list of Path
        The files written; those that were there already are not among them.
    """
    own = load_synthesiser(model, device, vocoder)
    if untrained:
        own = fresh(own)
    loaded = with_tracker(own, f0_tracker)
    network, settings = network_of(own), own.config.feature_settings()
    data, folder = load_data_directory(data_dir), Path(output)
    pairs = plan_data(data, spread(data, limit), voices=voices, speakers=speakers)
    names = [file_name(*pair) for pair in pairs]
    wanted = [
        Wanted(number, *pair, folder / f"{name}.wav")
        for number, (pair, name) in enumerate(zip(pairs, names, strict=True))
        if shard is None or shard.holds(name)
    ]
    keep = None if seconds is None else round(seconds * network.sample_rate)
    making = Making(Drawing(seed, temperature, engine, postfilter), keep, semitones, formants)
    target_voices = TargetVoices(network, settings, encoder, device, spectral_match)
    table = load_vectors(vectors) if isinstance(vectors, str | Path) else vectors
    jobs = DirectoryJobs(data, loaded, target_voices, table, making)
    with contextlib.closing(SpeechManifest(folder, shard)) as finished:
        left = jobs.left(wanted, finished, overwrite=overwrite)
        jobs.make(left, finished, overwrite=overwrite)
        if manifest is not None or shard is None:
            lines = [finished.of(one.target) or {} for one in wanted]
            _tell(manifest or folder / MANIFEST, loaded, making.drawing, lines)
    return [one.target for one in left]


def _tell(
    path: Path | str, loaded: LoadedModel, drawing: Drawing, lines: list[dict[str, Any]]
) -> None:
    """Write the manifest of all that is finished, in whatever run."""
    if lines:
        work, sound = (sum(line[key] for line in lines) for key in ("work_seconds", "seconds"))
        files, lengths = ([line[key] for line in lines] for key in ("file", "samples"))
        write_manifest(path, loaded, drawing, Timing(work, sound), files, lengths)


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
    place = {name: number for number, name in enumerate(names)}
    if speakers is None and "other" in voices and len(names) < 2:
        raise DataError(f"{data.path}: has one speaker only, so there is no other voice")
    pairs = []
    for utterance in ids:
        own = data.speakers[utterance]
        other = names[(place[own] + 1) % len(names)]
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
