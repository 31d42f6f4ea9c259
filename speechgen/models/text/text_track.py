"""What a text model makes of an utterance."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class TextTrack:
    """What is said, and how.

    Attributes
    ----------
    durations
        (symbol,), frames of each.
    content
        (1, content feature, frame), of a recogniser.
    log_f0
        (1, 1, frame), above the speaker's mean, in the units of
        :mod:`speechgen.features.pitch_rows`.
    voicing, loudness
        (1, 1, frame), as that and :func:`speechgen.models.converter.beside_content.loudness` say.
    """

    durations: Tensor
    content: Tensor
    log_f0: Tensor
    voicing: Tensor
    loudness: Tensor
