"""Training a voice converter: speech in its own voice again, and in others' for a discriminator.

There are no pairs of voices to learn from. The recogniser hears the source as if of another throat
(:func:`speechgen.data.augment.mel_voice.other_voice`), the mel of the source itself is to come out.
In a voice of another of the batch no mel is known; there the discriminator alone decides, which is
told the voice that it should be, as in T. Kaneko et al., "StarGAN-VC2", arXiv:1907.12279.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.adversarial.feature_matching import feature_matching
from speechgen.data.augment.mel_voice import other_voice, random_gain
from speechgen.errors import ConfigError
from speechgen.features.pitch_rows import moved_to
from speechgen.losses.frames import change_ratio, deviation_ratio, pooled_distance
from speechgen.models.wavenet.conditions import Conditions
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.settings import ModelSettings, PathText

_SCALES = (2, 4, 8)


@dataclass(frozen=True)
class ConversionSettings(GANSettings):
    """See :class:`ConversionObjective`.

    ``recogniser`` is the model directory of its recogniser, or of a converter with one inside.
    """

    kind: str = "conversion"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "mel_discriminator")
    )
    gan_loss: str = "hinge"
    discriminator_rate: float = 0.5
    recogniser: PathText | None = None
    lead_frames: int = 16
    gain_db: float = 8.0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="adamw", learning_rate=8e-4, warmup_steps=200, schedule="cosine", betas=(0.8, 0.99)
        )
    )


class ConversionObjective(GANObjective):
    """A converter against discriminators of mel spectra.

    Batches hold "local" (batch, feature, frame), whose last two rows are absolute pitch, and
    "speaker" (batch, feature). The discriminator takes a mel and a speaker vector.

    The generator's losses are "mel", the mean absolute difference, and "pooled", that of patches'
    averages; "adversarial" and "feature_matching" on speech in its own voice; and "converted", the
    adversarial loss of speech in the voice of the example before it in the batch.

    Parameters
    ----------
    network
        A :class:`speechgen.models.converter.voice_converter.VoiceConverter`.
    discriminator
        See above.
    lead_frames
        Frames at the beginning of a crop that no loss sees, where the recogniser has little past;
        at its end there are none of the converter's delay.
    gain_db
        The most that the level of a batch's examples moves, up or down, source and target alike.
    """

    likes_bf16_on_cpu = True
    known_weights: ClassVar = {
        "mel": 20.0,
        "pooled": 20.0,
        "adversarial": 1.0,
        "feature_matching": 2.0,
        "converted": 0.5,
    }

    def __init__(
        self, network: Any, discriminator: Any, *, lead_frames: int, gain_db: float, **common: Any
    ) -> None:
        super().__init__(network, discriminator, **common)
        if lead_frames < 0 or not 0 <= gain_db <= 40:
            raise ConfigError(
                "objective: lead_frames must be 0 or more and gain_db in [0, 40], not "
                f"{lead_frames} and {gain_db}"
            )
        self.lead_frames, self.gain_db = lead_frames, gain_db

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        with torch.no_grad(), frozen(self.network):
            local, heard = self._drawn(batch)
            fakes = [self._made(local, batch["speaker"], heard)]
            speakers = [batch["speaker"]]
            if self.weights["converted"]:
                other, speaker = _in_other_voices(local, batch["speaker"])
                fakes.append(self._made(other, speaker, heard))
                speakers.append(speaker)
        real = self._cut(self._mel(local))
        mels = torch.cat([real, *[one.to(real.dtype) for one in fakes]])
        logits, _ = self.discriminator(mels, torch.cat([batch["speaker"], *speakers]))
        sizes = [len(real), len(mels) - len(real)]
        parts = [one.float().split(sizes) for one in logits]
        loss = self.gan_loss.discriminator([r for r, _ in parts], [f for _, f in parts])
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer, speaker = self._optimizer_of(0), batch["speaker"]
        local, heard = self._drawn(batch)
        with frozen(self.discriminator):
            fake = self._made(local, speaker, heard).float()
            real = self._cut(self._mel(local))
            losses = _distances(fake, real)
            if adversarial:
                logits, maps = self.discriminator(fake, speaker)
                losses["adversarial"] = self._fooled(logits)
                if self.weights["feature_matching"]:
                    with torch.no_grad():
                        _, wanted = self.discriminator(real, speaker)
                    losses["feature_matching"] = feature_matching(wanted, maps)
                if self.weights["converted"]:
                    other, speaker = _in_other_voices(local, speaker)
                    logits, _ = self.discriminator(self._made(other, speaker, heard), speaker)
                    losses["converted"] = self._fooled(logits)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _fooled(self, logits: list[Tensor]) -> Tensor:
        return self.gan_loss.generator([one.float() for one in logits])

    def _drawn(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """The batch's frames at levels that are drawn, and what the recogniser hears of them."""
        local = batch["local"]
        mel = random_gain(self._mel(local), self.gain_db)
        frames = torch.cat([mel, local[:, mel.shape[1] :]], dim=1)
        return frames, other_voice(mel, self.network.sample_rate)

    def _mel(self, local: Tensor) -> Tensor:
        return local[:, : self.network.num_mels]

    def _made(self, local: Tensor, speaker: Tensor, heard: Tensor | None = None) -> Tensor:
        """The converter's mel of the frames that losses see."""
        made: Tensor = self.network(Conditions(local, speaker), heard)
        return self._cut(made)

    def _cut(self, mel: Tensor) -> Tensor:
        end = mel.shape[2] - self.network.delay_frames
        if end - self.lead_frames < _SCALES[-1]:
            raise ConfigError(
                f"crops of {mel.shape[2]} frames are too short; data.crop_seconds must be "
                f"longer by {_SCALES[-1] - end + self.lead_frames} frames or more"
            )
        return mel[:, :, self.lead_frames : end]

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Distances in the own voice, with nothing drawn, and how far the mel moves in time."""
        made = self._made(batch["local"], batch["speaker"]).float()
        return self._compared(made, batch["local"])

    def _compared(self, made: Tensor, local: Tensor) -> dict[str, Tensor]:
        real = self._cut(self._mel(local))
        ratios = {"deviation": deviation_ratio(made, real), "change": change_ratio(made, real)}
        return _distances(made, real) | ratios

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Pictures of the first crop's mel, of what is made of it, and of that in another voice."""
        local, speaker = batch["local"], batch["speaker"]
        other, voice = _in_other_voices(local, speaker)
        mels = {
            "recording": self._cut(self._mel(local)),
            "own_voice": self._made(local, speaker),
            "other_voice": self._made(other, voice),
        }
        return [(name, 0.5 + 0.5 * mel[:1].float().flip(1)) for name, mel in mels.items()]


