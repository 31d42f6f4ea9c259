"""SEGAN's discriminator: the generator's encoder on (signal, noisy) pairs, and one logit.

Pascual, Bonafonte, Serra 2017 (arXiv:1703.09452), Figure 1 and section 4.2. The constructor's
defaults are the paper's exact network: 24.4 M weights in its convolutions. The norm, the phase
shift and the dense head of SEGAN+ (github.com/santi-pdp/segan_pytorch) are options.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import spectral_norm

from speechgen.layers import VirtualBatchNorm, initialise
from speechgen.models.segan.parts import PAPER_CHANNELS, checked_channels, strided_encoder
from speechgen.shapes import Waves

NORMS = ("virtual", "batch", "spectral", "none")


class SEGANDiscriminator(nn.Module):
    """The generator's encoder on two channels, a norm, and one logit at the end.

    It exists in training only. With virtual batch norm its only state beside weights is the
    reference batch, chosen once with :meth:`set_reference`, and a forward pass writes nothing;
    batch norm keeps running statistics and spectral norm its power iterations.

    Parameters
    ----------
    channels, kernel_size, stride, window_samples
        As in :class:`SEGANGenerator`; it takes windows of exactly ``window_samples``.
    reference_examples
        Pairs in the reference batch of the virtual batch norm.
    negative_slope
        Of the leaky rectifiers.
    norm
        "virtual" as in the paper; "batch", over the examples of one call; "spectral", of the
        convolutions' weights (arXiv:1802.05957); or "none".
    conditioned
        Whether it is conditioned on the noisy signal, as in the paper. If not, it is still
        given pairs.
    phase_shift
        In training mode each layer's input is rotated in time by a random number of samples up to
        this, either way, alike for all examples of a call: the place of an artefact in the grid of
        strides then carries no information (phase shuffling, arXiv:1802.04208, section 3.3). 5 in
        SEGAN+.
    hidden
        Widths of dense layers between the flattened code and the logit, as in SEGAN+; none means
        the paper's: a convolution of width 1 down to one channel, and a dense layer over time.
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
        norm: str = "virtual",
        conditioned: bool = True,
        phase_shift: int = 0,
        hidden: Sequence[int] = (),
    ) -> None:
        super().__init__()
        channels = checked_channels(channels, stride, window_samples)
        if reference_examples < 1:
            raise ValueError(f"reference_examples is {reference_examples}; at least 1 is needed")
        if norm not in NORMS:
            raise ValueError(f"norm is {norm!r}; known are {', '.join(NORMS)}")
        if not 0 <= phase_shift < window_samples:
            raise ValueError(f"phase_shift is {phase_shift}; it must be from 0 to the window")
        self.window_samples = window_samples
        self.negative_slope = negative_slope
        self.norm = norm
        self.conditioned = conditioned
        self.phase_shift = phase_shift
        inputs = 2 if conditioned else 1
        layers: list[nn.Module] = [
            *strided_encoder(inputs, channels, kernel_size, stride, negative_slope)
        ]
        if norm == "spectral":
            layers = [spectral_norm(layer) for layer in layers]
        self.encoder = nn.ModuleList(layers)
        kinds = {"virtual": VirtualBatchNorm, "batch": nn.BatchNorm1d}
        self.norms = nn.ModuleList(kinds[norm](width) for width in channels if norm in kinds)
        code_samples = window_samples // stride ** len(channels)
        self.squeeze = nn.Conv1d(channels[-1], 1, 1) if not hidden else nn.Identity()
        widths = [code_samples * (channels[-1] if hidden else 1), *(int(h) for h in hidden), 1]
        dense: list[nn.Module] = []
        for before, after in itertools.pairwise(widths):
            dense += [nn.Linear(before, after), nn.PReLU(after)]
        self.head = nn.Sequential(*dense[:-1]) if hidden else dense[0]
        for layer in (self.squeeze, *self.head.modules()):
            if isinstance(layer, nn.Conv1d | nn.Linear):
                initialise(layer)
        examples = reference_examples if norm == "virtual" else 0
        self.register_buffer("reference", torch.zeros(examples, 2, window_samples))
        self.register_buffer("reference_chosen", torch.tensor(norm != "virtual"))

    @property
    def examples_independent(self) -> bool:
        """Whether an example's logit is the same whatever else is in the call."""
        return self.norm != "batch"

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
        """``([logits], [feature maps])`` of (signal, noisy) pairs.

        Examples are independent of each other, except for batch norm in training mode.

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
        if not self.conditioned:
            x = x[:, :1]
        features = []
        for index, down in enumerate(self.encoder):
            x = self._normal(down(self._shifted(x)), index, count)
            x = leaky_relu(x, self.negative_slope)
            features.append(x[count:])
        logits = self.head(self.squeeze(x[count:]).flatten(1))  # (batch, 1)
        return [logits], [features]

    def _normal(self, x: Tensor, index: int, count: int) -> Tensor:
        """``x`` after the layer's norm; the first ``count`` examples are the reference."""
        if self.norm == "virtual":
            return self.norms[index](x, count)
        return self.norms[index](x) if self.norm == "batch" else x

    def _shifted(self, x: Tensor) -> Tensor:
        """``x`` rotated by a random number of samples, in training mode."""
        if not (self.training and self.phase_shift):
            return x
        limit = min(self.phase_shift, x.shape[-1] - 1)
        return x.roll(int(torch.randint(-limit, limit + 1, ())), dims=-1)
