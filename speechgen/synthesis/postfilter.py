"""A spectral post-filter: what was drawn gets the mel spectrum that it was drawn for.

A WaveNet draws every sample with some noise, which is heard where the speech is weak. The mel
spectrum it was given tells how strong each band is there, so the wave is filtered frame by frame by
the ratio of the two::

    wave --> log-mel --(-)--> gain of each band --> of each bin --> * short spectra --> wave
    wanted log-mel -----'

Post-filters are old in speech coding (J.-H. Chen, A. Gersho, "Adaptive postfiltering for quality
enhancement of coded speech", IEEE Trans. Speech Audio Process. 3(1), 1995); this one knows the
spectrum that is wanted. Repeated, it comes nearer, as a filter of one frame leaks into the next.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings, log_mel, mel_filters
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE
from speechgen.models.vocoders.short_spectra import ShortSpectra

_LOWEST_GAIN, _HIGHEST_GAIN = 0.03, 2.0  # of one pass
_MOST_PASSES = 32
_FRAMES_AROUND = 2  # whose windows reach into the wave


def check_postfilter(passes: int, settings: FeatureSettings | None) -> None:
    """Raise :class:`ConfigError` unless waves of these features can be post-filtered so often."""
    if not 0 <= passes <= _MOST_PASSES:
        raise ConfigError(f"postfilter must be 0 to {_MOST_PASSES} passes, not {passes}")
    if passes and (settings is None or settings.kind != "mel"):
        kind = "no features" if settings is None else f"{settings.kind} features"
        raise ConfigError(f"postfilter needs a model of mel spectra; this one has {kind}")


@torch.inference_mode()
def match_mel(
    wave: np.ndarray, frames: Tensor, settings: FeatureSettings, *, passes: int
) -> np.ndarray:
    """Bring the mel spectrum of ``wave`` to the wanted one.

    Parameters
    ----------
    wave
        (time,), float.
    frames
        (feature, frame) as :func:`speechgen.features.extract` gives them for the kind mel: those
        that the wave was generated from, ceil(time / hop) of them.
    settings
        Of the frames.
    passes
        How often; 0 leaves the wave as it is.

    Returns
    -------
    ndarray
        (time,) float32.
    """
    wanted = frames[: settings.num_mels].float().cpu() * MEL_SCALE + MEL_CENTRE
    made = torch.from_numpy(np.array(wave, np.float32))
    spectra = ShortSpectra(settings.hop_samples)
    weights = _bands_to_bins(settings, spectra.num_bins)
    for _ in range(passes):
        gains = (wanted - log_mel(made, settings)).clamp(
            math.log(_LOWEST_GAIN), math.log(_HIGHEST_GAIN)
        )
        made = _filtered(made, (weights @ gains).exp(), spectra)
    return made.numpy()


def _bands_to_bins(settings: FeatureSettings, num_bins: int) -> Tensor:
    """(bin, mel), rows that sum to one: each bin's share in the bands; the nearest band at ends."""
    filters = mel_filters(
        settings.sample_rate,
        2 * (num_bins - 1),
        settings.num_mels,
        settings.fmin_hz,
        settings.fmax_hz,
    )
    inside = torch.nonzero(filters.sum(dim=0) > 0).flatten()
    bins = torch.arange(num_bins)
    nearest = inside[(bins[:, None] - inside[None]).abs().argmin(dim=1)]
    shares = filters[:, nearest].T
    return shares / shares.sum(dim=1, keepdim=True)


def _filtered(wave: Tensor, gains: Tensor, spectra: ShortSpectra) -> Tensor:
    """``wave`` (time,) with the gains (bin, frame) in windows around the middles of frames."""
    hop, count = spectra.hop_samples, gains.shape[1] + 2 * _FRAMES_AROUND
    before = _FRAMES_AROUND * hop + spectra.reach // 2
    missing = count * hop + spectra.reach - before - len(wave)
    padded = F.pad(wave, (before, missing))[None]
    around = F.pad(gains[None], (_FRAMES_AROUND, _FRAMES_AROUND), mode="replicate")
    short = spectra.analyse(padded, count) * around.transpose(1, 2)
    made, tail = spectra.synthesise(short, padded.new_zeros(1, spectra.reach))
    return torch.cat([made, tail], dim=1)[0, before : before + len(wave)]
