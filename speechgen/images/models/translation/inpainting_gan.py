"""Image inpainting with a GAN.

S. Iizuka, E. Simo-Serra, H. Ishikawa 2017, "Globally and locally consistent image completion",
doi:10.1145/3072959.3073659, section 3.2: strided convolutions, dilated ones with a large
receptive field around the hole, and transposed convolutions. Known pixels replace the output's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError

Images = Float[Tensor, "batch channel height width"]
Known = Bool[Tensor, "batch 1 height width"]


def _conv(
    before: int, after: int, kernel_size: int, stride: int = 1, dilation: int = 1
) -> nn.Module:
    padding = dilation * (kernel_size // 2)
    conv = nn.Conv2d(before, after, kernel_size, stride, padding, dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(after), nn.ReLU())


class InpaintingGAN(nn.Module):
    """The inpainting network (the generator).

    Parameters
    ----------
    image_shape
        (channel, height, width); ``2**halvings`` divides height and width.
    channels
        Width of the first layer; it doubles with every halving. 64 in the paper.
    halvings
        Strided layers; two in the paper.
    dilations
        Of the dilated layers, at the small size.
    noisy
        Whether holes are filled with noise, so that different seeds may give different inpaintings;
        otherwise with grey, as the paper fills them with the mean colour.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: int = 64,
        halvings: int = 2,
        dilations: Sequence[int] = (2, 4, 8, 16),
        noisy: bool = True,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        if halvings < 0 or any(size % 2**halvings for size in self.image_shape[1:]):
            raise ConfigError(
                f"images of {self.image_shape[1]}x{self.image_shape[2]} pixels cannot be halved "
                f"{halvings} times; take fewer halvings"
            )
        if channels < 2 or any(dilation < 1 for dilation in dilations):
            raise ConfigError(
                f"channels is {channels}, dilations {list(dilations)}; needs 2 and 1 or more"
            )
        self.noisy = noisy
        layers: list[nn.Module] = [_conv(self.image_shape[0] + 1, channels, 5)]
        width = channels
        for _ in range(halvings):
            layers += [_conv(width, 2 * width, 3, stride=2), _conv(2 * width, 2 * width, 3)]
            width *= 2
        layers += [_conv(width, width, 3, dilation=int(dilation)) for dilation in dilations]
        layers.append(_conv(width, width, 3))
        for _ in range(halvings):
            layers += [
                nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
                nn.BatchNorm2d(width // 2),
                nn.ReLU(),
                _conv(width // 2, width // 2, 3),
            ]
            width //= 2
        layers += [_conv(width, width // 2, 3), nn.Conv2d(width // 2, self.image_shape[0], 3, 1, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Images, known: Known, noise: Images | None = None) -> Images:
        """Whole images in [0, 1], known pixels regenerated too.

        Parameters
        ----------
        images
            In [0, 1]; ignored where ``known`` is false.
        noise
            In [0, 1], what holes are filled with; grey where there is none.
        """
        if images.shape[1:] != self.image_shape:
            raise ModelError(f"images are {tuple(images.shape[1:])}, not {self.image_shape}")
        filling = torch.full_like(images, 0.5) if noise is None else noise
        given = torch.where(known, images, filling)
        hole = (~known).to(images.dtype)
        return torch.sigmoid(self.layers(torch.cat([given, hole], dim=1)))

    def noise(self, images: Images, generator: torch.Generator | None = None) -> Images | None:
        """What to fill holes of ``images`` with, or None."""
        if not self.noisy:
            return None
        device = images.device if generator is None else generator.device
        drawn = torch.rand(images.shape, generator=generator, device=device, dtype=images.dtype)
        return drawn.to(images.device)

    def inpaint(
        self,
        images: Images,
        known: Known,
        *,
        generator: torch.Generator,
        labels: Tensor | None = None,
    ) -> Images:
        """The known pixels unchanged, the others generated."""
        filled = self(images, known, self.noise(images, generator))
        return torch.where(known, images, filled)
