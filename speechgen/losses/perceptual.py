"""A differentiable PESQ: the audible disturbance, after the model of hearing in P.862.

ITU-T P.862 (02/2001), section 10, with the wide-band mapping of P.862.2: both signals become
loudness in Bark bands and frames; differences that are masked do not count, what was added counts
more than what was left out. As a loss for networks: J. M. Martin-Donas et al., "A deep learning
loss function based on the perceptual evaluation of the speech quality", IEEE Signal Processing
Letters 25(11), 2018. Here signals are taken as aligned in time, bands and thresholds come from
formulas of hearing (Zwicker, Terhardt) instead of the standard's tables, the scale of band powers
from the standard's calibration tone, and the smoothing of gains over frames is cut to three frames.
The mapped value is within 0.1 of PESQ, as a root mean square, on noisy and enhanced recordings.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape

_RATE = 16000
_FRAME, _HOP = 512, 256
_BANDS = 49
_LEVEL = 1e7  # mean power of both signals between 350 and 3250 Hz (section 10.1)
_TONE_AMPLITUDE, _TONE_POWER = 29.54, 1e4  # calibration (section 10.1): a sine of 1 kHz, its band
_LOUDNESS_SCALE = 0.187
_ZWICKER = 0.23
_HIGH_PASS_GAIN = 7.94  # of the wide-band input filter, as power, above 100 Hz
_LARGEST = 45.0  # disturbance of one frame
_SEGMENT, _STRIDE = 20, 10  # frames
_SYMMETRIC, _ASYMMETRIC = 0.1, 0.0309  # section 10.3: PESQ = 4.5 - 0.1 D - 0.0309 A


def perceptual_disturbance(
    estimate: Float[Tensor, "... time"], target: Float[Tensor, "... time"]
) -> Float[Tensor, ""]:
    """Approximate loss in raw PESQ points (from 4.5 downwards), mean over examples.

    Parameters
    ----------
    estimate, target
        At 16 kHz, half a second or more, aligned. The level of either does not matter.

    Raises
    ------
    ValueError
        The shapes differ, or there are fewer than 20 frames of 512 samples with hop 256.
    """
    return disturbances(estimate, target).mean()


def disturbances(
    estimate: Float[Tensor, "... time"], target: Float[Tensor, "... time"]
) -> Float[Tensor, " example"]:
    """As :func:`perceptual_disturbance`, one value for each example (all axes but time)."""
    check_same_shape(estimate, target)
    if target.shape[-1] < _FRAME + (_SEGMENT - 1) * _HOP:
        raise ValueError(f"{target.shape[-1]} samples hold fewer than {_SEGMENT} frames")
    degraded = _band_powers(estimate.reshape(-1, estimate.shape[-1]).float())
    reference = _band_powers(target.reshape(-1, target.shape[-1]).float())
    return _raw_loss(degraded, reference)


def wide_band_score(raw_loss: Tensor) -> Tensor:
    """The score of P.862.2 (1.04 to 4.64) for raw points lost; a monotone curve."""
    return 0.999 + 4.0 / (1.0 + torch.exp(-1.3669 * (4.5 - raw_loss) + 3.8224))


def _raw_loss(degraded: Tensor, reference: Tensor) -> Tensor:
    thresholds, widths, exponents = (t.to(reference) for t in _hearing())
    reference = reference * _equalisation(degraded, reference, thresholds)
    degraded = degraded * _gains(degraded, reference, thresholds)
    loud = _loudness(degraded, thresholds, exponents)
    wanted = _loudness(reference, thresholds, exponents)
    difference = loud - wanted
    masked = 0.25 * torch.minimum(loud, wanted)  # differences below this are masked
    audible = difference.sign() * (difference.abs() - masked).clamp_min(0.0)
    added = ((degraded + 50.0) / (reference + 50.0)) ** 1.2
    factor = torch.where(added < 3.0, torch.zeros_like(added), added.clamp_max(12.0))
    total = widths.sum()
    symmetric = ((audible * widths).square().sum(-1) / total + 1e-8).sqrt() * total
    asymmetric = (audible.abs() * factor * widths).sum(-1)
    weight = ((_audible_power(reference, thresholds) + 1e5) / 1e7) ** 0.04
    return _SYMMETRIC * _over_time(symmetric / weight) + _ASYMMETRIC * _over_time(
        asymmetric / weight
    )


def _band_powers(waves: Float[Tensor, "batch time"]) -> Float[Tensor, "batch frame band"]:
    window = torch.hann_window(_FRAME, device=waves.device)
    frames = waves.unfold(-1, _FRAME, _HOP) * window
    spectra = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
    telephone, bank = (t.to(waves) for t in _filters())
    # mean power of the telephone band in the time domain: the window's energy is 3/8 of a frame
    power = (spectra @ telephone).mean(1) * 2.0 / (_FRAME * _FRAME * 0.375)
    level = _LEVEL / (power + 1e-9)
    return (spectra @ bank) * level[:, None, None]


def _equalisation(degraded: Tensor, reference: Tensor, thresholds: Tensor) -> Tensor:
    """Bring the target to the estimate's mean spectrum, within 20 dB (section 10.2.4)."""
    active = (_audible_power(reference, 100.0 * thresholds) > 1e7).to(reference)[..., None]
    above = reference > 100.0 * thresholds
    ours = (degraded * active * above).sum(1, keepdim=True)
    theirs = (reference * active * above).sum(1, keepdim=True)
    count = active.sum(1, keepdim=True).clamp_min(1.0)
    return ((ours / count + 1e3) / (theirs / count + 1e3)).clamp(0.01, 100.0)


