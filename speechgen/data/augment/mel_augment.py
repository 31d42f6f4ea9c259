"""Augmentation of mel frames for recognisers: other voices, speeds, rooms and noises, and masks.

All of it works in batches on their device. Noises and rooms add powers, as uncorrelated sounds do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.data.augment.mel_voice import other_voice
from speechgen.errors import ConfigError
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE

_FLOOR = math.log(1e-5)  # of the mel
_PER_DB = math.log(10.0) / 20.0
_ECHO_FRAMES = 24
_NOTHING = 1e-12  # as a power
_SILENT_DB = 200.0


@dataclass(frozen=True)
class MelAugmentation:
    """What :func:`augment_mel` draws from; 0 switches a thing off.

    Attributes
    ----------
    speed
        Greatest change of the speed, as a share.
    voice_share
        Share of utterances as of another throat, microphone and loudness
        (:func:`speechgen.data.augment.mel_voice.other_voice`).
    gain_db
        Their greatest gain or attenuation.
    echo_share, noise_share, babble_share
        Shares with a room, with stationary noise, with another utterance.
    snr_db
        Range of the signal-to-noise ratios of either.
    frequency_masks, frequency_mask_bands, time_masks, time_mask_frames
        Number and greatest width of the masks of SpecAugment, arXiv:1904.08779, section 2.
    """

    speed: float = 0.12
    voice_share: float = 0.9
    gain_db: float = 15.0
    echo_share: float = 0.3
    noise_share: float = 0.4
    babble_share: float = 0.2
    snr_db: tuple[float, float] = (3.0, 30.0)
    frequency_masks: int = 2
    frequency_mask_bands: int = 14
    time_masks: int = 5
    time_mask_frames: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.speed < 1:
            raise ConfigError(f"augmentation.speed: needs a share in [0, 1), not {self.speed}")


@torch.no_grad()
def augment_mel(
    mel: Tensor, lengths: Tensor, sample_rate: int, how: MelAugmentation | None = None
) -> tuple[Tensor, Tensor]:
    """Other versions of the utterances of a batch.

    Parameters
    ----------
    mel
        (batch, feature, frame), as :func:`speechgen.features.extract` scales it.
    lengths
        (batch,), frames of each.
    sample_rate
        Of the waves, in Hz.
    how
        The ranges; None takes the defaults.

    Returns
    -------
    tuple
        (batch, feature, frame) with room for the slowest speed, and the lengths.
    """
    how = how or MelAugmentation()
    with torch.autocast(mel.device.type, enabled=False):
        frames, lengths = _at_other_speeds(mel.float(), lengths, how.speed)
        others = other_voice(frames, sample_rate, gain_db=how.gain_db)
        frames = torch.where(_between(frames, 0.0, 1.0) < how.voice_share, others, frames)
        inside = (torch.arange(frames.shape[2], device=mel.device) < lengths[:, None])[:, None]
        logs = (frames * MEL_SCALE + MEL_CENTRE).where(inside, _FLOOR)
        logs = _echoing(logs, how.echo_share)
        speech_db = _level_db(logs, inside)
        for share, noise in (
            (how.babble_share, logs.roll(1, 0)),
            (how.noise_share, _hiss(logs)),
        ):
            logs = _with_noise(logs, noise, speech_db - _level_db(noise, inside), share, how)
        return _masked((logs - MEL_CENTRE) / MEL_SCALE, lengths, how), lengths


def _between(like: Tensor, low: float, high: float, *shape: int) -> Tensor:
    """Uniform numbers for each utterance: (batch, 1, 1), or (batch, *shape)."""
    size = (len(like), *(shape or (1, 1)))
    return torch.rand(size, device=like.device) * (high - low) + low


def _at_other_speeds(mel: Tensor, lengths: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """Frames interpolated linearly in time, and how many there are."""
    rate = _between(mel, 1 - most, 1 + most)[:, 0]
    room = math.ceil(mel.shape[2] / (1 - most))
    times = torch.arange(room, device=mel.device) * rate
    times = torch.minimum(times, lengths[:, None] - 1.0)[:, None]  # (batch, 1, frame)
    before = times.long()
    after = torch.minimum(before + 1, lengths[:, None, None] - 1)
    low, high = (mel.gather(2, at.expand(-1, mel.shape[1], -1)) for at in (before, after))
    counts = (lengths / rate[:, 0]).long().clamp(1, room)
    return low + (times - before) * (high - low), counts


def _echoing(logs: Tensor, share: float) -> Tensor:
    """Powers that decay exponentially after the sound, as in a room."""
    power = (2 * logs).exp().transpose(0, 1)  # (feature, batch, frame)
    seconds = _between(logs, 0.15, 0.8)  # that 60 dB of decay take
    direct_db = _between(logs, 3.0, 25.0)  # above the echo
    here = _between(logs, 0.0, 1.0) < share
    age = torch.arange(_ECHO_FRAMES, device=logs.device).flip(0)  # the kernel's last tap is now
    decay = torch.exp(-age * (6 * math.log(10.0) * 0.016) / seconds) * (age > 0)
    kernel = 10 ** (-direct_db / 10) * decay / decay.sum(dim=2, keepdim=True)
    padded = F.pad(power, (_ECHO_FRAMES - 1, 0))
    echo = F.conv1d(padded, kernel, groups=len(logs)).transpose(0, 1)
    both = 0.5 * torch.logaddexp(2 * logs, echo.clamp_min(_NOTHING).log())
    return torch.where(here, both, logs)


def _level_db(logs: Tensor, inside: Tensor) -> Tensor:
    """Mean power of each utterance: (batch, 1, 1), in dB."""
    power = (2 * logs).exp() * inside
    mean = power.sum(dim=(1, 2), keepdim=True) / (inside.sum(dim=2, keepdim=True) * logs.shape[1])
    return 10 * mean.clamp_min(1e-10).log10()


def _hiss(logs: Tensor) -> Tensor:
    """Stationary noise: a random slope and waves over the mel axis, and the flutter of noise."""
    place = torch.linspace(0.0, 1.0, logs.shape[1], device=logs.device)[:, None]
    colour_db = _between(logs, -40.0, 40.0) * place
    for waves in (1.0, 2.0, 3.0):
        phase = _between(logs, 0.0, 2 * math.pi)
        height = _between(logs, 0.0, 12.0 / waves)
        colour_db = colour_db + height * torch.cos(math.pi * waves * place + phase)
    draws = torch.rand((2, *logs.shape), device=logs.device).clamp(1e-6, 1 - 1e-6)
    flutter = -draws.log().mean(dim=0)
    return _PER_DB * colour_db + 0.5 * flutter.log()


def _with_noise(
    logs: Tensor, noise: Tensor, over_db: Tensor, share: float, how: MelAugmentation
) -> Tensor:
    """Powers added at a random ratio; ``over_db`` is how far the speech is above the noise."""
    snr_db = _between(logs, *how.snr_db)
    snr_db = torch.where(_between(logs, 0.0, 1.0) < share, snr_db, _SILENT_DB)
    return 0.5 * torch.logaddexp(2 * logs, 2 * (noise + _PER_DB * (over_db - snr_db)))


def _masked(mel: Tensor, lengths: Tensor, how: MelAugmentation) -> Tensor:
    """Bands and frames set to the mean of the frame, and of the utterance."""
    bands = torch.arange(mel.shape[1], device=mel.device)
    frames = torch.arange(mel.shape[2], device=mel.device)
    hidden = _spans(mel, bands, float(len(bands)), how.frequency_masks, how.frequency_mask_bands)
    mel = torch.where(hidden[:, :, None], mel.mean(dim=1, keepdim=True), mel)
    hidden = _spans(mel, frames, lengths[:, None], how.time_masks, how.time_mask_frames)
    return torch.where(hidden[:, None], mel.mean(dim=(1, 2), keepdim=True), mel)


def _spans(like: Tensor, places: Tensor, end: Tensor | float, count: int, longest: int) -> Tensor:
    """Which ``places`` lie in one of ``count`` random spans below ``end``: (batch, place)."""
    begin = _between(like, 0.0, 1.0, count) * end
    stop = begin + _between(like, 0.0, float(longest), count)
    at = places[:, None]
    return ((at >= begin[:, None]) & (at < stop[:, None])).any(dim=2)
