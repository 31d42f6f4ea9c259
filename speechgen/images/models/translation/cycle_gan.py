"""CycleGAN: two translations, inverse to each other, learnt without pairs.

J.-Y. Zhu, T. Park, P. Isola, A. Efros 2017, arXiv:1703.10593. Each translation is the residual
network of section 7.2 (J. Johnson et al. 2016, arXiv:1603.08155): a wide convolution, strided ones
down, residual blocks, and transposed ones up, with instance norm and mirrored borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu

from speechgen.errors import ConfigError, ModelError
from speechgen.layers.ranges import signed, unsigned

Images = Float[Tensor, "batch channel height width"]
DIRECTIONS = ("a_to_b", "b_to_a")


def mirrored(before: int, after: int, kernel_size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution whose borders are mirrored; its normal weights are those of section 7.1."""
    padding = kernel_size // 2
    return nn.Conv2d(before, after, kernel_size, stride, padding, padding_mode="reflect")


class ResidualBlock(nn.Module):
    """x + two convolutions of x."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (mirrored(channels, channels, 3) for _ in range(2))
        self.norms = nn.ModuleList(nn.InstanceNorm2d(channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape in and out."""
        inner: Tensor = relu(self.norms[0](self.first(x)))
        return x + self.norms[1](self.second(inner))


class Translation(nn.Module):
    """One generator: (batch, channel, height, width) in [0, 1] to the same."""

    def __init__(self, image_channels: int, channels: int, halvings: int, blocks: int) -> None:
        super().__init__()
        self.first = mirrored(image_channels, channels, 7)
        widths = [channels * 2**level for level in range(halvings + 1)]
        self.down = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], 3, 2, 1) for i in range(halvings)
        )
        self.blocks = nn.ModuleList(ResidualBlock(widths[-1]) for _ in range(blocks))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(widths[i + 1], widths[i], 3, 2, 1) for i in reversed(range(halvings))
        )
        self.last = mirrored(channels, image_channels, 7)
        # without weights of its own, one norm per width would do; one per layer reads better
        self.norms = nn.ModuleList(
            nn.InstanceNorm2d(width) for width in [*widths, *reversed(widths[:-1])]
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, images: Images) -> Images:
        """The images in the other domain."""
        norms = iter(self.norms)
        x = relu(next(norms)(self.first(signed(images))))
        sizes = []
        for down in self.down:
            sizes.append(x.shape[2:])
            x = relu(next(norms)(down(x)))
        for block in self.blocks:
            x = block(x)
        for up in self.up:
            x = relu(next(norms)(up(x, output_size=sizes.pop())))
        return unsigned(self.last(x).tanh())


class CycleGAN(nn.Module):
    """The translations ``a_to_b`` and ``b_to_a`` between two domains.

    Parameters
    ----------
    image_shape
        (channel, height, width) of both domains; the smaller side divided by 2**halvings must be 2
        or more, and 4 pixels at least.
    channels
        Width of the first layer; it doubles with every halving.
    halvings
        Strided layers of each translation; two in the paper.
    blocks
        Residual blocks; the paper has 6 at 128x128 and 9 at 256x256.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: int = 64,
        halvings: int = 2,
        blocks: int = 6,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        smallest = min(self.image_shape[1:])
        if smallest < 4 or halvings < 0 or smallest < 2 ** (halvings + 1):
            raise ConfigError(
                f"{halvings} halvings of {self.image_shape[1]}x{self.image_shape[2]} pixels leave "
                "fewer than 2; take fewer halvings, or images of 4x4 pixels and more"
            )
        if channels < 1 or blocks < 0:
            raise ConfigError(f"channels is {channels} and blocks {blocks}; 1 and 0 at least")
        sizes: tuple[Any, ...] = (self.image_shape[0], channels, halvings, blocks)
        self.a_to_b, self.b_to_a = Translation(*sizes), Translation(*sizes)

    def translate(self, images: Images, direction: str = "a_to_b") -> Images:
        """Images of one domain in the other; ``direction`` is "a_to_b" or "b_to_a"."""
        if direction not in DIRECTIONS:
            raise ModelError(f"no direction {direction!r}; known are {', '.join(DIRECTIONS)}")
        translated: Tensor = getattr(self, direction)(images)
        return translated
