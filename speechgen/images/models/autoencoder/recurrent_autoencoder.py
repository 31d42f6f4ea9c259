"""An LSTM autoencoder of sequences of any length.

N. Srivastava, E. Mansimov, R. Salakhutdinov, arXiv:1502.04681, section 2.1 (the unconditioned
decoder). The decoder runs backwards, so that it starts with the row that was read last::

    row 0 -> row 1 -> ... -> row n-1 -> code -> row n-1 -> ... -> row 1 -> row 0

An image is the sequence of its rows; its height may vary, its width may not.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from speechgen.images.models.autoencoder.autoencoder_parts import Codes, Images, checked_image_shape

Rows = Float[Tensor, "batch time feature"]
Lengths = Int[Tensor, " batch"]


class RecurrentAutoencoder(nn.Module):
    """An LSTM encodes rows to a code, another decodes as many rows as asked for.

    Parameters
    ----------
    image_shape
        Channels, height, width of the images in training; others may have another height.
    hidden
        State of both LSTMs.
    latent
        Features of the code.
    """

    num_classes = 0

    def __init__(
        self, *, image_shape: Sequence[int] = (1, 28, 28), hidden: int = 128, latent: int = 32
    ) -> None:
        super().__init__()
        self.image_shape = checked_image_shape(image_shape)
        row = self.image_shape[0] * self.image_shape[2]
        self.reader = nn.LSTM(row, hidden, batch_first=True)
        self.code = nn.Linear(hidden, latent)
        self.start = nn.Linear(latent, hidden)
        self.writer = nn.LSTM(latent, hidden, batch_first=True)
        self.row = nn.Linear(hidden, row)

    def encode_rows(self, rows: Rows, lengths: Lengths) -> Codes:
        """Codes of sequences: the first ``lengths`` rows of each count, the rest is padding."""
        if len(lengths) != len(rows) or lengths.min() < 1 or lengths.max() > rows.shape[1]:
            raise ValueError(
                f"lengths {lengths.tolist()} do not fit {len(rows)} sequences of {rows.shape[1]}"
            )
        packed = pack_padded_sequence(rows, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (state, _) = self.reader(packed)
        code: Tensor = self.code(state[0])
        return code

    def decode_rows(self, codes: Codes, lengths: Lengths) -> Rows:
        """Logits of sequences of ``lengths`` rows, as long as the longest, with zeros behind."""
        longest = int(lengths.max())
        state = self.start(codes).tanh()[None]
        inputs = codes[:, None].expand(-1, longest, -1)
        backwards = self.row(self.writer(inputs, (state, torch.zeros_like(state)))[0])
        places = lengths[:, None] - 1 - torch.arange(longest, device=codes.device)
        index = places.clamp_min(0)[..., None].expand(-1, -1, backwards.shape[2])
        return backwards.gather(1, index) * (places >= 0)[..., None]

    def latents(self, images: Images, labels: Tensor | None = None) -> Codes:
        """The codes (batch, latent) of images of any height; labels are ignored."""
        rows = images.transpose(1, 2).flatten(2)  # (batch, height, channel * width)
        return self.encode_rows(rows, _full(images, rows.shape[1]))

    def decode_logits(self, latents: Codes, height: int | None = None) -> Images:
        """Logits of the pixels of images of ``height`` rows (None: as in training)."""
        channels, usual, width = self.image_shape
        rows = self.decode_rows(latents, _full(latents, usual if height is None else height))
        return rows.unflatten(2, (channels, width)).transpose(1, 2)

    def decode(
        self, latents: Codes, labels: Tensor | None = None, height: int | None = None
    ) -> Images:
        """Images in [0, 1] of codes."""
        return self.decode_logits(latents, height).sigmoid()

    def forward(self, images: Images) -> Images:
        """Logits of the pixels of the reconstructions, of the shape of ``images``."""
        return self.decode_logits(self.latents(images), images.shape[2])

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Images encoded and decoded, in [0, 1]."""
        return self(images).sigmoid()


def _full(like: Tensor, length: int) -> Tensor:
    return torch.full((len(like),), length, device=like.device)
