"""DCGAN's discriminator: strided convolutions, leaky rectifiers, one logit.

A. Radford et al., arXiv:1511.06434, section 3. With classes it is a projection discriminator (T.
Miyato, M. Koyama, arXiv:1802.05637, equation 5): the class's vector times the features is added to
the logit. Without batch norm, layer or spectral norm in its place, it serves as Wasserstein critic.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from speechgen.images.models.gan.dcgan import initialise
from speechgen.images.models.gan.latent_generator import Images
from speechgen.layers.image_trunk import StridedTrunk, halvings
from speechgen.layers.labels import one_hot

DiscriminatorOutput = tuple[list[Float[Tensor, "batch 1"]], list[list[Tensor]]]


class DCGANDiscriminator(nn.Module):
    """A convolutional discriminator of images (batch, channel, height, width) in [-1, 1].

    Parameters
    ----------
    image_shape, num_classes
        As the generator's.
    channels
        Width of the first level; it doubles from there. 64 in the paper's code.
    max_channels, smallest
        As the generator's.
    norm
        "batch" (the paper's), "layer", "spectral" or "none", see :class:`StridedTrunk`.
    negative_slope
        Of the leaky rectifiers.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: int = 32,
        max_channels: int = 512,
        smallest: int = 4,
        norm: str = "batch",
        negative_slope: float = 0.2,
        num_classes: int = 0,
    ) -> None:
        super().__init__()
        levels = halvings(image_shape, smallest)
        widths = [min(channels * 2**level, max_channels) for level in range(levels)]
        self.norm = norm
        self.num_classes = num_classes
        self.trunk = StridedTrunk(image_shape, widths, norm=norm, negative_slope=negative_slope)
        width, height, breadth = self.trunk.code_shape
        self.features = width * height * breadth
        self.head: nn.Module = nn.Linear(self.features, 1)
        self.classes = nn.Linear(num_classes, self.features, bias=False) if num_classes else None
        if norm == "batch":
            initialise(self)
        elif norm == "spectral":
            self.head = spectral_norm(self.head)

    @property
    def examples_independent(self) -> bool:
        """Whether an example's logit is the same whatever else is in the call."""
        return self.norm != "batch"

    def forward(self, images: Images, labels: Tensor | None = None) -> DiscriminatorOutput:
        """``([logits (batch, 1)], [feature maps])``; with classes ``labels`` are needed."""
        features = self.trunk(images)
        return [self.verdict(features[-1].flatten(1), labels)], [features]

    def verdict(self, flat: Tensor, labels: Tensor | None) -> Float[Tensor, "batch 1"]:
        """The logits of flat features (batch, feature)."""
        logits: Tensor = self.head(flat)
        if self.classes is None:
            return logits
        classes = one_hot(labels, self.num_classes).to(flat.dtype)
        return logits + (self.classes(classes) * flat).sum(dim=1, keepdim=True)
