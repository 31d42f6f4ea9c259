"""A source's melody at the height of another voice, for models that are told absolute pitch.

Content leaves the voice open, but log-F0 as it is does not: in the voice of another, the whole
melody is shifted by the difference of the two voices' means of log-F0, and keeps its shape.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from speechgen.audio import read_mono, without_offset
from speechgen.data import recording_features
from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import NUM_ROWS, mean_hertz, shifted
from speechgen.synthesis.conversion import takes_voices
from speechgen.synthesis.hearing import recordings_of
from speechgen.synthesis.mixtures import mix_heights, parts_of
from speechgen.synthesis.vector_files import is_vector_file, read_f0, split_key
from speechgen.synthesis.voices import Reference, Voice, is_recording

Height = float | Literal["voice", "source"]
MOST_SEMITONES = 24


def parse_semitones(text: str) -> float:
    """``+2st``, ``-1.5st`` or ``3`` in semitones.

    Raises
    ------
    ConfigError
        It is no such number.
    """
    match = re.fullmatch(r"([+-]?\d+(?:\.\d*)?)\s*(?:st)?", text.strip())
    if match is None:
        raise ConfigError(f"--pitch {text}: give semitones, as in +2st or -1.5st")
    return float(match[1])


def check_semitones(semitones: float) -> None:
    """Raise :class:`ConfigError` where a melody would be moved too far."""
    if not abs(semitones) <= MOST_SEMITONES:
        raise ConfigError(f"a pitch is moved by at most {MOST_SEMITONES} st, not {semitones}")


class Melodies:
    """What is known of the height of voices, and melodies moved there.

    Parameters
    ----------
    network
        Knows the mean F0 of its own voices by name.
    settings
        Of the local condition. Without ``absolute_pitch``, or where a mel is copied, no height is
        known, and melodies stay as they are.
    """

    def __init__(self, network: Any, settings: FeatureSettings | None) -> None:
        self._network = network
        self._settings = settings
        self._apply = (
            settings is not None
            and (settings.kind == "content" or takes_voices(network))
            and settings.absolute_pitch
        )
        self._known: dict[str, float | None] = {}

    def named(self, speaker: str) -> float | None:
        """Mean F0 in Hz of a voice that the model knows by name; None if it does not."""
        return self._network.f0_of(speaker) if self._apply else None

    def height_of(self, voice: Voice | None) -> float | None:
        """Mean F0 in Hz of a voice: a name in the model, recordings, or what ``speechgen embed``
        has written of them; of several voices the geometric mean; None where unknown.

        A vector alone does not tell it, and neither does a recording in which nothing is voiced.
        """
        if not self._apply or voice is None:
            return None
        parts = parts_of(voice, self._network.speakers)
        heights = [self._height_of(part) for part, _ in parts]
        return mix_heights(heights, [weight for _, weight in parts])

    def _height_of(self, part: Reference) -> float | None:
        if not isinstance(part, str | os.PathLike):
            return None
        name = str(part)
        if name in self._network.speakers:
            return self.named(name)
        if name not in self._known:
            path, key = split_key(name)
            height = None
            if is_recording(part, self._network):
                files = recordings_of(path)
                heights = [self._measured(file) for file in files]
                height = mix_heights(heights, [1.0] * len(files))
            elif is_vector_file(path):
                height = read_f0(path, key)
            self._known[name] = height
        return self._known[name]

    def mean_height(self, recordings: Iterable[Path]) -> float | None:
        """The geometric mean of :meth:`height_of` of several recordings of one voice."""
        heights = [self.height_of(path) for path in recordings]
        return mix_heights(heights, [1.0] * len(heights))

    def moved(
        self, local: Tensor, voice: Voice | None, f0_hz: Height, semitones: float = 0.0
    ) -> Tensor:
        """``local`` (feature, frame) with its melody at the height of ``voice`` or ``f0_hz``.

        Where that is unknown it stays at its own. On top of either it is moved by ``semitones``.

        Raises
        ------
        ConfigError
            ``f0_hz`` or ``semitones`` is out of range, or the features have no pitch to be moved.
        """
        check_semitones(semitones)
        if semitones and not (self._settings and self._settings.absolute_pitch):
            raise ConfigError(
                "--pitch is for models that are told F0 as it is (features with absolute_pitch), "
                "such as vocoder-small; leave it out"
            )
        height = self.height_of(voice) if f0_hz == "voice" else f0_hz
        if not self._apply or height == "source":
            height = None
        if height is not None and (isinstance(height, str) or not 0 < height < math.inf):
            raise ConfigError(f"f0_hz must be 'voice', 'source' or a number of Hz, not {height!r}")
        if height is None and not semitones:
            return local
        rows = local[-NUM_ROWS:]
        own = mean_hertz(rows)
        if own is None:
            return local
        factor = 2 ** (semitones / 12) * (1.0 if height is None else height / own)
        return torch.cat([local[:-NUM_ROWS], shifted(rows, factor)])

    def _measured(self, path: Path) -> float | None:
        assert self._settings is not None
        wave = without_offset(read_mono(path, self._settings.sample_rate))
        return mean_hertz(recording_features(self._settings, wave)[-NUM_ROWS:])
