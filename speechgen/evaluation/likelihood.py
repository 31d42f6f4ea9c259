"""Held-out bits per sample of a WaveNet: under the right conditions and under wrong ones.

Right conditions are scored on the 16-bit grid of the recording too, where all output distributions
can be compared; see :mod:`speechgen.evaluation.teacher_forced`.

What a model gains from a condition shows in what it loses when the condition is another's. Every
utterance is scored teacher-forced over its whole length three times: with its own content and its
speaker's vector, with another speaker's vector, and with another utterance's content.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.data import (
    DataDirectory,
    SpeakerVectors,
    load_data_directory,
    load_vectors,
    recording_features,
    wave_gain,
)
from speechgen.errors import ModelError, SpeechgenError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, sources_of_directory, spread_evenly
from speechgen.evaluation.summary import mean_and_interval, mean_of
from speechgen.evaluation.teacher_forced import held_out_nats, pcm16, pcm_intervals, wave_of
from speechgen.evaluation.vectors import embed_directory, voice_without
from speechgen.features import FeatureSettings
from speechgen.likelihood import nats_to_bits
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.progress import track
from speechgen.store import load_model, resolve_model

CONDITIONS = RIGHT, OTHER_SPEAKER, OTHER_CONTENT = "right", "other speaker", "other content"
GRID = NATS_16BIT, BITS_16BIT = "nats_16bit", "bits_16bit"


@dataclass(frozen=True)
class _Scoring:
    """All that one utterance's score is a function of."""

    model: WaveNet
    settings: FeatureSettings | None
    sources: dict[str, Source]
    speakers: dict[str, str]
    vectors: SpeakerVectors | None
    seed: int


def score_likelihood(
    model_dir: str | Path | None,
    data_dir: str | Path,
    speaker_vectors: str | Path | SpeakerVectors | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    system: str = "",
) -> dict[str, Any]:
    """Bits per sample of held-out utterances under right and wrong conditions.

    Parameters
    ----------
    model_dir
        A WaveNet's model directory or shipped name; None for the shipped one.
    data_dir
        Data directory of held-out speech.
    speaker_vectors
        Vectors of its utterances (``speechgen embed --data``). None: rows of the model's own
        speaker table where it has all speakers, else the shipped speaker encoder's vectors.
    limit
        Score at most this many utterances, spread evenly over the directory.
    seed
        Chooses which other speaker and which other utterance each one is paired with.
    device
        Torch device.
    system
        What to call the model in the report; its registry name if empty.

    Returns
    -------
    dict
        ``mean``: condition ("right", "other speaker", "other content") to mean over utterances of
        bits per sample in the model's own units, and under right conditions "nats_16bit" and
        "bits_16bit" per sample of the 16-bit recording; ``differences``: wrong condition to mean,
        low and high of (wrong - right) with its 95 % bootstrap interval over utterances;
        ``intervals``: the same three of "nats_16bit" and "bits_16bit"; ``files``; ``failed``;
        ``context``. Conditions that the model does not take are left out.

    Raises
    ------
    SpeechgenError
        Model, data or vectors are missing or do not fit together.
    """
    started = time.monotonic()
    directory = resolve_model(model_dir, "synthesize")
    loaded = load_model(directory, device=device)
    if not isinstance(loaded.model, WaveNet):
        raise ModelError(f"{directory}: is a {loaded.config.name}; bits per sample need a wavenet")
    data = load_data_directory(data_dir)
    chosen = spread_evenly(data.ids, limit)
    scoring = _Scoring(
        model=loaded.model,
        settings=loaded.config.feature_settings(),
        sources=sources_of_directory(data),
        speakers=data.speakers,
        vectors=_vectors(loaded.model, data, speaker_vectors, device),
        seed=seed,
    )
    files: dict[str, dict[str, float]] = {}
    failed: dict[str, str] = {}
    for name in track(chosen, "bits per sample"):
        try:
            files[name] = _score_utterance(scoring, name)
        except (SpeechgenError, ValueError) as error:
            failed[name] = str(error)
    return {
        "mean": mean_of(files, [*_conditions_of(files), *GRID]),
        "differences": _differences(files, seed),
        "intervals": _intervals(files, seed),
        "files": files,
        "failed": failed,
        "context": make_context(
            "likelihood",
            data=data_dir,
            estimator=f"teacher-forced, mean over {len(files)} whole utterances",
            started=started,
            system=system or loaded.config.name,
            model=directory,
            seed=seed,
            output=str(loaded.model.likelihood),
        ),
    }


