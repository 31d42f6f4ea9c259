"""The conditioning network: conditions to the biases of every WaveNet layer's gates.

All work is done at the frame rate: a small network over frames, which may look ahead because
conditions are known beforehand, then one projection for all layers at once. Only the result is
upsampled to the sample rate, layer by layer (:class:`speechgen.causal.FrameUpsampler`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import FrameUpsampler, LaggedInput, num_frames
from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.pitch_lag import frame_periods, sample_lags


@dataclass(frozen=True)
class PreparedConditions:
    """Conditions projected to the gates of all layers, at the frame rate still.

    Attributes
    ----------
    bias
        (layer, batch, gate channel): the time-invariant part, where there are no local conditions.
    taps
        (layer, batch, frame, tap, gate channel): every frame with its neighbours and, as a fourth
        tap, the bias.
    upsampler
        Brings ``taps`` to samples.
    periods
        (batch, frame, 2) of :func:`speechgen.models.wavenet.pitch_lag.frame_periods`, where the
        network has an input a pitch period ago.
    """

    bias: Tensor | None = None
    taps: Tensor | None = None
    upsampler: FrameUpsampler | None = None
    periods: Tensor | None = None

    def __bool__(self) -> bool:
        return self.bias is not None or self.taps is not None

    @property
    def hop_samples(self) -> int | None:
        """Samples of a frame, or None where no condition changes in time."""
        return None if self.upsampler is None else self.upsampler.hop_samples

    def add(self, layer: int, gates: Tensor) -> Tensor:
        """Gates (batch, gate channel, time) of one layer, with its conditions added."""
        if self.upsampler is not None and self.taps is not None:
            needed = num_frames(gates.shape[2], self.upsampler.hop_samples)
            return self.upsampler.add(gates, self.taps[layer, :, :needed])
        return gates if self.bias is None else gates + self.bias[layer].unsqueeze(2)

    def frame(self, index: int) -> Tensor | None:
        """All layers over the samples of frame ``index``: (sample, layer, batch, gate channel).

        There is one sample, which holds for all, where no condition changes in time.
        """
        if self.upsampler is not None and self.taps is not None:
            taps = self.taps[:, :, index]
            return torch.einsum("st,lbtg->slbg", self.upsampler.kernel(taps.shape[2]), taps)
        return None if self.bias is None else self.bias.unsqueeze(0)

    def lags(self, lagged: LaggedInput) -> Tensor:
        """How far back ``lagged`` looks at every sample of the frames: (batch, time), long."""
        assert self.periods is not None and self.upsampler is not None
        return sample_lags(self.periods, self.upsampler.hop_samples, lagged)

    def frames(self, first: int, last: int) -> PreparedConditions:
        """Those of frames ``first`` to ``last`` (not included)."""
        taps = None if self.taps is None else self.taps[:, :, first:last]
        periods = None if self.periods is None else self.periods[:, first:last]
        return PreparedConditions(self.bias, taps, self.upsampler, periods)


def batch_prepared(parts: Sequence[PreparedConditions]) -> PreparedConditions:
    """Join utterances prepared one by one; the shorter ones get zero frames after their end."""
    bias = [part.bias for part in parts if part.bias is not None]
    taps = [part.taps for part in parts if part.taps is not None]
    if taps:
        longest = max(part.shape[2] for part in taps)
        taps = [F.pad(part, (0, 0, 0, 0, 0, longest - part.shape[2])) for part in taps]
    periods = [part.periods for part in parts if part.periods is not None]
    if periods:
        longest = max(part.shape[1] for part in periods)
        periods = [F.pad(part, (0, 0, 0, longest - part.shape[1])) for part in periods]
    return PreparedConditions(
        torch.cat(bias, dim=1) if bias else None,
        torch.cat(taps, dim=1) if taps else None,
        parts[0].upsampler,
        torch.cat(periods) if periods else None,
    )


class ConditionNetwork(nn.Module):
    """Local and speaker conditions to :class:`PreparedConditions`.

    The speaker vector is scaled to root mean square 1 first (its length carries no meaning,
    and vectors from elsewhere come at any scale). It biases the network over frames, which may so
    turn a normalised pitch into that speaker's pitch, and the gates of every layer, as the global
    condition of arXiv:1609.03499, section 2.5.

    Parameters
    ----------
    layers, gate_channels
        Those of the WaveNet.
    local_features, speaker_features
        Sizes of the conditions; 0 for none.
    hop_samples
        Samples of a frame.
    channels, kernel_size, depth
        Of the network over frames: ``depth`` convolutions that see as far ahead as back.
    pitch_rate
        Hz of the samples where the last two local features are log-F0 and voicing, and the periods
        are wanted; else 0.
    """

    def __init__(
        self,
        *,
        layers: int,
        gate_channels: int,
        local_features: int,
        speaker_features: int,
        hop_samples: int,
        channels: int,
        kernel_size: int,
        depth: int,
        pitch_rate: int = 0,
    ) -> None:
        super().__init__()
        if local_features and hop_samples < 1:
            raise ConfigError("hop_samples must be 1 or more where there are local_features")
        if local_features and (depth < 1 or kernel_size % 2 == 0):
            raise ConfigError("the upsampler needs an odd kernel size and a depth of 1 or more")
        self.layers = layers
        self.gate_channels = gate_channels
        self.local_features = local_features
        self.speaker_features = speaker_features
        self.hop_samples = hop_samples
        self.pitch_rate = pitch_rate
        if pitch_rate and local_features < NUM_ROWS:
            raise ConfigError("an input a pitch period ago needs log-F0 and voicing as features")
        outputs = layers * gate_channels
        if local_features:
            self.margin_frames = depth * (kernel_size // 2) + 1
            widths = [local_features] + [channels] * depth
            self.convs = nn.ModuleList(
                nn.Conv1d(before, after, kernel_size, padding=kernel_size // 2)
                for before, after in pairwise(widths)
            )
            self.project = nn.Linear(channels, outputs, bias=False)
            self.upsampler = FrameUpsampler(hop_samples)
        if speaker_features:
            self.speaker_bias = nn.Linear(speaker_features, outputs, bias=False)
            if local_features:
                self.speaker_frames = nn.Linear(speaker_features, channels, bias=False)

    def forward(self, conditions: Conditions, num_samples: int) -> PreparedConditions:
        """Check the conditions against the network and project them."""
        self.check(conditions, num_samples)
        count = 0 if conditions.local is None else conditions.local.shape[2]
        return self.window(conditions, 0, count)

    def window(self, conditions: Conditions, first: int, last: int) -> PreparedConditions:
        """Frames ``first`` to ``last`` (not included), as within the whole utterance.

        As much work and memory as these frames need, and a few on either side.
        """
        local, speaker = conditions.local, conditions.speaker
        if speaker is not None:
            speaker = F.normalize(speaker, dim=1) * self.speaker_features**0.5
        bias = None if speaker is None else self._by_layer(self.speaker_bias(speaker))
        if local is None:
            return PreparedConditions(bias)
        count, margin = local.shape[2], self.margin_frames
        begin, end = max(0, first - margin), min(count, last + margin)
        hidden = self.convs[0](local[:, :, begin:end])
        if speaker is not None:
            hidden = hidden + self.speaker_frames(speaker).unsqueeze(2)
        for conv in self.convs[1:]:
            hidden = conv(F.leaky_relu(hidden, 0.1))
        before, after = max(0, first - 1), min(count, last + 1)  # with the neighbours at the ends
        rows = hidden[:, :, before - begin : after - begin].transpose(1, 2)
        frames = self.project(F.leaky_relu(rows, 0.1))
        taps = self.upsampler.taps(self._by_layer(frames), bias)
        kept = slice(first - before, last - before)
        periods = None
        if self.pitch_rate:
            periods = frame_periods(local[:, :, before:after], self.pitch_rate)[:, kept]
        return PreparedConditions(None, taps[:, :, kept], self.upsampler, periods)

    def _by_layer(self, values: Tensor) -> Tensor:
        """(batch, ..., layer * gate) -> (layer, batch, ..., gate)."""
        return values.unflatten(-1, (self.layers, self.gate_channels)).movedim(-2, 0)

    def check(self, conditions: Conditions, num_samples: int) -> None:
        """Raise :class:`ModelError` unless the conditions are those of ``num_samples`` samples."""
        pairs = (
            ("local", conditions.local, self.local_features),
            ("speaker", conditions.speaker, self.speaker_features),
        )
        for name, value, features in pairs:
            size = 0 if value is None else value.shape[1]
            if size != features:
                raise ModelError(
                    f"the {name} condition has {size or 'no'} features, but this model was built "
                    f"for {features or 'none'}; give it the conditions its configuration names"
                )
        if conditions.local is not None:
            frames, needed = conditions.local.shape[2], num_frames(num_samples, self.hop_samples)
            if frames < needed:
                raise ModelError(
                    f"{num_samples} samples need {needed} frames of {self.hop_samples} samples, "
                    f"but the local condition has {frames}"
                )