def _distances(made: Tensor, real: Tensor) -> dict[str, Tensor]:
    return {
        "mel": (made - real).abs().mean(),
        "pooled": pooled_distance(made, real, scales=_SCALES),
    }


def _in_other_voices(local: Tensor, speaker: Tensor) -> tuple[Tensor, Tensor]:
    """Frames with the melody at the height of the example before, and that example's vectors."""
    return moved_to(local, local.roll(1, dims=0)), speaker.roll(1, dims=0)


def _arguments(settings: Any, of_the_data: dict[str, Any]) -> dict[str, Any]:
    """What the data says, and the arguments of the recogniser."""
    if settings.recogniser is None:
        return of_the_data
    from speechgen.store import locate, read_config

    config = read_config(locate(settings.recogniser))
    if config.name not in ("phone_recogniser", "voice_converter"):
        raise ConfigError(
            f"objective.recogniser: {settings.recogniser} is a {config.name}, neither a "
            "phone_recogniser nor a voice_converter, which has one inside"
        )
    arguments = config.arguments
    if config.name == "voice_converter":
        arguments = arguments.get("recogniser") or {}
    return of_the_data | {"recogniser": arguments}


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, speaker_features=network.speaker_features)
    if settings.recogniser is not None:
        from speechgen.store import load_model, locate

        trained: Any = load_model(locate(settings.recogniser)).model
        network.recogniser.load_state_dict(getattr(trained, "recogniser", trained).state_dict())
    return ConversionObjective(
        network, discriminator, **options_of(settings, "recogniser"), **common
    )


OBJECTIVE = ObjectiveKind(
    ConversionSettings, _build, ("conditioned",), "synthesize", arguments=_arguments
)
