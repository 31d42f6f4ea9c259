"""The discriminator of Parallel WaveGAN: a logit for every sample."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from speechgen.errors import ConfigError, ModelError
from speechgen.layers import initialise
from speechgen.shapes import Waves


class ParallelWaveGANDiscriminator(nn.Module):
    """Ten dilated convolutions without strides: a logit for every sample from its context.

    arXiv:1910.11480, section 3.1.2: dilations grow by one from layer to layer, those of the first
    and of the last layer are 1; leaky rectifiers; weight normalisation. It exists in training only.

    Parameters
    ----------
    layers, channels, kernel_size
        Depth, width, and taps, an odd number.
    negative_slope
        Of the leaky rectifiers.
    input_level
        Waveforms are divided by it first: about their level.
    """

    def __init__(
        self,
        *,
        layers: int = 10,
        channels: int = 64,
        kernel_size: int = 3,
        negative_slope: float = 0.2,
        input_level: float = 1.0,
    ) -> None:
        super().__init__()
        if layers < 2 or channels < 1 or not input_level > 0.0:
            raise ConfigError(
                "the discriminator needs 2 layers or more, 1 channel or more and an input_level "
                f"above 0, not {layers}, {channels} and {input_level}"
            )
        self.negative_slope = negative_slope
        self.input_level = input_level
        widths = [1] + [channels] * (layers - 1) + [1]
        dilations = [1, *range(1, layers - 1), 1]
        convs: list[nn.Module] = []
        for before, after, dilation in zip(widths[:-1], widths[1:], dilations, strict=True):
            padding = (kernel_size - 1) // 2 * dilation
            conv = nn.Conv1d(before, after, kernel_size, dilation=dilation, padding=padding)
            initialise(conv, negative_slope=negative_slope if len(convs) < layers - 1 else 1.0)
            convs.append(weight_norm(conv))
        self.convs = nn.ModuleList(convs)

    def forward(self, waves: Waves) -> tuple[list[Tensor], list[list[Tensor]]]:
        """``([logits (batch, 1, time)], [feature maps])`` of waves (batch, 1, time)."""
        if waves.shape[1] != 1:
            raise ModelError(f"a discriminator of one channel was given {waves.shape[1]}")
        x = waves / self.input_level
        features = []
        for conv in self.convs[:-1]:
            x = F.leaky_relu(conv(x), self.negative_slope)
            features.append(x)
        return [self.convs[-1](x)], [features]