def _gains(degraded: Tensor, reference: Tensor, thresholds: Tensor) -> Tensor:
    """Bring the estimate's frames to the target's loudness, smoothed (section 10.2.5)."""
    ratio = (_audible_power(reference, thresholds) + 5e3) / (
        _audible_power(degraded, thresholds) + 5e3
    )
    before = torch.nn.functional.pad(ratio, (2, 0), value=1.0)
    smooth = 0.8 * before[:, 2:] + 0.16 * before[:, 1:-1] + 0.04 * before[:, :-2]
    return smooth.clamp(3e-4, 5.0)[..., None]


def _audible_power(powers: Tensor, thresholds: Tensor) -> Tensor:
    return (powers * (powers > thresholds)).sum(-1)


def _loudness(powers: Tensor, thresholds: Tensor, exponents: Tensor) -> Tensor:
    """Zwicker's law (equation 2 of section 10.2.6); zero below the threshold of hearing."""
    scale = _LOUDNESS_SCALE * (thresholds / 0.5) ** exponents
    relative = 0.5 + 0.5 * powers / thresholds
    return scale * (relative.clamp_min(1.0) ** exponents - 1.0)


def _over_time(frames: Float[Tensor, "batch frame"]) -> Float[Tensor, " batch"]:
    """Sixth-power mean within segments of 320 ms, square mean over them (section 10.2.10)."""
    frames = frames.clamp_max(_LARGEST) + 1e-6
    segments = frames.unfold(-1, _SEGMENT, _STRIDE)
    return (segments**6).mean(-1).pow(1.0 / 3.0).mean(-1).sqrt()


def _bark(frequency_hz: Tensor) -> Tensor:
    """Zwicker and Terhardt 1980, equation 1."""
    return 13.0 * torch.atan(7.6e-4 * frequency_hz) + 3.5 * torch.atan(
        (frequency_hz / 7500.0).square()
    )


@functools.cache
def _filters() -> tuple[Tensor, Tensor]:
    """Weights (bin,) of the band for levels, and (bin, band) of the Bark bands."""
    frequency = torch.arange(_FRAME // 2 + 1) * (_RATE / _FRAME)
    telephone = ((frequency >= 350.0) & (frequency <= 3250.0)).float()
    edges = _bark(torch.cat([frequency - 0.5 * _RATE / _FRAME, frequency[-1:] + 15.625]))
    width = float(_bark(torch.tensor(_RATE / 2.0))) / _BANDS
    low = torch.arange(_BANDS) * width
    inside = torch.minimum(edges[1:, None], low + width) - torch.maximum(edges[:-1, None], low)
    share = inside.clamp_min(0.0) / (edges[1:] - edges[:-1])[:, None]
    high_pass = 1.0 / (1.0 + (100.0 / frequency.clamp_min(1.0)) ** 4)
    bank = share * (high_pass * _HIGH_PASS_GAIN)[:, None]
    return telephone, bank * _calibration(bank)


def _calibration(bank: Tensor) -> float:
    """Factor that gives the calibration tone its power in the strongest band."""
    time = torch.arange(_FRAME) / _RATE
    tone = _TONE_AMPLITUDE * torch.sin(2.0 * torch.pi * 1000.0 * time)
    spectrum = torch.fft.rfft(tone * torch.hann_window(_FRAME)).abs().square()
    return _TONE_POWER * _HIGH_PASS_GAIN / float((spectrum @ bank).max())


@functools.cache
def _hearing() -> tuple[Tensor, Tensor, Tensor]:
    """Of each band: threshold in quiet as power, width in Bark, exponent of loudness."""
    grid = torch.linspace(20.0, _RATE / 2.0, 4096)
    width = float(_bark(torch.tensor(_RATE / 2.0))) / _BANDS
    centres = (torch.arange(_BANDS) + 0.5) * width
    places = torch.searchsorted(_bark(grid), centres).clamp_max(4095)
    khz = (grid[places] / 1000.0).double()
    quiet_db = 3.64 * khz**-0.8 - 6.5 * torch.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4
    thresholds = (10.0 ** (quiet_db / 10.0)).float()
    steeper = (6.0 / (centres + 2.0)).clamp(1.0, 2.0) ** 0.15  # below 4 Bark
    return thresholds, torch.full((_BANDS,), width), _ZWICKER * steeper
