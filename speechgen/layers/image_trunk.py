"""The trunk of an image discriminator: strided convolutions, all feature maps kept."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import spectral_norm

from speechgen.layers.image_coders import level_sizes

#: norms between the convolutions of a trunk and their rectifiers
TRUNK_NORMS = ("batch", "layer", "spectral", "none")


def halvings(image_shape: Sequence[int], smallest: int = 4) -> int:
    """How often an image must be halved (rounding up) until no side is over ``smallest``; 1 at
    least. 64 -> 32 -> 16 -> 8 -> 4 are four."""
    largest, count = max(image_shape[1:]), 0
    while largest > smallest or count == 0:
        largest, count = (largest + 1) // 2, count + 1
    return count


class StridedTrunk(nn.Module):
    """(batch, channel, height, width) -> the feature maps of every level, the smallest last.

    Each level is a convolution of stride 2 that halves both sides, rounding up: kernel 4 for an
    even side, 3 for an odd one. Nothing is pooled. The first level has no batch or layer norm (A.
    Radford et al., arXiv:1511.06434, section 3).

    Parameters
    ----------
    channels
        Width of each level.
    norm
        "batch"; "layer", over all of one example (for the gradient penalty, arXiv:1704.00028,
        section 4); "spectral", of every convolution's weights (arXiv:1802.05957); or "none".
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        channels: Sequence[int],
        *,
        norm: str = "batch",
        negative_slope: float = 0.2,
    ) -> None:
        super().__init__()
        if norm not in TRUNK_NORMS:
            raise ValueError(f"norm is {norm!r}; known are {', '.join(TRUNK_NORMS)}")
        self.negative_slope = negative_slope
        sizes = level_sizes(image_shape, len(channels))
        self.code_shape = (channels[-1], *sizes[-1])
        self.convolutions = nn.ModuleList()
        self.norms = nn.ModuleList()
        before = image_shape[0]
        for level, width in enumerate(channels):
            rows, columns = (4 if side % 2 == 0 else 3 for side in sizes[level])
            convolution: nn.Module = nn.Conv2d(before, width, (rows, columns), stride=2, padding=1)
            if norm == "spectral":
                convolution = spectral_norm(convolution)
            self.convolutions.append(convolution)
            self.norms.append(_norm(norm if level else "none", width))
            before = width

    def forward(self, images: Float[Tensor, "batch channel height width"]) -> list[Tensor]:
        """Feature maps after each rectifier; the last is (batch, *code_shape)."""
        features: list[Tensor] = []
        x = images
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = leaky_relu(norm(convolution(x)), self.negative_slope)
            features.append(x)
        return features


def _norm(name: str, channels: int) -> nn.Module:
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(1, channels) if name == "layer" else nn.Identity()
