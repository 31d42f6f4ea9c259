"""SEGAN: a generator that cleans a waveform and a discriminator that judges pairs.

Pascual, Bonafonte, Serra 2017 (arXiv:1703.09452), Figures 1 and 2::

    noisy ->[down]->[down]-> ... ->[down]-> code
               |       |                     | + z
               skip    skip                  v
    clean <-[up]<---[up]<--- ... <-----[up]--+

The constructors' defaults are the paper's exact networks: 73.1 M weights in the generator's
convolutions and 24.4 M in the discriminator's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from speechgen.features import deemphasis, preemphasis
from speechgen.layers import VirtualBatchNorm, initialise, strided_down, strided_up
from speechgen.shapes import Waves

PAPER_CHANNELS = (16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 1024)
_PRELU_SLOPE = 0.25
_REFERENCE_RMS = 0.1
_SILENCE = 1e-7


class SEGANGenerator(nn.Module):
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
    ) -> None:
        super().__init__()
        channels = _checked_channels(channels, stride, window_samples)
        if not 0.0 <= preemphasis < 1.0:
            raise ValueError(f"preemphasis is {preemphasis}; it must be in [0, 1)")
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.preemphasis = float(preemphasis)
        self.residual = residual
        self.latent = latent
        self.total_stride = stride ** len(channels)
        self.code_channels = channels[-1]

        down = _encoder(1, channels, kernel_size, stride, _PRELU_SLOPE)
        self.encoder = nn.ModuleList(down)
        self.encoder_prelu = nn.ModuleList(nn.PReLU(width, _PRELU_SLOPE) for width in channels)

        outputs = (*reversed(channels[:-1]), 1)
        # the code with z, then each layer's output with the skip of the same rate
        inputs = (channels[-1] * (2 if latent else 1), *(2 * width for width in outputs[:-1]))
        up = [strided_up(i, o, kernel_size, stride) for i, o in zip(inputs, outputs, strict=True)]
        for layer in up[:-1]:
            initialise(layer, negative_slope=_PRELU_SLOPE)
        initialise(up[-1])
        if residual:  # start close to "change nothing"
            up[-1].weight.data.mul_(0.1)
        self.decoder = nn.ModuleList(up)
        self.decoder_prelu = nn.ModuleList(nn.PReLU(width, _PRELU_SLOPE) for width in outputs[:-1])

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
                f"{noisy.shape[-1]} samples are no multiple of {self.total_stride}; pad them"
            )
        x, skips = noisy, []
        for down, prelu in zip(self.encoder, self.encoder_prelu, strict=True):
            x = prelu(down(x))
            skips.append(x)
        skips.pop()  # the code itself
        if self.latent:
            x = torch.cat([x, self._latent_like(x, latent)], dim=1)
        for up, prelu in zip(self.decoder, self.decoder_prelu, strict=False):
            x = torch.cat([prelu(up(x)), skips.pop()], dim=1)
        out = torch.tanh(self.decoder[-1](x))
        return noisy + out if self.residual else out

    def _latent_like(self, code: Tensor, latent: Tensor | None) -> Tensor:
        if latent is None:
            return torch.randn_like(code) if self.training else torch.zeros_like(code)
        if latent.shape != code.shape:
            raise ValueError(f"latent is {tuple(latent.shape)}, the code {tuple(code.shape)}")
        return latent.to(code)

    def level(self, noisy: Waves) -> Float[Tensor, "batch 1 1"]:
        """What :meth:`to_domain` divides by: louder or softer input, same network input.

        It brings the RMS to 0.1, or the peak to 1 where that asks for less gain.
        """
        rms = noisy.square().mean(dim=(1, 2), keepdim=True).sqrt() / _REFERENCE_RMS
        peak = noisy.abs().amax(dim=(1, 2), keepdim=True)
        return torch.maximum(rms, peak).clamp_min(_SILENCE)

    def to_domain(self, wave: Waves, level: Float[Tensor, "batch 1 1"]) -> Waves:
        """From the plain waveform to the network's domain: normalised and pre-emphasised."""
        return preemphasis(wave / level, self.preemphasis)

    def from_domain(self, signal: Waves, level: Float[Tensor, "batch 1 1"]) -> Waves:
        """The exact inverse of :meth:`to_domain`."""
        return deemphasis(signal, self.preemphasis) * level

    def enhance(self, noisy: Waves, latent: Tensor | None = None) -> Waves:
        """Clean plain waveforms (batch, 1, time) of any length; each example on its own.

        The level is taken out and put back, so ``enhance(g * x) == g * enhance(x)``. In evaluation
        mode z is zero unless given: the same input gives the same output.
        """
        num_samples = noisy.shape[-1]
        level = self.level(noisy)
        signal = pad(self.to_domain(noisy, level), (0, -num_samples % self.total_stride))
        return self.from_domain(self(signal, latent)[..., :num_samples].to(noisy.dtype), level)


