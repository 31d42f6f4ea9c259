"""Chained generators, each refining the output of the one before: ISEGAN and DSEGAN.

Phan et al. 2020 (arXiv:2001.05532), Figure 1::

    noisy --> G1 --> cleaned 1 --> G2 --> cleaned 2 --> ... --> GN --> clean
               + z1                 + z2                         + zN

ISEGAN iterates one generator, DSEGAN has one for each stage. Training compares every stage's output
with the clean signal and shows every one to the discriminator.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.models.segan.generator import SEGANGenerator
from speechgen.models.segan.parts import PAPER_CHANNELS, EmphasisedDomain
from speechgen.shapes import Waves


class SEGANChain(EmphasisedDomain):
    """``stages`` generators of :class:`SEGANGenerator` one after another, in one domain.

    Level and pre-emphasis are taken out once, in front of the first, and undone behind the last.

    Parameters
    ----------
    stages
        How many; the paper has 2 to 4.
    shared
        Whether all stages are one generator (ISEGAN) or each has weights of its own (DSEGAN).
    sample_rate, channels, kernel_size, stride, latent, window_samples, preemphasis, residual, skips
        As in :class:`SEGANGenerator`, of every stage.
    """

    def __init__(
        self,
        *,
        stages: int = 2,
        shared: bool = False,
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
        if stages < 1:
            raise ValueError(f"stages are {stages}; at least 1 is needed")
        self.stages = stages
        self.shared = shared
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.preemphasis = float(preemphasis)
        self.latent = latent
        generators = [
            SEGANGenerator(
                sample_rate=sample_rate,
                channels=channels,
                kernel_size=kernel_size,
                stride=stride,
                latent=latent,
                window_samples=window_samples,
                preemphasis=preemphasis,
                residual=residual,
                skips=skips,
            )
            for _ in range(1 if shared else stages)
        ]
        self.generators = nn.ModuleList(generators)
        self.total_stride = generators[0].total_stride

    def code_shape(self, num_samples: int) -> tuple[int, int]:
        """Channels and time of each stage's code of ``num_samples`` samples."""
        first = self.generators[0]
        assert isinstance(first, SEGANGenerator)
        return first.code_shape(num_samples)

    def cleaned(
        self, noisy: Waves, latent: Float[Tensor, "stage batch feature code"] | None = None
    ) -> list[Waves]:
        """Output of every stage, first to last, (batch, 1, time) each.

        Parameters
        ----------
        noisy
            In the network's domain; ``time`` is a multiple of ``total_stride``.
        latent
            z of every stage. Without it each is drawn in training mode and zero in evaluation.

        Raises
        ------
        ValueError
            The length does not fit, or ``latent`` has the wrong shape.
        """
        if latent is not None and len(latent) != self.stages:
            raise ValueError(f"latent is for {len(latent)} stages, there are {self.stages}")
        outputs, x = [], noisy
        for stage in range(self.stages):
            generator = self.generators[0 if self.shared else stage]
            x = generator(x, None if latent is None else latent[stage])
            outputs.append(x)
        return outputs

    def forward(
        self, noisy: Waves, latent: Float[Tensor, "stage batch feature code"] | None = None
    ) -> Waves:
        """The last stage's output; parameters as of :meth:`cleaned`."""
        return self.cleaned(noisy, latent)[-1]
