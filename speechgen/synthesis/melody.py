"""A source's melody at the height of another voice, for models that are told absolute pitch.

Content leaves the voice open, but log-F0 as it is does not: in the voice of another, the whole
melody is shifted by the difference of the two voices' means of log-F0, and keeps its shape.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from speechgen.audio import read_mono
from speechgen.data import recording_features
from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import NUM_ROWS, mean_hertz, shifted
from speechgen.synthesis.conversion import Conversion
from speechgen.synthesis.voices import VECTOR_FILES, Voice

Height = float | Literal["voice", "source"]


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
            and (settings.kind == "content" or isinstance(network, Conversion))
            and settings.absolute_pitch
        )
        self._known: dict[str, float | None] = {}

    def named(self, speaker: str) -> float | None:
        """Mean F0 in Hz of a voice that the model knows by name; None if it does not."""
        return self._network.f0_of(speaker) if self._apply else None

    def height_of(self, voice: Voice | None) -> float | None:
        """Mean F0 in Hz of a voice: a name in the model, or a recording; None where unknown.

        A vector does not tell it, and neither does a recording in which nothing is voiced.
        """
        if not self._apply or not isinstance(voice, str | os.PathLike):
            return None
        name = str(voice)
        if name in self._network.speakers:
            return self.named(name)
        if name not in self._known:
            path = Path(name)
            is_recording = path.is_file() and path.suffix.lower() not in VECTOR_FILES
            self._known[name] = self._measured(path) if is_recording else None
        return self._known[name]

    def mean_height(self, recordings: Iterable[Path]) -> float | None:
        """The geometric mean of :meth:`height_of` of several recordings of one voice."""
        heights = [height for path in recordings if (height := self.height_of(path)) is not None]
        return math.exp(float(np.log(heights).mean())) if heights else None

    def moved(self, local: Tensor, voice: Voice | None, f0_hz: Height) -> Tensor:
        """``local`` (feature, frame) with its melody at the height of ``voice`` or ``f0_hz``.

        Where that is unknown, or nothing is voiced, it stays as it is.
        """
        height = self.height_of(voice) if f0_hz == "voice" else f0_hz
        if not self._apply or height is None or height == "source":
            return local
        if isinstance(height, str) or not 0 < height < math.inf:
            raise ConfigError(f"f0_hz must be 'voice', 'source' or a number of Hz, not {height!r}")
        rows = local[-NUM_ROWS:]
        own = mean_hertz(rows)
        if own is None:
            return local
        return torch.cat([local[:-NUM_ROWS], shifted(rows, height / own)])

    def _measured(self, path: Path) -> float | None:
        assert self._settings is not None
        wave = read_mono(path, self._settings.sample_rate)
        return mean_hertz(recording_features(self._settings, wave)[-NUM_ROWS:])
