"""SRGAN: super-resolution with a GAN.

C. Ledig et al. 2017, "Photo-realistic single image super-resolution using a generative adversarial
network", arXiv:1609.04802, section 2.1.1 and figure 4: residual blocks at the small size, then
convolutions whose channels become pixels (sub-pixel convolution, arXiv:1609.05158).
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from speechgen.errors import ConfigError, ModelError
from speechgen.layers.ranges import signed, unsigned

Small = Float[Tensor, "batch channel height width"]
Large = Float[Tensor, "batch channel large_height large_width"]


def enlarged(images: Small, scale: int) -> Large:
    """``scale`` times as high and wide by bicubic interpolation, within [0, 1]."""
    size = (images.shape[2] * scale, images.shape[3] * scale)
    return interpolate(images, size, mode="bicubic", align_corners=False).clamp(0.0, 1.0)


def shrunk(images: Large, scale: int) -> Small:
    """One pixel for each square of ``scale`` by ``scale``: its mean."""
    return nn.functional.avg_pool2d(images, scale)


class ResidualBlock(nn.Module):
    """x + conv, norm, PReLU, conv, norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.PReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out."""
        return x + self.body(x)


class SRGAN(nn.Module):
    """The generator: small images to large ones.

    Parameters
    ----------
    image_shape
        (channel, height, width) of the large images; ``scale`` divides height and width.
    scale
        How much larger: 2, 4 or 8.
    channels, blocks
        Width, and residual blocks: 64 and 16 in the paper.
    interpolated
        Whether the network predicts a residual to bicubic interpolation, zero at first. Otherwise
        it predicts the whole image, as in the paper.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        scale: int = 4,
        channels: int = 64,
        blocks: int = 16,
        interpolated: bool = False,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        if scale not in (2, 4, 8) or any(size % scale for size in self.image_shape[1:]):
            raise ConfigError(
                f"images of {self.image_shape[1]}x{self.image_shape[2]} pixels at scale {scale}: "
                "needs a scale of 2, 4 or 8 that divides both"
            )
        if channels < 1 or blocks < 1:
            raise ConfigError(f"channels is {channels} and blocks {blocks}; 1 at least")
        self.scale = scale
        self.interpolated = interpolated
        image_channels = self.image_shape[0]
        self.first = nn.Sequential(nn.Conv2d(image_channels, channels, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(
            *(ResidualBlock(channels) for _ in range(blocks)),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.up = nn.Sequential(
            *(self._double(channels) for _ in range(scale.bit_length() - 1)),
            nn.Conv2d(channels, image_channels, 9, padding=4),
        )
        if interpolated:
            for parameter in self.up[-1].parameters():
                nn.init.zeros_(parameter)

    @staticmethod
    def _double(channels: int) -> nn.Module:
        """Twice the height and width: the channels of four pixels become four pixels."""
        conv = nn.Conv2d(channels, 4 * channels, 3, padding=1)
        return nn.Sequential(conv, nn.PixelShuffle(2), nn.PReLU())

    def forward(self, small: Small) -> Large:
        """Large images in [0, 1] of small ones, of any size."""
        if small.shape[1] != self.image_shape[0]:
            raise ModelError(f"images have {small.shape[1]} channels, not {self.image_shape[0]}")
        x = self.first(signed(small))
        detail = self.up(x + self.blocks(x))
        if self.interpolated:
            return (enlarged(small, self.scale) + detail).clamp(0.0, 1.0)
        return unsigned(detail.tanh())

    def super_resolve(self, images: Small) -> Large:
        """``scale`` times as high and wide."""
        return self(images)

    def shrink(self, images: Large) -> Small:
        """The low-resolution inputs of training: means of squares of pixels."""
        return shrunk(images, self.scale)
