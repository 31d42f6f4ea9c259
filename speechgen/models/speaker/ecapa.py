"""ECAPA-TDNN: a speaker encoder with channel attention, after arXiv:2005.07143.

B. Desplanques, J. Thienpondt, K. Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation
and Aggregation in TDNN Based Speaker Verification", Interspeech 2020, section 3 and figure 2, in
about a sixth of its width::

    wave -> log-mel - mean over time -> conv 5 --+--> block --+--> block --+--> block
                                                 |     |      |      |     |      |
                     each block's input is the sum of all outputs before it       |
                                                       +------ concatenated ------+
         -> conv 1 -> attentive statistics with context -> linear -> batch norm -> unit length
    [wave -> log-mel -> mean and deviation over time, less the typical ones      -> unit length]

A block is conv 1, Res2 convolutions (S. Gao et al., arXiv:1904.01169: eight groups of channels,
each sees the group before it, so that one layer has many time spans), conv 1, and
squeeze-and-excitation (J. Hu et al., arXiv:1709.01507) over the whole utterance.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from speechgen.models.speaker.average_spectrum import AverageSpectrum
from speechgen.models.speaker.log_mel import LogMel, without_mean
from speechgen.models.speaker.spectrum_masks import SpectrumMasks
from speechgen.models.speaker.weighted_statistics import weighted_statistics
from speechgen.shapes import Vectors


class EcapaEncoder(nn.Module):
    """Waveforms (batch, time) to embeddings (batch, feature) of unit length.

    Parameters
    ----------
    sample_rate
        Hz; what ``forward`` expects.
    num_mels
        Bands of the log-mel front end (25 ms windows every 10 ms).
    channels
        Width of the blocks; a multiple of ``groups``.
    groups
        Parts of the channels in a Res2 convolution.
    dilations
        Of the blocks, one each.
    pooled_channels
        Width before the statistics are taken.
    attention_channels
        Width inside of squeeze-and-excitation and of the attention over time.
    embedding_features
        Numbers that the network gives. With a ``spectrum_weight`` vectors are longer by two for
        each band; the attribute is their whole length.
    spectrum_weight
        Of the cosine of average spectra beside that of what the network gives
        (:class:`AverageSpectrum`); 0 leaves them out.
    masked_bands, masked_frames
        In training up to so many neighbouring bands and frames of each spectrum are left out
        (D. Park et al., arXiv:1904.08779).
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        num_mels: int = 80,
        channels: int = 208,
        groups: int = 8,
        dilations: Sequence[int] = (2, 3, 4),
        pooled_channels: int = 384,
        attention_channels: int = 64,
        embedding_features: int = 192,
        spectrum_weight: float = 0.0,
        masked_bands: int = 10,
        masked_frames: int = 5,
    ) -> None:
        super().__init__()
        widths = (channels, groups, pooled_channels, attention_channels, embedding_features)
        if min(*widths, *dilations) < 1 or not dilations:
            raise ValueError("every width, dilation and number of blocks must be at least 1")
        if channels % groups:
            raise ValueError(f"channels ({channels}) must be a multiple of groups ({groups})")
        if not 0 <= spectrum_weight <= 100:
            raise ValueError(f"spectrum_weight must be in [0, 100], not {spectrum_weight}")
        self.sample_rate, self.spectrum_weight = sample_rate, spectrum_weight
        self.embedding_features = embedding_features + 2 * num_mels * bool(spectrum_weight)
        self.spectrum = LogMel(sample_rate, num_mels)
        self.masks = SpectrumMasks(masked_bands, masked_frames)
        self.first = _conv_block(num_mels, channels, kernel_size=5)
        self.blocks = nn.ModuleList(
            _Block(channels, groups, dilation, attention_channels) for dilation in dilations
        )
        self.aggregate = nn.Conv1d(len(dilations) * channels, pooled_channels, 1)
        self.pooling = AttentiveStatistics(pooled_channels, attention_channels)
        self.pooled_norm = nn.BatchNorm1d(2 * pooled_channels)
        self.project = nn.Linear(2 * pooled_channels, embedding_features)
        # centred and of like spread in all directions, so that cosines start around 0
        self.spread = nn.BatchNorm1d(embedding_features, affine=False)
        self.average = AverageSpectrum(num_mels) if spectrum_weight else None

    def forward(self, wave: Tensor) -> Vectors:
        """Embed waves (batch, time); under 0.1 s they are repeated to that length."""
        bands = self.spectrum.bands(wave)
        total = self.first(self.masks(without_mean(bands)))
        outputs = []
        for block in self.blocks:
            outputs.append(block(total))
            total = total + outputs[-1]
        hidden = self.aggregate(torch.cat(outputs, dim=1)).relu()
        pooled = self.pooled_norm(self.pooling(hidden))
        embeddings = self.spread(self.project(pooled).float())
        vectors = nn.functional.normalize(embeddings, dim=1)
        if self.average is None:
            return vectors
        share = self.spectrum_weight / (1.0 + self.spectrum_weight)
        return torch.cat([vectors * (1.0 - share) ** 0.5, self.average(bands) * share**0.5], dim=1)


