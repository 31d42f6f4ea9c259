"""Sentences of phones to speech in a voice.

::

    sentence --> [text model] --> content, loudness ----------> [converter] --> mel --> [vocoder]
                      |           log-F0 + voice's height + steps --'------------------------'
    speaker vector ---'------------------------------------------'

A WaveNet that hears phones may stand in the place of converter and vocoder. The melody that a text
model makes is relative to the mean height of the voice, so a pitch that is asked for is exact;
durations are those of the text model over the speed that is asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import shifted
from speechgen.models.converter.spectral_match import check_strength
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField
from speechgen.store import LoadedModel, load_model, resolve_model
from speechgen.store.weights_hash import weights_hash
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.generators import streamed_wave
from speechgen.synthesis.likely_height import likely_height
from speechgen.synthesis.melody import check_semitones
from speechgen.synthesis.predicted import (
    check_speaks,
    generator_directory,
    generator_of,
    predicted_conditions,
)
from speechgen.synthesis.target_voice import TargetVoice, TargetVoices
from speechgen.synthesis.voice_identity import VoiceIdentity, digest_of
from speechgen.synthesis.voices import Voice
from speechgen.text import SYMBOLS, Mark, Sentence, Word, symbol_ids

CENTRE_HZ = 150.0  # of the log-F0 that is 0
_BEFORE_SECONDS, _AFTER_SECONDS = 0.1, 0.15  # of silence around a sentence
_SLOWEST, _FASTEST = 0.5, 2.0
_MOST_DB = 40.0


@dataclass(frozen=True)
class Manner:
    """How all sentences are said.

    Attributes
    ----------
    rate
        Times as fast as the model's own, 0.5 to 2.
    semitones, volume_db
        By which melody and sound are moved.
    temperature
        0 for the likeliest durations and melody, 1 for such as recordings have.
    seed
        Of all that is drawn; None for a random one.

    Raises
    ------
    ConfigError
        A value is no number, or out of range.
    """

    rate: float = 1.0
    semitones: float = 0.0
    volume_db: float = 0.0
    temperature: float = 0.2
    seed: int | None = 0

    def __post_init__(self) -> None:
        for name in ("rate", "semitones", "volume_db", "temperature"):
            check_number(name, getattr(self, name))
        if self.seed is not None and not isinstance(self.seed, Integral):
            raise ConfigError(f"seed must be a whole number or None, not {self.seed!r}")
        if not _SLOWEST <= self.rate <= _FASTEST:
            raise ConfigError(f"a rate must be in [{_SLOWEST}, {_FASTEST:g}], not {self.rate}")
        if not abs(self.volume_db) <= _MOST_DB:
            raise ConfigError(f"a volume is moved by at most {_MOST_DB:g} dB, not {self.volume_db}")
        if not 0 <= self.temperature <= 2:
            raise ConfigError(f"a temperature must be in [0, 2], not {self.temperature}")
        if self.seed is not None and self.seed < 0:
            raise ConfigError(f"seed must be 0 or more, not {self.seed}")
        check_semitones(self.semitones)


def check_number(name: str, value: object) -> None:
    """Raise :class:`ConfigError` where ``value`` is no number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ConfigError(f"{name} must be a number, not {value!r}")


