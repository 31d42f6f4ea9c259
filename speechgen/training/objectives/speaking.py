"""Tuning a voice converter to what a text model makes, which it did not meet in training.

Half of a batch is content and loudness that a text model makes of the words, at the recording's
durations and melody; the other half is what the recogniser hears of the recording. The recording's
mel is to come out of both. As vocoders learn from predicted spectra in J. Shen et al., "Natural TTS
synthesis by conditioning WaveNet on mel spectrogram predictions", arXiv:1712.05884, section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from speechgen.data.augment.mel_voice import other_voice, with_gain
from speechgen.errors import ConfigError
from speechgen.features.phonetic_rows import loudness
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.text.text_model import TextModel
from speechgen.store import load_model, locate, read_config
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.conversion import ConversionObjective, ConversionSettings
from speechgen.training.objectives.gan import build_discriminator
from speechgen.training.objectives.teacher_forced import teacher_forced
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class SpeakingSettings(ConversionSettings):
    """See :class:`SpeakingObjective`.

    ``recogniser`` is the converter that is tuned, whose arguments the model takes; ``text_model``
    the model directory of what makes its content.
    """

    kind: str = "speaking"
    recogniser: PathText | None = "converter-small"
    text_model: PathText = "text-small"
    crop_frames: int = 128
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="adamw", learning_rate=3e-4, warmup_steps=100, schedule="cosine", betas=(0.8, 0.99)
        )
    )


class SpeakingObjective(ConversionObjective):
    """A converter of a text model's frames, and of a recogniser's, against discriminators.

    Batches are those of
    :meth:`speechgen.data.datasets.spoken_text.SpokenTextDataset.collate`; losses those of
    :class:`ConversionObjective`.

    Parameters
    ----------
    network, discriminator
        As there.
    text_model
        A :class:`speechgen.models.text.text_model.TextModel`, which is not trained.
    crop_frames
        Frames of each utterance that are converted.
    """

    def __init__(
        self, network: Any, discriminator: Any, *, text_model: TextModel, crop_frames: int,
        **common: Any,
    ) -> None:  # fmt: skip
        super().__init__(network, discriminator, **common)
        if text_model.content_features != network.recogniser.content_features:
            raise ConfigError(
                f"objective.text_model makes {text_model.content_features} numbers of content, the "
                f"converter takes {network.recogniser.content_features}"
            )
        self.crop_frames = crop_frames
        self._text_model = [text_model.requires_grad_(False).eval()]  # no part of this module

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """As in :class:`GANObjective`; what the converter is given is made once for all steps."""
        local = self._local(batch)
        number = torch.arange(len(local), device=local.device)[:, None, None]
        given = torch.where(number % 2 == 0, self._said(batch), self._heard(local))
        super().training_step(batch | {"local": local, "given": given}, batch_index)

    def _drawn(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Frames of crops that are drawn, and content and loudness, of either kind by turns."""
        local, given = batch["local"], batch["given"]
        room = (batch["num_frames"] - self.crop_frames).clamp_min(0) + 1
        starts = (torch.rand(len(local), device=local.device) * room).long()
        return self._crops(local, given, starts)

    def _crops(self, local: Tensor, given: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        frames = torch.arange(min(self.crop_frames, local.shape[2]), device=local.device)
        places = (starts[:, None, None] + frames).clamp_max(local.shape[2] - 1)
        first, second = (
            one.gather(2, places.expand(-1, one.shape[1], -1)) for one in (local, given)
        )
        return first, second

    def _local(self, batch: dict[str, Tensor]) -> Tensor:
        """(batch, feature, frame) at the converter's level, with the pitch as it is."""
        mel = with_gain(batch["mel"].float(), batch["gain_db"])
        rows = batch["pitch"].float().clone()
        rows[:, 0] += batch["height"][:, None]
        return torch.cat([mel, rows], dim=1)

    @torch.no_grad()
    def _said(self, batch: dict[str, Tensor]) -> Tensor:
        """Content and loudness (batch, row, frame) of the text model."""
        made = teacher_forced(self._text_model[0].to(batch["mel"].device), batch)
        return torch.cat([made.content, made.rest[:, 1:2]], dim=1)

    @torch.no_grad()
    def _heard(self, local: Tensor) -> Tensor:
        """Content of the recogniser, as if of another throat, and the recording's loudness."""
        mel = self._mel(local)
        content = self.network.recogniser(other_voice(mel, self.network.sample_rate))[1]
        return torch.cat([content.float(), loudness(mel)], dim=1)

    def _made(self, local: Tensor, speaker: Tensor, heard: Tensor | None = None) -> Tensor:
        """The converter's mel of the frames that losses see, of content and loudness ``heard``."""
        assert heard is not None
        made: Tensor = self.network.spoken(
            heard[:, :-1], local[:, -NUM_ROWS:], heard[:, -1:], speaker
        )
        return self._cut(made)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Distances of what a text model said from the recording, from the beginning on."""
        local, said = self._first(batch)
        return self._compared(self._made(local, batch["speaker"], said).float(), local)

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Pictures of the first crop's mel, and of what is made of its words."""
        local, said = self._first(batch)
        mels = (self._cut(self._mel(local)), self._made(local, batch["speaker"], said))
        return [
            (name, 0.5 + 0.5 * mel[:1].float().flip(1))
            for name, mel in zip(("recording", "said"), mels, strict=True)
        ]

    def _first(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        starts = torch.zeros_like(batch["num_frames"])
        return self._crops(self._local(batch), self._said(batch), starts)


def _arguments(settings: Any, of_the_data: dict[str, Any]) -> dict[str, Any]:
    """Those of the converter that is tuned; the data's have to be the same."""
    config = read_config(locate(settings.recogniser))
    if config.name != "voice_converter":
        raise ConfigError(
            f"objective.recogniser: {settings.recogniser} is a {config.name}, not a voice_converter"
        )
    for name in ("local_features", "hop_samples", "speaker_features"):
        if config.arguments.get(name, of_the_data[name]) != of_the_data[name]:
            raise ConfigError(
                f"the converter's {name} are {config.arguments[name]}, the data's "
                f"{of_the_data[name]}; give features and speaker vectors as it was trained with"
            )
    return dict(config.arguments)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, speaker_features=network.speaker_features)
    with torch.device("cpu"):  # it moves with the first batch
        text_model = load_model(locate(settings.text_model), device="cpu").model
    if not isinstance(text_model, TextModel):
        raise ConfigError(f"objective.text_model: {settings.text_model} is no text_model")
    options = options_of(settings, "recogniser", "text_model")
    return SpeakingObjective(network, discriminator, text_model=text_model, **options, **common)


OBJECTIVE = ObjectiveKind(SpeakingSettings, _build, ("spoken",), "synthesize", arguments=_arguments)
