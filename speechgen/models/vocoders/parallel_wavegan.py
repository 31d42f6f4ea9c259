"""Parallel WaveGAN: noise and frames to a waveform in one pass (arXiv:1910.11480).

Yamamoto, Song, Kim 2020. The generator is WaveNet's own stack of gated blocks with convolutions
that look ahead as far as back (section 2, figure 1)::

    noise --> 1x1 --> [gated block] --> [gated block] --> ... --> skip sum --> head --> wave
                            ^                 ^
    frames --> network over frames, upsampled to the sample rate

The constructors' defaults are the paper's sizes (section 3.1.2), without weight normalisation in
the generator, as the stack is shared with WaveNet.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import GatedStack, num_frames, stack_dilations
from speechgen.errors import ConfigError, ModelError
from speechgen.features import deemphasis, preemphasis
from speechgen.layers import CentredConv1d
from speechgen.models.wavenet.conditioning_network import ConditionNetwork
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.shapes import Waves


class ParallelWaveGAN(nn.Module):
    """A waveform from white noise of its length and the frames that describe it.

    Parameters
    ----------
    sample_rate
        Hz.
    stacks, layers_per_stack, kernel_size
        Each stack has dilations 1, 2, 4, ... 2**(layers_per_stack - 1); the kernel is odd.
    residual_channels, gate_channels, skip_channels
        Widths; ``gate_channels`` counts both halves, tanh and sigmoid.
    local_features, hop_samples
        Size and hop of the frames.
    fold
        Samples that one position of the stack stands for; they are its input and output channels.
        1 is the paper; more makes the stack as many times cheaper and see as many times further.
        It divides ``hop_samples``.
    preemphasis
        Coefficient a of x[t] - a x[t-1]. Generator and discriminator work on the waveform
        after that filter, which is undone at the end; 0 is the paper.
    output_level
        Factor of the network's output: about the level of the waveforms.
    upsampler_channels, upsampler_kernel_size, upsampler_depth
        The network over frames; see :class:`ConditionNetwork`.

    Examples
    --------
    >>> ParallelWaveGAN(stacks=1, layers_per_stack=3, residual_channels=8).receptive_field
    15
    """

    speaker_features = 0  # the frames carry the voice

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        stacks: int = 3,
        layers_per_stack: int = 10,
        kernel_size: int = 3,
        residual_channels: int = 64,
        gate_channels: int = 128,
        skip_channels: int = 64,
        local_features: int = 80,
        hop_samples: int = 256,
        fold: int = 1,
        preemphasis: float = 0.0,
        output_level: float = 1.0,
        upsampler_channels: int = 128,
        upsampler_kernel_size: int = 3,
        upsampler_depth: int = 3,
    ) -> None:
        super().__init__()
        if not (1 <= stacks <= 64 and 1 <= layers_per_stack <= 20):
            raise ConfigError("stacks must be in [1, 64] and layers_per_stack in [1, 20]")
        if not 0.0 <= preemphasis < 1.0 or not output_level > 0.0:
            raise ConfigError(
                f"preemphasis must be in [0, 1) and output_level above 0, not {preemphasis} and "
                f"{output_level}"
            )
        if local_features < 1 or hop_samples < 1 or fold < 1 or hop_samples % fold:
            raise ConfigError(
                "a parallel generator needs local_features, hop_samples and a fold that divides "
                f"it, all of 1 or more, not {local_features}, {hop_samples} and {fold}"
            )
        self.sample_rate = sample_rate
        self.local_features = local_features
        self.hop_samples = hop_samples
        self.fold = fold
        self.preemphasis = float(preemphasis)
        self.output_level = float(output_level)
        self.first = nn.Linear(fold, residual_channels)
        self.stack = GatedStack(
            stack_dilations(stacks, layers_per_stack),
            residual_channels,
            gate_channels,
            skip_channels,
            kernel_size=kernel_size,
            convolution=CentredConv1d,
        )
        self.conditioning = ConditionNetwork(
            layers=stacks * layers_per_stack,
            gate_channels=gate_channels,
            local_features=local_features,
            speaker_features=0,
            hop_samples=hop_samples // fold,
            channels=upsampler_channels,
            kernel_size=upsampler_kernel_size,
            depth=upsampler_depth,
        )
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Linear(skip_channels, skip_channels),
            nn.ReLU(),
            nn.Linear(skip_channels, fold),
        )

    @property
    def reach(self) -> int:
        """Samples on either side that may have a part in a sample, the conditions' aside."""
        return self.stack.receptive_field // 2 * self.fold + self.fold - 1

    @property
    def receptive_field(self) -> int:
        """Samples of noise that one sample depends on: whole groups of ``fold``."""
        return self.stack.receptive_field * self.fold

    def noise_samples(self, num_samples: int) -> int:
        """Samples of noise for a waveform of ``num_samples``: as many."""
        return num_samples

    def check(self, conditions: Conditions, num_samples: int) -> None:
        """Raise :class:`ModelError` unless the conditions are those of ``num_samples`` samples."""
        self.conditioning.check(conditions, 0)
        assert conditions.local is not None  # checked just now
        frames, needed = conditions.local.shape[2], num_frames(num_samples, self.hop_samples)
        if frames < needed:
            raise ModelError(
                f"{num_samples} samples need {needed} frames of {self.hop_samples} samples, but "
                f"the local condition has {frames}"
            )

    def prepare_conditions(self, conditions: Conditions) -> PreparedConditions:
        """Project the frames to all layers, at the frame rate still."""
        return self.conditioning(conditions, 0)

    def frames(self, conditions: Conditions, first: int, last: int) -> PreparedConditions:
        """Frames ``first`` to ``last`` (not included) of what :meth:`prepare_conditions` gives."""
        return self.conditioning.window(conditions, first, last)

    def forward(self, noise: Waves, conditions: Conditions | PreparedConditions) -> Waves:
        """Waveforms (batch, 1, time), pre-emphasised still; see :meth:`from_domain`.

        Parameters
        ----------
        noise
            (batch, 1, time), normally distributed with variance 1.
        conditions
            ceil(time / hop_samples) frames or more; frame j describes samples
            [j * hop_samples, (j + 1) * hop_samples).
        """
        time = noise.shape[-1]
        steps = -(-time // self.fold)
        if not isinstance(conditions, PreparedConditions):
            self.check(conditions, time)
            conditions = self.prepare_conditions(conditions)
        rows = F.pad(noise[:, 0], (0, steps * self.fold - time)).view(-1, steps, self.fold)
        x = self.first(rows).transpose(1, 2)  # (batch, residual channel, step)
        skips = self.stack(x, conditions.to_gates()).transpose(1, 2)
        with torch.autocast(skips.device.type, enabled=False):  # samples need more than 8 bits
            output = self.head(skips.to(noise.dtype)).flatten(1)[:, None, :time]  # (batch, 1, time)
        return output * self.output_level

    def to_domain(self, wave: Tensor) -> Tensor:
        """The target of :meth:`forward` for the waveform ``wave`` (..., time)."""
        return preemphasis(wave, self.preemphasis)

    def from_domain(self, wave: Tensor, *, before: Tensor | None = None) -> Tensor:
        """The exact inverse of :meth:`to_domain`; ``before`` is the waveform's last sample so far.

        It is (..., 1), and None at the beginning.
        """
        return deemphasis(wave, self.preemphasis, before=before)
