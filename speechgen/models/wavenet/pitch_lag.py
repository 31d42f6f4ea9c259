"""From the pitch rows of a local condition to the lag of every sample."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.causal import LaggedInput
from speechgen.errors import ConfigError
from speechgen.features.pitch_rows import NUM_ROWS, periods

LOWEST_F0_HZ = 50  # periods beyond are taken for this one's
_MOST_TAPS = 15


def checked_taps(taps: int) -> int:
    """``taps`` around a period ago: 0 for none, or else odd and few (:class:`ConfigError`)."""
    if taps and not (0 < taps <= _MOST_TAPS and taps % 2):
        raise ConfigError(f"pitch_lag_taps must be odd and at most {_MOST_TAPS}, not {taps}")
    return taps


def frame_periods(local: Tensor, sample_rate: int) -> Tensor:
    """Periods at both ends of every frame.

    Parameters
    ----------
    local
        (batch, feature, frame), of which the last two features are
        :func:`speechgen.features.pitch_rows.pitch_rows`.
    sample_rate
        Hz.

    Returns
    -------
    Tensor
        (batch, frame, 2) in samples: at the beginning and at the end of each frame, half way to the
        neighbours where these are voiced too; 0 where a frame is unvoiced.
    """
    here = periods(local[:, -NUM_ROWS:], sample_rate)
    before = torch.cat([here[:, :1], here[:, :-1]], dim=1)
    after = torch.cat([here[:, 1:], here[:, -1:]], dim=1)
    ends = [
        torch.where((other > 0) & (here > 0), 0.5 * (other + here), here)
        for other in (before, after)
    ]
    return torch.stack(ends, dim=2)


def sample_lags(ends: Tensor, hop_samples: int, lagged: LaggedInput) -> Tensor:
    """(batch, frame, 2) of :func:`frame_periods` -> (batch, frame * hop) whole samples, long."""
    places = (torch.arange(hop_samples, device=ends.device) + 0.5) / hop_samples
    begin, end = ends[:, :, :1], ends[:, :, 1:]
    lags = (begin + (end - begin) * places).round().long().flatten(1)
    bounded = lags.clamp(lagged.min_lag, lagged.max_lag)
    return torch.where(lags > 0, bounded, torch.zeros_like(lags))
