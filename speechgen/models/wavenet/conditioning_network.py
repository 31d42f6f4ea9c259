"""The conditioning network: conditions to the biases of every WaveNet layer's gates.

All work is done at the frame rate: a small network over frames, which may look ahead because
conditions are known beforehand, then one projection for all layers at once. Only the result is
upsampled to the sample rate, layer by layer (:class:`speechgen.causal.FrameUpsampler`).
"""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import FrameUpsampler, num_frames
from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.pitch_lag import frame_periods
from speechgen.models.wavenet.prepared_conditions import PreparedConditions


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
