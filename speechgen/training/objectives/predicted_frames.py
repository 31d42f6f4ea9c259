"""Batches whose mel is a converter's prediction of it, for what will have no other at its input.

A vocoder that learnt from recordings' spectra has not met the errors of predicted ones: J. Shen et
al., "Natural TTS synthesis by conditioning WaveNet on mel spectrogram predictions",
arXiv:1712.05884, section 2.3.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import load_model, locate


class PredictedFrames(nn.Module):
    """Puts a converter's mel, in the recording's own voice, in place of a batch's.

    Parameters
    ----------
    reference
        Model directory of a converter.
    lead_frames
        Frames at the beginning of a crop that only the converter gets, which needs a past; those at
        the end are its delay.

    Raises
    ------
    ConfigError
        ``reference`` is no converter.
    """

    def __init__(self, reference: str, *, lead_frames: int = 32) -> None:
        super().__init__()
        loaded = load_model(locate(reference))
        if loaded.config.name != "voice_converter":
            raise ConfigError(f"objective.frames_from: {reference} is a {loaded.config.name}, "
                              "not a voice_converter")  # fmt: skip
        self.converter: Any = loaded.model.requires_grad_(False)
        self.lead_frames = lead_frames

    @torch.no_grad()
    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """``wave`` and ``local`` of the middle of each crop, with the converter's mel."""
        converter = self.converter.eval()
        local, wave = batch["local"], batch["wave"]
        first, last = self.lead_frames, local.shape[2] - converter.delay_frames
        if last <= first:
            raise ConfigError(
                f"crops of {local.shape[2]} frames are too short for objective.frames_from; "
                f"data.crop_seconds must be longer by {first - last + 1} frames or more"
            )
        mel = converter(Conditions(local, batch["speaker"])).to(local.dtype)
        frames = torch.cat([mel, local[:, mel.shape[1] :]], dim=1)
        hop = converter.hop_samples
        return {"wave": wave[:, first * hop : last * hop], "local": frames[:, :, first:last]}
