"""An autoencoder with an integer code and learnt code probabilities: images to bytes and back.

L. Theis et al., "Lossy image compression with compressive autoencoders", arXiv:1703.00395::

    images -> encoder -> round -> entropy coder -> bytes -> whole numbers -> decoder -> images

Rounding has the derivative of the identity (section 2.1); the rate is that of the code with uniform
noise in place of rounding, an upper bound that can be differentiated (section 2.2). Here each entry
of the code has a mixture of logistics as its density, where the paper has Gaussian scale mixtures.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from speechgen.errors import DataError
from speechgen.images.models.autoencoder.autoencoder import ImageAutoencoder
from speechgen.images.models.autoencoder.autoencoder_parts import Codes, Images
from speechgen.layers.image_coders import ImageDecoder, image_encoder
from speechgen.likelihood.entropy import PRECISION, frequencies
from speechgen.likelihood.entropy import decode as decode_symbols
from speechgen.likelihood.entropy import encode as encode_symbols
from speechgen.likelihood.units import nats_to_bits

_MAGIC = b"SGci"
_COMPONENTS = 3
_FIRST_SCALE = 4.0  # of the codes before training, in steps of their rounding


class CompressiveAutoencoder(ImageAutoencoder):
    """Strided convolutions to a code of whole numbers and back.

    Parameters
    ----------
    image_shape
        Channels, height, width; any size.
    channels, latent
        Width after each halving of the sides, and of the code.
    largest
        The code's entries are whole numbers from -largest to largest.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: Sequence[int] = (32, 64),
        latent: int = 32,
        largest: int = 31,
    ) -> None:
        super().__init__(image_shape)
        if not 1 <= largest <= 1000 or latent < 1:
            raise ValueError(
                f"needs latent from 1 and largest from 1 to 1000, not {latent} and {largest}"
            )
        self.largest, self.latent = largest, latent
        sizes: dict[str, Any] = {"channels": channels, "activation": "relu"}
        self.encoder = image_encoder(self.image_shape, latent, **sizes)
        self.decoder = ImageDecoder(latent, self.image_shape, **sizes)
        self.log_scale = nn.Parameter(torch.zeros(latent))
        self.mixture = CodeMixture(latent)

    def codes(self, images: Images) -> Codes:
        """Codes before rounding, in quantisation steps."""
        codes: Tensor = _FIRST_SCALE * self.log_scale.exp() * self.encoder(images)
        return codes

    def latents(self, images: Images, labels: Tensor | None = None) -> Codes:
        """Integers (batch, latent), as floats, with the straight-through gradient."""
        codes = self.codes(images).clamp(-self.largest, self.largest)
        return codes + (codes.round() - codes).detach()

    def decode_logits(self, latents: Codes) -> Images:
        """Logits of the pixels of codes."""
        return super().decode_logits(latents / _FIRST_SCALE)

    def noisy_rate_bits(
        self, images: Images, generator: torch.Generator | None = None
    ) -> Float[Tensor, " batch"]:
        """Bits of each image's code with noise, uniform over a step, instead of rounding."""
        codes = self.codes(images)
        noise = torch.rand(codes.shape, generator=generator, device=codes.device) - 0.5
        return nats_to_bits(-self.mixture.log_mass(codes + noise).sum(1))

    def rate_bits(self, images: Images) -> Float[Tensor, " batch"]:
        """Bits of each image's rounded code, as short as its probabilities allow."""
        table = torch.from_numpy(self.tables()).to(images.device).double()
        symbols = (self.latents(images).round() + self.largest).long()
        chosen = table.gather(1, symbols.T).T / table.sum(1)
        return -chosen.log2().sum(1).to(images.dtype)

    @torch.no_grad()
    def tables(self) -> np.ndarray:
        """Frequencies (latent, symbol) of -largest to largest, for the entropy coder."""
        values = torch.arange(-self.largest, self.largest + 1, dtype=torch.float64)
        mixture = copy.deepcopy(self.mixture).cpu().double()
        mass = mixture.log_mass(values[:, None].expand(-1, self.latent)).exp()
        return frequencies(mass.T.numpy())

    @torch.no_grad()
    def compress(self, images: Images) -> bytes:
        """Bytes of images: 12 of a header, then the codes."""
        tables = self.tables()
        symbols = (self.latents(images).round().long() + self.largest).flatten().tolist()
        coded = encode_symbols(symbols, list(range(self.latent)) * len(images), tables)
        return _header(len(images), tables) + coded

    @torch.no_grad()
    def decompress_codes(self, data: bytes) -> Codes:
        """The rounded codes behind ``data``, exactly those that :meth:`compress` wrote.

        Raises
        ------
        DataError
            The bytes are damaged, or were written with other weights.
        """
        tables = self.tables()
        count = int.from_bytes(data[4:8], "big")
        if data[:12] != _header(count, tables):
            raise DataError("the bytes are not images compressed by this very model")
        least_bits = PRECISION * self.latent - np.log2(tables.max(axis=1)).sum()
        if count * least_bits > 8 * len(data):  # before memory is taken
            raise DataError(f"{len(data)} bytes cannot hold {count} images")
        symbols = decode_symbols(data[12:], list(range(self.latent)) * count, tables)
        codes = torch.tensor(symbols, dtype=torch.float32).view(count, self.latent)
        return codes.to(self.log_scale.device) - self.largest

    def decompress(self, data: bytes) -> Images:
        """Images in [0, 1] of the bytes :meth:`compress` gave."""
        return self.decode(self.decompress_codes(data))


class CodeMixture(nn.Module):
    """A mixture of logistics for each entry of a code, integrated over a step of its rounding."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(latent, _COMPONENTS))
        self.mean = nn.Parameter(torch.linspace(-2.0, 2.0, _COMPONENTS).repeat(latent, 1))
        self.log_scale = nn.Parameter(torch.zeros(latent, _COMPONENTS))

    def log_mass(self, codes: Codes) -> Codes:
        """log P(code - 1/2 < value < code + 1/2) in nats, (batch, latent), without cancellation."""
        scale = self.log_scale.clamp(-5.0, 5.0).exp()
        away = codes[..., None] - self.mean
        upper, lower = (away + 0.5) / scale, (away - 0.5) / scale
        # s(u) - s(l) = s(u) s(-l) (1 - exp(l - u)) for the sigmoid s
        inside = torch.log(-torch.expm1(lower - upper))
        each = logsigmoid(upper) + logsigmoid(-lower) + inside
        return torch.logsumexp(self.weight.log_softmax(-1) + each, dim=-1)


def _header(count: int, tables: np.ndarray) -> bytes:
    """Magic number, number of images, and a checksum of the probability tables."""
    check = zlib.crc32(tables.astype(">i4").tobytes())
    return _MAGIC + count.to_bytes(4, "big") + check.to_bytes(4, "big")