class SEGANDiscriminator(nn.Module):
    """The generator's encoder on two channels, virtual batch norm, and one logit at the end.

    It exists in training only. Its only state beside weights is the reference batch of the virtual
    batch norm, chosen once with :meth:`set_reference`; a forward pass writes nothing.

    Parameters
    ----------
    channels, kernel_size, stride, window_samples
        As in :class:`SEGANGenerator`; it judges windows of exactly ``window_samples``.
    reference_examples
        Pairs in the reference batch.
    negative_slope
        Of the leaky rectifiers.
    """

    reference: Tensor
    reference_chosen: Tensor

    def __init__(
        self,
        *,
        channels: Sequence[int] = PAPER_CHANNELS,
        kernel_size: int = 31,
        stride: int = 2,
        window_samples: int = 16384,
        reference_examples: int = 16,
        negative_slope: float = 0.3,
    ) -> None:
        super().__init__()
        channels = _checked_channels(channels, stride, window_samples)
        if reference_examples < 1:
            raise ValueError(f"reference_examples is {reference_examples}; at least 1 is needed")
        self.window_samples = window_samples
        self.negative_slope = negative_slope
        self.encoder = nn.ModuleList(_encoder(2, channels, kernel_size, stride, negative_slope))
        self.norms = nn.ModuleList(VirtualBatchNorm(width) for width in channels)
        self.squeeze = nn.Conv1d(channels[-1], 1, 1)
        self.judge = nn.Linear(window_samples // stride ** len(channels), 1)
        initialise(self.squeeze)
        initialise(self.judge)
        self.register_buffer("reference", torch.zeros(reference_examples, 2, window_samples))
        self.register_buffer("reference_chosen", torch.zeros((), dtype=torch.bool))

    @torch.no_grad()
    def set_reference(self, pairs: Waves) -> None:
        """Choose the reference batch: (batch, 2, window_samples) of (clean, noisy) pairs.

        Fewer pairs than ``reference_examples`` are repeated, more are left out.

        Raises
        ------
        ValueError
            The shape does not fit.
        """
        if pairs.shape[0] == 0 or pairs.shape[1:] != self.reference.shape[1:]:
            raise ValueError(
                f"a reference of {tuple(pairs.shape)}; it must be (batch, 2, {self.window_samples})"
            )
        count = self.reference.shape[0]
        repeats = -(-count // pairs.shape[0])
        self.reference.copy_(pairs.repeat(repeats, 1, 1)[:count])
        self.reference_chosen.fill_(True)

    def forward(
        self, pairs: Float[Tensor, "batch 2 time"]
    ) -> tuple[list[Float[Tensor, "batch 1"]], list[list[Tensor]]]:
        """Judge (signal, noisy) pairs: ``([logits], [feature maps])``, each example on its own.

        Raises
        ------
        ValueError
            The windows have another length.
        RuntimeError
            There is no reference batch yet.
        """
        if pairs.shape[1:] != self.reference.shape[1:]:
            raise ValueError(f"pairs are {tuple(pairs.shape)}, windows {self.window_samples}")
        if not self.reference_chosen:
            raise RuntimeError("virtual batch norm has no reference; call set_reference first")
        count = self.reference.shape[0]
        x = torch.cat([self.reference.to(pairs.dtype), pairs])
        features = []
        for down, norm in zip(self.encoder, self.norms, strict=True):
            x = leaky_relu(norm(down(x), count), self.negative_slope)
            features.append(x[count:])
        logits = self.judge(self.squeeze(x[count:]).flatten(1))  # (batch, 1)
        return [logits], [features]


def _encoder(
    in_channels: int, channels: Sequence[int], kernel_size: int, stride: int, slope: float
) -> list[nn.Conv1d]:
    """Strided convolutions from ``in_channels`` through all widths, initialised for ``slope``."""
    layers = []
    for out_channels in channels:
        layers.append(strided_down(in_channels, out_channels, kernel_size, stride))
        initialise(layers[-1], negative_slope=slope)
        in_channels = out_channels
    return layers


def _checked_channels(channels: Sequence[int], stride: int, window_samples: int) -> tuple[int, ...]:
    channels = tuple(int(width) for width in channels)
    if not channels or min(channels) < 1:
        raise ValueError(f"channels are {channels}; at least one positive width is needed")
    if window_samples < 1 or window_samples % stride ** len(channels):
        raise ValueError(
            f"window_samples {window_samples} is no multiple of "
            f"{stride}**{len(channels)} = {stride ** len(channels)}"
        )
    return channels
