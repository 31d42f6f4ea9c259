"""Mel spectra as if of another throat, microphone and loudness: the words stay, the voice does not.

Vocal tract length: N. Jaitly, G. Hinton, "Vocal tract length perturbation (VTLP) improves speech
recognition", ICML 2013 workshop, section 2, along the mel axis. All draws are made on the device of
the spectra, which are scaled as :func:`speechgen.features.extract` does.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE

_FLOOR = (math.log(1e-5) - MEL_CENTRE) / MEL_SCALE
_DB = math.log(10.0) / 20.0 / MEL_SCALE
_WARP = 0.18  # of the logarithm of the length
_TILT_DB, _RIPPLE_DB = 8.0, 3.0
_RIPPLES = 4
_KNEE = 700.0  # Hz; mel = log(1 + f / 700)


def with_gain(mel: Tensor, gain_db: Tensor) -> Tensor:
    """``mel`` (batch, mel, frame) louder by ``gain_db`` (batch,); silence stays at the floor."""
    return (mel + _DB * gain_db[:, None, None]).clamp_min(_FLOOR)


def random_gain(mel: Tensor, most_db: float) -> Tensor:
    """:func:`with_gain` of a gain for each example, of at most ``most_db`` up or down."""
    return with_gain(mel, most_db * _uniform(mel, len(mel)))


def warped(mel: Tensor, factor: Tensor, sample_rate: int) -> Tensor:
    """``mel`` (batch, mel, frame) with its frequencies multiplied by ``factor`` (batch,).

    Bands that come from beyond half the sample rate are those of the last one.
    """
    top = math.log1p(0.5 * sample_rate / _KNEE)
    last = mel.shape[1] - 1
    band = torch.linspace(0.0, top, mel.shape[1], device=mel.device)
    source = torch.log1p(torch.expm1(band)[None] / factor[:, None]) * (last / top)
    source = source.clamp(0.0, last)
    below = source.floor().clamp_max(max(last - 1, 0)).long()  # (batch, mel)
    part = (source - below)[:, :, None].to(mel.dtype)
    low, high = (
        mel.gather(1, index[:, :, None].expand_as(mel))
        for index in (below, (below + 1).clamp_max(last))
    )
    return low + part * (high - low)


def other_voice(mel: Tensor, sample_rate: int, *, gain_db: float = 10.0) -> Tensor:
    """Each example warped, tilted, coloured and made louder or softer, by a draw of its own.

    Parameters
    ----------
    mel
        (batch, mel, frame).
    gain_db
        The most that the level moves, up or down.
    """
    batch, bands = mel.shape[:2]
    warp = torch.exp(_WARP * _uniform(mel, batch))
    place = torch.linspace(0.0, 1.0, bands, device=mel.device)
    waves = torch.stack([torch.cos(math.pi * k * place) for k in range(2, _RIPPLES + 2)])
    colour_db = _TILT_DB * _uniform(mel, batch, 1) * (2.0 * place - 1.0)
    colour_db = colour_db + _RIPPLE_DB * _uniform(mel, batch, _RIPPLES) @ waves / _RIPPLES**0.5
    coloured = warped(mel, warp, sample_rate) + _DB * colour_db[:, :, None]
    return random_gain(coloured, gain_db)


def _uniform(like: Tensor, *shape: int) -> Tensor:
    """Uniform draws from [-1, 1), on the device of ``like``."""
    return 2.0 * torch.rand(shape, device=like.device) - 1.0
