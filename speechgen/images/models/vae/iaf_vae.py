"""A convolutional VAE whose posterior is an inverse autoregressive flow.

Kingma et al. 2016 (arXiv:1606.04934), algorithm 1 and section 6.1::

    [mean, log_variance, h] = encoder(x)        z_0 = mean + exp(log_variance / 2) * noise
    z_t = sigma_t z_(t-1) + (1 - sigma_t) m_t,  [m_t, s_t] = masked network t (z_(t-1), h)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from speechgen.causal.masked_dense import MaskedAutoregression
from speechgen.images.models.vae.conv_vae import ConvVAE
from speechgen.variational import (
    UPDATES,
    DiagonalGaussian,
    InverseAutoregressiveFlow,
    posterior_for,
)

_OPEN_GATE = 1.5


class IAFVAE(ConvVAE):
    """A :class:`ConvVAE` with a flow between its Gaussian and its latents.

    Parameters
    ----------
    steps
        Of the flow; 0 leaves the diagonal Gaussian.
    flow_hidden
        Hidden widths of each step's masked network.
    update
        "gated" or "affine", see :class:`InverseAutoregressiveFlow`; gates begin nearly open.
    image_shape, channels, blocks, features, latent, observation, prior, activation
        As in :class:`ConvVAE`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: Sequence[int] = (16, 32, 32),
        blocks: int = 1,
        features: int = 256,
        latent: int = 32,
        steps: int = 2,
        flow_hidden: Sequence[int] = (320,),
        update: str = "gated",
        observation: str = "bernoulli",
        prior: str = "gaussian",
        activation: str = "elu",
    ) -> None:
        super().__init__(
            image_shape=image_shape, channels=channels, blocks=blocks, features=features,
            latent=latent, observation=observation, prior=prior, activation=activation,
        )  # fmt: skip
        if update not in UPDATES or steps < 0:
            raise ValueError(f"{steps} steps of update {update!r}; known are {', '.join(UPDATES)}")
        self.update = update
        bias = (0.0, _OPEN_GATE if update == "gated" else 0.0)
        self.flow = nn.ModuleList(
            MaskedAutoregression(latent, flow_hidden, context=features, bias=bias)
            for _ in range(steps)
        )

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Any:
        """q(z|x): the flow, on the support of the prior."""
        context = self.encoder(images)
        base = DiagonalGaussian.from_params(self.to_posterior(context))
        flow = InverseAutoregressiveFlow(base, tuple(self.flow), context, self.update)
        return posterior_for(self.prior, flow)