class AttentiveStatistics(nn.Module):
    """Mean and deviation over time with weights for every channel, which see the whole (eqs. 1-4).

    (batch, channel, frame) to (batch, 2 * channel); the attention sees each frame beside the plain
    mean and deviation of its utterance.
    """

    def __init__(self, channels: int, attention_channels: int) -> None:
        super().__init__()
        self.attention = nn.Sequential(
            nn.Conv1d(3 * channels, attention_channels, 1),
            nn.ReLU(),
            nn.BatchNorm1d(attention_channels),
            nn.Tanh(),
            nn.Conv1d(attention_channels, channels, 1),
        )

    def forward(self, hidden: Tensor) -> Tensor:
        """Weighted mean and deviation."""
        uniform = hidden.new_full((1, 1, 1), 1.0 / hidden.shape[2], dtype=torch.float32)
        context = torch.cat(weighted_statistics(hidden, uniform), dim=1).to(hidden.dtype)
        seen = torch.cat([hidden, context.unsqueeze(2).expand(-1, -1, hidden.shape[2])], dim=1)
        return torch.cat(
            weighted_statistics(hidden, self.attention(seen).float().softmax(dim=2)), dim=1
        )


class _Block(nn.Module):
    """SE-Res2 block with a residual link: (batch, channel, frame) to the same."""

    def __init__(self, channels: int, groups: int, dilation: int, squeezed: int) -> None:
        super().__init__()
        self.groups, width = groups, channels // groups
        self.before = _conv_block(channels, channels, kernel_size=1)
        self.within = nn.ModuleList(
            _conv_block(width, width, kernel_size=3, dilation=dilation) for _ in range(groups - 1)
        )
        self.after = _conv_block(channels, channels, kernel_size=1)
        self.excitation = nn.Sequential(
            nn.Linear(channels, squeezed), nn.ReLU(), nn.Linear(squeezed, channels), nn.Sigmoid()
        )

    def forward(self, inputs: Tensor) -> Tensor:
        first, *others = self.before(inputs).chunk(self.groups, dim=1)
        parts = [first]
        for conv, part in zip(self.within, others, strict=True):
            parts.append(conv(part if len(parts) == 1 else part + parts[-1]))
        hidden = self.after(torch.cat(parts, dim=1))
        return inputs + hidden * self.excitation(hidden.mean(dim=2)).unsqueeze(2)


def _conv_block(inputs: int, outputs: int, *, kernel_size: int, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel_size - 1) // 2
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel_size, padding=padding, dilation=dilation),
        nn.ReLU(),
        nn.BatchNorm1d(outputs),
    )
