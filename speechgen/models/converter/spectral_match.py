"""The average spectrum of a converter's mel, brought to that of recordings of the voice.

Means of the bands are corrected as a whole, spreads by the square root of their ratio, both over
frames with speech: variance scaling as in H. Silén et al., "Ways to implement global variance in
statistical speech synthesis", Interspeech 2012, section 3.2, of bands instead of cepstra and of
their means, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features.extraction import MEL_SCALE
from speechgen.features.phonetic_rows import loudness

_SPEECH_DB = 30.0  # below the loudest frame are pauses
_SMOOTH_BANDS = 1.5  # standard deviation of the window over the difference of the means
_SPREAD = 0.5  # exponent of the ratio of spreads
_MOST_FACTOR = 2.0


def neutral(num_mels: int) -> Tensor:
    """The match that changes nothing, (1, 2, mel)."""
    return torch.stack([torch.ones(num_mels), torch.zeros(num_mels)])[None]


def match_between(made: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """The match (1, 2, mel) that takes what was made to the spectrum that is wanted.

    Parameters
    ----------
    made, wanted
        (mel, frame) of the same utterances: of a converter, and of the recordings.
    """
    spoken = [_spoken(mel) for mel in wanted]
    (mean, spread), (own_mean, own_spread) = (
        _statistics(torch.cat([mel[:, kept] for mel, kept in zip(mels, spoken, strict=True)], 1))
        for mels in (wanted, made)
    )
    factor = (spread / own_spread.clamp(min=1e-4)) ** _SPREAD
    factor = factor.clamp(1.0 / _MOST_FACTOR, _MOST_FACTOR)
    target = own_mean + _smoothed(mean - own_mean)
    return torch.stack([factor, target - factor * own_mean])[None]


def matched(mel: Tensor, match: Tensor | None) -> Tensor:
    """(batch, mel, frame) with the bands that ``match`` (batch, 2, mel) asks for."""
    if match is None:
        return mel
    factor, offset = match.to(mel).unsqueeze(-1).unbind(dim=1)
    return mel * factor + offset


def weakened(match: Tensor | None, strength: float) -> Tensor | None:
    """A match of which a part is done: 0 for nothing, 1 for all of it."""
    if match is None or not strength:
        return None
    return neutral(match.shape[2]).lerp(match, strength)


def check_strength(strength: float) -> float:
    """``strength``, which must be in [0, 1] (:class:`ConfigError`)."""
    if not 0 <= strength <= 1:
        raise ConfigError(f"spectral_match must be in [0, 1], not {strength}")
    return strength


def _spoken(mel: Tensor) -> Tensor:
    """Which frames (frame,) of a mel (mel, frame) are no pauses."""
    level = loudness(mel[None])[0, 0]
    return level >= level.max() - _SPEECH_DB * math.log(10.0) / 20.0 / MEL_SCALE


def _statistics(mel: Tensor) -> tuple[Tensor, Tensor]:
    return mel.mean(dim=1), mel.std(dim=1, correction=0)


def _smoothed(values: Tensor) -> Tensor:
    """(mel,) -> (mel,), weighted means over neighbouring bands."""
    bands = torch.arange(len(values), dtype=values.dtype)
    window = torch.exp(-0.5 * ((bands[:, None] - bands) / _SMOOTH_BANDS) ** 2)
    return window @ values / window.sum(dim=1)