def _score_utterance(scoring: _Scoring, name: str) -> dict[str, float]:
    model = scoring.model
    device = next(model.parameters()).device
    wave = scoring.sources[name].read(model.sample_rate)
    rng = np.random.default_rng([scoring.seed, *name.encode("utf-8", "surrogateescape")])
    readings: dict[str, tuple[Tensor | None, Tensor | None]] = {}
    content, voice = _content(scoring, name, wave), _voice(scoring, name, scoring.speakers[name])
    readings[RIGHT] = (content, voice)
    others = sorted(set(scoring.speakers.values()) - {scoring.speakers[name]})
    if scoring.vectors is not None and others:
        other = others[rng.integers(len(others))]
        readings[OTHER_SPEAKER] = (content, _voice(scoring, name, other))
    if content is not None and len(scoring.sources) > 1:
        partner = _other_utterance(scoring, name, rng)
        swapped = _content(scoring, partner, scoring.sources[partner].read(model.sample_rate))
        readings[OTHER_CONTENT] = (_fit(swapped, content.shape[1]), voice)
    contents, voices = zip(*readings.values(), strict=True)
    conditions = model.from_frames(
        Conditions(
            local=None if content is None else torch.stack(contents).to(device),
            speaker=None if voice is None else torch.stack(voices).to(device),
        )
    )
    level_db = _level_of(scoring)
    gain = wave_gain(wave, model.sample_rate, level_db)
    numbers = torch.from_numpy(pcm16(wave)).to(device)
    intervals = pcm_intervals(numbers[None], gain, model.preemphasis)
    found = held_out_nats(model, wave_of(numbers, gain), conditions, intervals)
    scores = dict(zip(readings, nats_to_bits(found.native).tolist(), strict=True))
    assert found.grid is not None
    return scores | {NATS_16BIT: found.grid, BITS_16BIT: nats_to_bits(found.grid)}


def _content(scoring: _Scoring, name: str, wave: np.ndarray) -> Tensor | None:
    if not len(wave):
        raise ValueError(f"{name}: has no samples")
    if scoring.settings is None:
        return None
    return recording_features(scoring.settings, wave, _level_of(scoring))


def _level_of(scoring: _Scoring) -> float | None:
    if scoring.model.level_db is not None or scoring.settings is None:
        return scoring.model.level_db
    return scoring.settings.wave_level_db


def _voice(scoring: _Scoring, name: str, speaker: str) -> Tensor | None:
    if scoring.vectors is None:
        return None
    return torch.from_numpy(voice_without(scoring.vectors, speaker, name))


def _other_utterance(scoring: _Scoring, name: str, rng: np.random.Generator) -> str:
    """Another utterance, of the same speaker where there is one, so that only the words differ."""
    speaker = scoring.speakers[name]
    others = [other for other in scoring.sources if other != name]
    own = [other for other in others if scoring.speakers[other] == speaker]
    candidates = own or others
    return candidates[rng.integers(len(candidates))]


def _fit(frames: Tensor | None, num_frames: int) -> Tensor:
    """``frames`` (feature, frame) cropped to ``num_frames``, or repeated until they are as many."""
    assert frames is not None
    return frames[:, torch.arange(num_frames) % frames.shape[1]]


def _vectors(
    model: WaveNet,
    data: DataDirectory,
    given: str | Path | SpeakerVectors | None,
    device: str,
) -> SpeakerVectors | None:
    """The vectors to score with, of the size the model takes; None for a model that takes none."""
    if not model.speaker_features:
        return None
    if isinstance(given, str | Path):
        given = load_vectors(given)
    if given is None and set(data.speaker_names) <= set(model.speakers):
        names = tuple(data.speaker_names)
        table = torch.stack([model.speaker_vector(name) for name in names]).cpu().numpy()
        given = SpeakerVectors(names, names, table)
    if given is None:
        encoder: Any = load_model(resolve_model(None, "embed"), device=device).model
        given = embed_directory(encoder, data)
    if given.num_features != model.speaker_features:
        raise ModelError(
            f"speaker vectors have {given.num_features} entries, the model takes"
            f" {model.speaker_features}; embed with the encoder it was trained with"
        )
    missing = set(data.speaker_names) - set(given.speakers)
    if missing:
        raise ModelError(f"no speaker vector of {min(missing)}; embed the same data directory")
    return given


def _conditions_of(files: dict[str, dict[str, float]]) -> list[str]:
    found = {condition for scores in files.values() for condition in scores}
    return [name for name in CONDITIONS if name in found]


def _differences(files: dict[str, dict[str, float]], seed: int) -> dict[str, dict[str, float]]:
    differences = {}
    for condition in _conditions_of(files)[1:]:
        pairs = [scores for scores in files.values() if condition in scores]
        values = [scores[condition] - scores[RIGHT] for scores in pairs]
        differences[condition] = mean_and_interval(values, seed)
    return differences


def _intervals(files: dict[str, dict[str, float]], seed: int) -> dict[str, dict[str, float]]:
    if not files:
        return {}
    return {
        name: mean_and_interval([scores[name] for scores in files.values()], seed) for name in GRID
    }
