"""Discriminators of mel spectra by patches, at several scales, some of which know whose voice.

::

    mel, place of the band --> pooled by s --> 2-D convolutions --> logits of patches
                                                      |--> * projected speaker vector --> +

Patches: P. Isola et al., arXiv:1611.07004, section 2.2.2; scales: T.-C. Wang et al.,
arXiv:1711.11585, section 3.2; projection: T. Miyato, M. Koyama, arXiv:1802.05637, equation 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.models.vae1d.discriminator import ConvDiscriminator


class MelDiscriminator(nn.Module):
    """One discriminator for each scale.

    Parameters
    ----------
    speaker_features
        Entries of a speaker vector.
    scales
        Factors by which the mel is pooled, over bands and frames.
    voiced_scales
        Those of them that are told the speaker.
    channels
        Width of the first convolution; the others have twice as many.
    """

    def __init__(
        self,
        *,
        speaker_features: int = 192,
        scales: Sequence[int] = (1, 2, 4),
        voiced_scales: Sequence[int] = (1, 4),
        channels: int = 32,
    ) -> None:
        super().__init__()
        if not scales or min(scales) < 1 or channels < 1 or not set(voiced_scales) <= set(scales):
            raise ConfigError(
                "needs scales and channels of 1 or more, and voiced_scales among the scales, not "
                f"{list(scales)}, {channels} and {list(voiced_scales)}"
            )
        self.parts = nn.ModuleList(
            _PatchDiscriminator(scale, channels, speaker_features * (scale in voiced_scales))
            for scale in scales
        )

    def forward(self, mel: Tensor, speaker: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Logits and feature maps of each part.

        Parameters
        ----------
        mel
            (batch, mel, frame), scaled as :func:`speechgen.features.extract` does.
        speaker
            (batch, feature), the voice that it should be.
        """
        scored = [part(mel, speaker) for part in self.parts]
        return [logits for logits, _ in scored], [maps for _, maps in scored]


class _PatchDiscriminator(ConvDiscriminator):
    """At one scale; without ``speaker_features`` it is not told the speaker."""

    def __init__(self, scale: int, channels: int, speaker_features: int) -> None:
        wide = 2 * channels
        shapes = [
            (2, channels, 1, (5, 5)),
            (channels, wide, (2, 1), (5, 3)),
            (wide, wide, (2, 2), (5, 3)),
            (wide, wide, (2, 2), (5, 3)),
            (wide, wide, 1, (3, 3)),
            (wide, 1, 1, (3, 3)),
        ]
        super().__init__(
            [
                nn.Conv2d(into, out, kernel, stride, (kernel[0] // 2, kernel[1] // 2))  # type: ignore[arg-type]
                for into, out, stride, kernel in shapes
            ]
        )
        self.scale = scale
        self.voice = nn.Linear(speaker_features, wide, bias=False) if speaker_features else None

    def forward(self, mel: Tensor, speaker: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, mel, frame) -> logits (batch, 1, height, width), feature maps."""
        place = torch.linspace(-1.0, 1.0, mel.shape[1], device=mel.device, dtype=mel.dtype)
        place = place[:, None].expand_as(mel)
        x = F.avg_pool2d(torch.stack([mel, place], dim=1), self.scale)
        logits, maps = self.discriminate(x)
        if self.voice is not None:
            wanted = self.voice(F.normalize(speaker, dim=1))[:, :, None, None]
            logits = logits + (maps[-1] * wanted).sum(dim=1, keepdim=True)
        return logits, maps
