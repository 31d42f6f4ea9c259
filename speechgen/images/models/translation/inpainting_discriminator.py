"""The discriminator of inpainting: a global network and a local one, around the hole.

S. Iizuka, E. Simo-Serra, H. Ishikawa 2017, doi:10.1145/3072959.3073659, section 3.3 and table 2:
the codes of both are joined to one logit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.layers.ranges import signed

Marked = Float[Tensor, "batch channel height width"]


def hole_windows(marked: Marked, size: tuple[int, int]) -> Float[Tensor, "batch _ rows columns"]:
    """The part of each image, ``size`` high and wide, whose centre is nearest that of its hole.

    Parameters
    ----------
    marked
        Images with one more channel, the last: 1 where a pixel is known, 0 in the hole.
    """
    hole = marked[:, -1] < 0.5
    index = []
    for axis, length in ((2, size[0]), (1, size[1])):
        line = hole.any(dim=axis).to(marked.dtype)  # (batch, rows or columns)
        places = torch.arange(line.shape[1], device=marked.device, dtype=marked.dtype)
        centre = (line * places).sum(1) / line.sum(1).clamp_min(1.0)
        start = (centre - (length - 1) / 2).round().clamp(0, line.shape[1] - length).long()
        index.append(start[:, None] + torch.arange(length, device=marked.device))
    rows, columns = index[0][:, :, None], index[1][:, None, :]
    examples = torch.arange(len(marked), device=marked.device)[:, None, None]
    return marked[:, :-1].permute(0, 2, 3, 1)[examples, rows, columns].permute(0, 3, 1, 2)


class InpaintingDiscriminator(nn.Module):
    """Global and local discriminator in one.

    Parameters
    ----------
    image_shape
        (channel, height, width) of the images.
    channels
        Width of the first layer; it doubles from layer to layer up to eight times that.
    code
        Length of each network's code; 1024 in the paper.
    window
        Height and width of the local part as shares of the image's; a half in the paper.
    """

    examples_independent = False  # batch norm

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: int = 64,
        code: int = 1024,
        window: float = 0.5,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        if not 0 < window <= 1 or min(self.image_shape[1:]) < 4 or channels < 1:
            raise ConfigError(
                f"a window of {window} of {self.image_shape[1]}x{self.image_shape[2]} pixels and "
                f"{channels} channels; take a window in (0, 1], images from 4x4, channels from 1"
            )
        height, width = (max(2, round(size * window)) for size in self.image_shape[1:])
        self.window = (height, width)
        self.whole = _encoder(self.image_shape, channels, code)
        self.part = _encoder((self.image_shape[0], *self.window), channels, code)
        self.head = nn.Linear(2 * code, 1)

    def forward(self, marked: Marked) -> tuple[list[Tensor], list[list[Tensor]]]:
        """``([logits], [feature maps])`` of images in [0, 1] whose last channel marks known pixels.

        The mask locates the local part; neither network sees it. Feature maps are those of the
        global network, then those of the local one.
        """
        wanted = (self.image_shape[0] + 1, *self.image_shape[1:])
        if marked.shape[1:] != wanted:
            raise ModelError(f"marked images are {tuple(marked.shape[1:])}, not {wanted}")
        features: list[Tensor] = []
        codes = []
        pictures = (marked[:, :-1], hole_windows(marked, self.window))
        for encoder, pixels in zip((self.whole, self.part), pictures, strict=True):
            x = signed(pixels)
            for layer in encoder[:-1]:
                x = layer(x)
                features.append(x)
            codes.append(encoder[-1](x.flatten(1)).relu())
        return [self.head(torch.cat(codes, dim=1))], [features]


def _encoder(shape: Sequence[int], channels: int, code: int) -> nn.ModuleList:
    """Strided layers down to about four pixels and a dense one."""
    size = [int(side) for side in shape[1:]]
    count = max(1, min(size).bit_length() - 2)
    widths = [int(shape[0]), *(channels * min(2**i, 8) for i in range(count))]
    layers = nn.ModuleList()
    for before, after in itertools.pairwise(widths):
        conv = nn.Conv2d(before, after, 5, 2, 2, bias=False)
        layers.append(nn.Sequential(conv, nn.BatchNorm2d(after), nn.ReLU()))
        size = [(side + 1) // 2 for side in size]
    layers.append(nn.Linear(widths[-1] * size[0] * size[1], code))
    return layers
