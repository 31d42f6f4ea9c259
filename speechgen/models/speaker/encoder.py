"""Speaker encoder: speech of any length to a unit vector that identifies the voice.

The topology follows the x-vector family: D. Snyder et al., "X-vectors: robust DNN embeddings for
speaker recognition", ICASSP 2018 (time-delay layers, statistics pooling, one linear layer), with
residual links and the attentive statistics pooling of K. Okabe et al., arXiv:1803.10963, eqs. 3-6::

    wave -> log-mel - mean over time -> conv 5, stride 2 -> residual blocks (dilation 1, 2, ...)
         -> conv 1 -> attention-weighted mean and deviation -> linear -> batch norm -> unit length

Used with a margin softmax over the training speakers it gives a d-vector in the sense of
L. Wan et al., arXiv:1710.10467.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.models.speaker.log_mel import LogMel
from speechgen.shapes import Vectors


class SpeakerEncoder(nn.Module):
    """Waveforms (batch, time) to embeddings (batch, feature) of unit length.

    Parameters
    ----------
    sample_rate
        Hz; what ``forward`` expects.
    num_mels
        Bands of the log-mel front end (25 ms windows every 10 ms).
    channels
        Width of the convolutions.
    num_blocks
        Residual blocks; block b has dilation b + 1.
    pooled_channels
        Width before the statistics are taken.
    embedding_features
        Length of the vectors.
    dropout
        Chance of a spectrum's band to be left out in training.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        num_mels: int = 40,
        channels: int = 128,
        num_blocks: int = 4,
        pooled_channels: int = 256,
        embedding_features: int = 256,
        dropout: float = 0.05,
    ) -> None:
        super().__init__()
        if min(num_mels, channels, num_blocks, pooled_channels, embedding_features) < 1:
            raise ValueError("every width and number of blocks must be at least 1")
        self.sample_rate = sample_rate
        self.embedding_features = embedding_features
        self.spectrum = LogMel(sample_rate, num_mels)
        self.dropout = nn.Dropout1d(dropout)
        self.first = _conv_block(num_mels, channels, kernel_size=5, stride=2)
        self.blocks = nn.ModuleList(
            _conv_block(channels, channels, kernel_size=3, dilation=index + 1)
            for index in range(num_blocks)
        )
        self.last = _conv_block(channels, pooled_channels, kernel_size=1)
        self.attention = nn.Sequential(
            nn.Conv1d(pooled_channels, 64, 1), nn.Tanh(), nn.Conv1d(64, pooled_channels, 1)
        )
        self.project = nn.Linear(2 * pooled_channels, embedding_features)
        # centred and of like spread in all directions, so that cosines start around 0
        self.spread = nn.BatchNorm1d(embedding_features, affine=False)

    def forward(self, wave: Tensor) -> Vectors:
        """Embed waves (batch, time); under 0.1 s they are repeated to that length."""
        spectrum = self.dropout(self.spectrum(wave))
        hidden = self.first(spectrum)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        hidden = self.last(hidden)
        embeddings = self.spread(self.project(self._statistics(hidden)).float())
        return nn.functional.normalize(embeddings, dim=1)

    def _statistics(self, hidden: Tensor) -> Tensor:
        """Attention-weighted mean and deviation over time: (batch, 2 * channel)."""
        weights = self.attention(hidden).float().softmax(dim=2)
        hidden = hidden.float()
        mean = (weights * hidden).sum(dim=2)
        variance = (weights * (hidden - mean.unsqueeze(2)).square()).sum(dim=2)
        return torch.cat([mean, (variance + 1e-6).sqrt()], dim=1)


def _conv_block(
    inputs: int, outputs: int, *, kernel_size: int, dilation: int = 1, stride: int = 1
) -> nn.Sequential:
    padding = dilation * (kernel_size - 1) // 2
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel_size, stride, padding, dilation),
        nn.ReLU(),
        nn.BatchNorm1d(outputs),
    )
