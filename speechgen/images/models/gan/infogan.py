"""InfoGAN: X. Chen et al., arXiv:1606.03657. A GAN whose latent holds a code that can be inferred.

The generator is DCGAN's with a latent of noise and a code; the discriminator is DCGAN's with one
more dense layer, the recogniser Q, on the same trunk (section 4 and appendix C).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.adversarial import CodeSpace
from speechgen.images.models.gan.dcgan import DCGANGenerator
from speechgen.images.models.gan.dcgan_discriminator import DCGANDiscriminator
from speechgen.images.models.gan.latent_generator import Images, Latents
from speechgen.layers.image_trunk import StridedTrunk
from speechgen.variational import prior_named


class InfoGANGenerator(DCGANGenerator):
    """DCGAN's generator of latents (noise, code).

    Parameters
    ----------
    noise_size
        Size of the unstructured part of the latent.
    categories, continuous
        The code, see :class:`CodeSpace`.
    image_shape, channels, max_channels, smallest, prior
        As in :class:`DCGANGenerator`; ``prior`` is that of the noise.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        noise_size: int = 32,
        categories: Sequence[int] = (10,),
        continuous: int = 2,
        channels: int = 32,
        max_channels: int = 1024,
        smallest: int = 4,
        prior: str = "gaussian",
    ) -> None:
        codes = CodeSpace(tuple(categories), continuous)
        super().__init__(
            image_shape=image_shape,
            latent_size=noise_size + codes.size,
            channels=channels,
            max_channels=max_channels,
            smallest=smallest,
            prior=prior,
        )
        self.codes = codes
        self.noise_size = noise_size

    def draw(self, count: int, *, generator: torch.Generator | None = None) -> Latents:
        """Noise from its prior, codes from theirs."""
        normal = torch.randn(count, self.noise_size, generator=generator)
        noise: Tensor = prior_named(self.prior, normal).sample(normal)
        latents = torch.cat([noise, self.codes.draw(count, generator=generator)], dim=1)
        return latents.to(next(self.parameters()).device)

    def code_of(self, latents: Latents) -> Float[Tensor, "batch code"]:
        """The part of latents that is the code."""
        return latents[:, self.noise_size :]


class CodeRecogniser(nn.Module):
    """Q(code | image): a dense layer on a trunk that it shares with the discriminator."""

    def __init__(self, trunk: StridedTrunk, features: int, num_params: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.codes = nn.Linear(features, num_params)

    def forward(self, images: Images) -> Float[Tensor, "batch param"]:
        """Q's parameters, see :class:`CodeSpace`."""
        return self.codes(self.trunk(images)[-1].flatten(1))


class InfoGANDiscriminator(DCGANDiscriminator):
    """DCGAN's discriminator, and :attr:`recogniser`, which has the same trunk.

    Parameters
    ----------
    categories, continuous
        The code, as the generator's.
    image_shape, channels, max_channels, smallest, norm, negative_slope
        As in :class:`DCGANDiscriminator`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        categories: Sequence[int] = (10,),
        continuous: int = 2,
        channels: int = 32,
        max_channels: int = 512,
        smallest: int = 4,
        norm: str = "batch",
        negative_slope: float = 0.2,
    ) -> None:
        super().__init__(
            image_shape=image_shape,
            channels=channels,
            max_channels=max_channels,
            smallest=smallest,
            norm=norm,
            negative_slope=negative_slope,
        )
        codes = CodeSpace(tuple(categories), continuous)
        self.recogniser = CodeRecogniser(self.trunk, self.features, codes.num_params)