@dataclass(frozen=True)
class WordTime:
    """A word and when it is said, in seconds from the beginning."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """A sentence about to be heard.

    Attributes
    ----------
    sentence
        What is said.
    words
        When.
    num_samples, sample_rate
        Of the wave.
    """

    sentence: Sentence
    words: tuple[WordTime, ...]
    num_samples: int
    sample_rate: int
    _chunks: Iterator[np.ndarray]

    def chunks(self) -> Iterator[np.ndarray]:
        """The wave (time,) float32 in pieces, once, each as it is ready."""
        return self._chunks

    def wave(self) -> np.ndarray:
        """What is left of :meth:`chunks`, as one."""
        return np.concatenate(list(self._chunks))


class Speakers:
    """The models that speak, loaded once, in any voice.

    Parameters
    ----------
    model, converter, vocoder, encoder
        Model directories or names of shipped models, or what was loaded already; None for the
        defaults. The encoder is touched only where a voice is a recording. A WaveNet that hears
        phones may be the converter: it makes the wave, without a vocoder.
    spectral_match
        How much of the average spectrum of recordings of a voice it takes on, 0 to 1.
    device
        "auto" is a GPU where there is one.

    Attributes
    ----------
    names
        Of the voices that the converter knows.
    directories
        Where text model, converter and vocoder come from; these two may be one.
    text_model
        The first of them.
    weights
        Of all of them, as a hash.

    Raises
    ------
    SpeechgenError
        There is no such model, or it is for another task.
    """

    def __init__(
        self,
        *,
        model: Path | str | LoadedModel | None = None,
        converter: Path | str | LoadedModel | None = None,
        vocoder: Path | str | None = None,
        encoder: Path | str | nn.Module | None = None,
        spectral_match: float = 1.0,
        device: str = "auto",
    ) -> None:
        check_strength(spectral_match)
        if isinstance(encoder, str | Path):  # which may be long in coming to be needed
            encoder = resolve_model(encoder, "embed")
        if not isinstance(model, LoadedModel):
            model = load_model(resolve_model(model, "say"), device=device)
        self._loaded = load_synthesiser(converter, device, vocoder)
        synthesiser: Any = check_speaks(self._loaded)
        self.text_model = model
        self._configs = (model.config, self._loaded.config)
        self._model, self._synthesiser = model.model, synthesiser
        settings = self._loaded.config.feature_settings()
        self._voices = TargetVoices(synthesiser, settings, encoder, device, spectral_match)
        self.names = tuple(synthesiser.speakers)
        self.directories = tuple(
            Path(one)
            for one in (model.directory, self._loaded.directory, generator_directory(self._loaded))
        )
        self._known: dict[str, Speaker] = {}
        self._identities: dict[str, VoiceIdentity] = {}

    @cached_property
    def weights(self) -> str:
        """Of all models that speak, by which what was made with them is known."""
        configs = [[one.name, one.arguments, one.features] for one in self._configs]
        return digest_of([weights_hash(self._model), weights_hash(self._synthesiser), configs])

    def identity(self, voice: Voice, *, height_of: Voice | None = None) -> VoiceIdentity:
        """What :meth:`of` goes by, hashed: recordings by their content, models by their weights."""
        name = str(voice) if isinstance(voice, str | Path) else ""
        if name and name in self._identities:
            return self._identities[name]
        found = self._voices.identity(voice)
        if height_of is not None:
            height = self._voices.identity(height_of)
            found = VoiceIdentity(digest_of([found.digest, height.digest]), by_name=False)
        if name:
            self._identities[name] = found
        return found

    def of(self, voice: Voice, *, height_of: Voice | None = None) -> Speaker:
        """The speaker of ``voice``, as :func:`speechgen.synthesis.speaker_vector` takes it.

        It speaks at its own height, or at that of ``height_of``, where this is known.
        """
        name = voice if isinstance(voice, str | Path) else None
        if name is not None and str(name) in self._known:
            return self._known[str(name)]
        target = self._voices.of(voice)
        if height_of is not None:
            height = self._voices.melodies.height_of(height_of)
            target = replace(target, f0_hz=height or target.f0_hz)
        speaker = Speaker(self._model, self._synthesiser, target)
        if name is not None:
            self._known[str(name)] = speaker
        return speaker


class Speaker:
    """A text model and what speaks for it, in one voice.

    Parameters
    ----------
    model
        Of texts, in evaluation mode.
    synthesiser
        Makes a voice of what that says; of the same frames.
    voice
        Who speaks.

    Attributes
    ----------
    sample_rate
        Hz.

    Raises
    ------
    ModelError
        The models do not fit each other, or the text model knows other symbols.
    """

    def __init__(self, model: Any, synthesiser: Any, voice: TargetVoice) -> None:
        for name in ("sample_rate", "hop_samples"):
            if getattr(model, name) != getattr(synthesiser, name):
                raise ModelError(
                    f"the text model's {name} is {getattr(model, name)}, but the converter's "
                    f"{getattr(synthesiser, name)}"
                )
        if tuple(model.symbols) != SYMBOLS or model.speaker_features > len(voice.vector):
            raise ModelError("the text model is of other symbols or speaker vectors; train it anew")
        self._model, self._synthesiser, self._voice = model, synthesiser, voice
        self._height_hz = voice.f0_hz or likely_height(voice.vector, synthesiser)
        self._device = next(synthesiser.parameters()).device
        frames: Any = synthesiser
        self.sample_rate: int = frames.sample_rate
        self._hop: int = frames.hop_samples

    @torch.inference_mode()
    def utter(self, sentence: Sentence, manner: Manner, number: int = 0) -> Utterance:
        """A sentence, the ``number``-th of a text, which has draws of its own."""
        tokens = sentence.token_of_symbols()
        entropy = [secrets.randbits(64) if manner.seed is None else manner.seed, number]
        draws = np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0]
        vector = torch.from_numpy(self._voice.vector)[None].to(self._device)
        track = self._model.generate(
            torch.tensor([symbol_ids(sentence.symbols())], device=self._device),
            torch.tensor([sentence.stress()], device=self._device),
            vector[:, : self._model.speaker_features],
            rate=torch.tensor([[token.rate * manner.rate for token in tokens]]).to(self._device),
            frames=self._pauses(tokens, manner.rate).to(self._device),
            temperature=manner.temperature,
            generator=torch.Generator().manual_seed(int(draws >> np.uint64(1))),
        )
        ends = track.durations.cumsum(0).tolist()
        rows = self._rows(torch.cat([track.log_f0, track.voicing], dim=1), tokens, ends, manner)
        conditions = predicted_conditions(
            self._synthesiser, track.content, track.loudness, rows,
            self._voice.conditions().to(self._device),
        )  # fmt: skip
        count = rows.shape[2] * self._hop
        gains = _gains(tokens, ends, manner.volume_db, self._hop)
        words = _times(sentence, ends, self._hop / self.sample_rate)
        seeds = (manner.seed, number, int(draws >> np.uint64(1)))
        chunks = self._waves(conditions, count, seeds, gains)
        return Utterance(sentence, words, count, self.sample_rate, chunks)

    def _pauses(self, tokens: tuple[Word | Mark, ...], rate: float) -> Tensor:
        """(1, symbol): frames that were asked for, -1 where none were.

        The silence at both ends is always there: the converter needs it to begin, and the last
        word to fade out.
        """
        frames = self.sample_rate / self._hop
        seconds = [token.seconds if isinstance(token, Mark) else None for token in tokens]
        for place, shortest in ((0, _BEFORE_SECONDS), (-1, _AFTER_SECONDS)):
            if seconds[place] is None:
                seconds[place] = shortest / (rate * tokens[place].rate)
        return torch.tensor([[-1 if one is None else round(one * frames) for one in seconds]])

    def _rows(
        self, rows: Tensor, tokens: tuple[Word | Mark, ...], ends: list[int], manner: Manner
    ) -> Tensor:
        """Log-F0 and voicing at the height of the voice, and moved as was asked for."""
        height = self._height_hz / CENTRE_HZ
        parts, begin = [], 0
        for token, end in zip(tokens, ends, strict=True):
            steps = manner.semitones + token.semitones
            parts.append(shifted(rows[:, :, begin:end], height * 2 ** (steps / 12)))
            begin = end
        return torch.cat(parts, dim=2)

    def _waves(
        self,
        conditions: Conditions,
        count: int,
        seeds: tuple[int | None, int, int],
        gains: np.ndarray,
    ) -> Iterator[np.ndarray]:
        done = 0
        for chunk in streamed_wave(
            generator_of(self._synthesiser), conditions, count,
            noise=NoiseField(*seeds[:2]), seed=seeds[2],
        ):  # fmt: skip
            wave = chunk.cpu().numpy() * gains[done : done + len(chunk)]
            done += len(chunk)
            yield np.clip(wave, -1.0, 1.0).astype(np.float32)


def _gains(
    tokens: tuple[Word | Mark, ...], ends: list[int], volume_db: float, hop: int
) -> np.ndarray:
    """(time,): the factor of each sample, on lines between the middles of frames."""
    levels = np.zeros(ends[-1])
    for token, begin, end in zip(tokens, [0, *ends], ends, strict=False):
        levels[begin:end] = token.volume_db + volume_db
    middles = (np.arange(len(levels)) + 0.5) * hop
    return np.asarray(10 ** (np.interp(np.arange(len(levels) * hop), middles, levels) / 20))


def _times(sentence: Sentence, ends: list[int], frame_seconds: float) -> tuple[WordTime, ...]:
    starts: dict[int, int] = {}
    last: dict[int, int] = {}
    for word, begin, end in zip(sentence.words(), [0, *ends], ends, strict=False):
        starts.setdefault(word, begin)
        last[word] = end
    texts = [token.text for token in sentence.tokens if isinstance(token, Word)]
    return tuple(
        WordTime(text, starts[number] * frame_seconds, last[number] * frame_seconds)
        for number, text in enumerate(texts)
    )
