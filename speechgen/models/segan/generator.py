"""SEGAN's generator: a strided convolutional encoder and decoder that cleans a waveform.

Pascual, Bonafonte, Serra 2017 (arXiv:1703.09452), Figure 2::

    noisy ->[down]->[down]-> ... ->[down]-> code
               |       |                     | + z
               skip    skip                  v
    clean <-[up]<---[up]<--- ... <-----[up]--+

The constructor's defaults are the paper's exact network: 73.1 M weights in its convolutions. SEGAN+
(github.com/santi-pdp/segan_pytorch, after arXiv:1808.10687) is the same with five layers of stride
4 and ``skips="scaled"``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from speechgen.layers import initialise, strided_up
from speechgen.models.segan.discriminator import SEGANDiscriminator
from speechgen.models.segan.parts import (
    PAPER_CHANNELS,
    EmphasisedDomain,
    checked_channels,
    strided_encoder,
)
from speechgen.shapes import Waves

__all__ = ["PAPER_CHANNELS", "SKIPS", "SEGANDiscriminator", "SEGANGenerator"]

SKIPS = ("concatenated", "scaled", "added")
_PRELU_SLOPE = 0.25


class SEGANGenerator(EmphasisedDomain):
    """Strided convolutions down to a code, transposed ones back up, skips between equal rates.

    Parameters
    ----------
    sample_rate
        Rate in Hz of the waveforms it was trained on.
    channels
        Width after each strided convolution; their number is the depth.
    kernel_size, stride
        Of every convolution, in samples of its input.
    latent
        Whether noise z of the code's shape is concatenated to the code.
    window_samples
        Length it is trained on, and the window of the wrapper that enhances files; a multiple of
        ``stride ** len(channels)``.
    preemphasis
        Coefficient of the filter in front, undone exactly behind; 0 for none.
    residual
        Whether the tanh output is added to the noisy input (the network predicts minus the noise)
        instead of being the result. The paper's network is not residual.
    skips
        How an encoder's output joins the decoder's of its rate: "concatenated" as in the paper;
        "scaled", concatenated times a learned factor for each channel, as in SEGAN+; or "added"
        times such a factor (arXiv:1808.10687), which halves what a decoder layer
        reads. The factors are one at first.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        channels: Sequence[int] = PAPER_CHANNELS,
        kernel_size: int = 31,
        stride: int = 2,
        latent: bool = True,
        window_samples: int = 16384,
        preemphasis: float = 0.95,
        residual: bool = False,
        skips: str = "concatenated",
    ) -> None:
        super().__init__()
        channels = checked_channels(channels, stride, window_samples)
        if not 0.0 <= preemphasis < 1.0:
            raise ValueError(f"preemphasis is {preemphasis}; it must be in [0, 1)")
        if skips not in SKIPS:
            raise ValueError(f"skips are {skips!r}; known are {', '.join(SKIPS)}")
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.preemphasis = float(preemphasis)
        self.residual = residual
        self.latent = latent
        self.skips = skips
        self.total_stride = stride ** len(channels)
        self.code_channels = channels[-1]

        down = strided_encoder(1, channels, kernel_size, stride, _PRELU_SLOPE)
        self.encoder = nn.ModuleList(down)
        self.encoder_prelu = nn.ModuleList(nn.PReLU(width, _PRELU_SLOPE) for width in channels)

        outputs = (*reversed(channels[:-1]), 1)
        # the code with z, then each layer's output with the skip of the same rate
        wider = 1 if skips == "added" else 2
        inputs = (channels[-1] * (2 if latent else 1), *(wider * width for width in outputs[:-1]))
        up = [strided_up(i, o, kernel_size, stride) for i, o in zip(inputs, outputs, strict=True)]
        for layer in up[:-1]:
            initialise(layer, negative_slope=_PRELU_SLOPE)
        initialise(up[-1])
        if residual:  # start close to the identity
            up[-1].weight.data.mul_(0.1)
        self.decoder = nn.ModuleList(up)
        self.decoder_prelu = nn.ModuleList(nn.PReLU(width, _PRELU_SLOPE) for width in outputs[:-1])
        if skips != "concatenated":  # in the order of the decoder
            self.skip_scales = nn.ParameterList(torch.ones(width, 1) for width in outputs[:-1])

    def code_shape(self, num_samples: int) -> tuple[int, int]:
        """Channels and time of the code of ``num_samples`` samples; z has the same shape."""
        return self.code_channels, num_samples // self.total_stride

    def forward(self, noisy: Waves, latent: Tensor | None = None) -> Waves:
        """Clean (batch, 1, time) in the network's own domain (see :meth:`to_domain`).

        Parameters
        ----------
        noisy
            Pre-emphasised; ``time`` is a multiple of ``total_stride``.
        latent
            z of shape (batch, *code_shape(time)). Without it z is drawn from N(0, I) in training
            mode (torch's own stream) and zero in evaluation mode, which makes that deterministic.

        Raises
        ------
        ValueError
            The length does not fit, or ``latent`` has the wrong shape.
        """
        if noisy.shape[-1] % self.total_stride or noisy.shape[-1] == 0:
            raise ValueError(
                f"{noisy.shape[-1]} samples are not a multiple of {self.total_stride}; pad them"
            )
        x, skips = noisy, []
        for down, prelu in zip(self.encoder, self.encoder_prelu, strict=True):
            x = prelu(down(x))
            skips.append(x)
        skips.pop()  # the code itself
        if self.latent:
            x = torch.cat([x, self._latent_like(x, latent)], dim=1)
        for index, prelu in enumerate(self.decoder_prelu):
            x = self._joined(prelu(self.decoder[index](x)), skips.pop(), index)
        out = torch.tanh(self.decoder[-1](x))
        return noisy + out if self.residual else out

    def _joined(self, x: Tensor, skip: Tensor, index: int) -> Tensor:
        """The decoder's layer ``index`` and the encoder's output of the same rate."""
        if self.skips != "concatenated":
            skip = skip * self.skip_scales[index].to(skip.dtype)
        return x + skip if self.skips == "added" else torch.cat([x, skip], dim=1)

    def _latent_like(self, code: Tensor, latent: Tensor | None) -> Tensor:
        if latent is None:
            return torch.randn_like(code) if self.training else torch.zeros_like(code)
        if latent.shape != code.shape:
            raise ValueError(f"latent is {tuple(latent.shape)}, the code {tuple(code.shape)}")
        return latent.to(code)
