"""Tuning a converter to a text model: what it is given, who learns, and that it gains."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.converter.mel_discriminator import MelDiscriminator
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.gan import GANObjective
from speechgen.training.objectives.speaking import SpeakingObjective
from speechgen.training.objectives.teacher_forced import teacher_forced


def batch(examples: int = 4, frames: int = 60) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return 0.3 * torch.randn(shape, generator=generator)

    return {
        "symbols": torch.randint(5, 40, (examples, 9), generator=generator),
        "stress": torch.zeros(examples, 9, dtype=torch.long),
        "num_symbols": torch.full((examples,), 9),
        "num_frames": torch.full((examples,), frames),
        "content": noise(examples, 6, frames).tanh(),
        "mel": noise(examples, 20, frames).clamp_min(-0.9),
        "pitch": torch.stack([noise(examples, frames), torch.ones(examples, frames)], dim=1),
        "gain_db": torch.zeros(examples),
        "height": torch.arange(examples) * 0.1,
        "speaker": torch.eye(3)[torch.arange(examples) % 3],
    }


def drawn(
    objective: SpeakingObjective, given: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> tuple[Tensor, Tensor]:
    """What a training step draws of a batch."""
    kept: list[tuple[Tensor, Tensor]] = []
    monkeypatch.setattr(
        GANObjective, "training_step", lambda self, batch, _: kept.append(self._drawn(batch))
    )
    objective.training_step(given, 0)
    return kept[0]


@pytest.fixture
def objective(data: Path) -> SpeakingObjective:
    torch.manual_seed(0)
    return SpeakingObjective(
        load_model(data / "converter").model,
        MelDiscriminator(speaker_features=3, scales=(1, 2), voiced_scales=(2,)),
        text_model=load_model(data / "text").model, crop_frames=60, lead_frames=8, gain_db=0.0,
        gan_loss="hinge", optimizer=OptimizerSettings(),
    )  # fmt: skip


def test_every_other_example_is_said_and_the_others_are_heard(
    objective: SpeakingObjective, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = batch()
    local, frames = drawn(objective, given, monkeypatch)
    with torch.no_grad():
        made = teacher_forced(objective._text_model[0], given)
    said = torch.cat([made.content, made.rest[:, 1:2]], dim=1)
    torch.testing.assert_close(frames[::2], said[::2])
    assert not torch.isclose(frames[1::2], said[1::2]).all(dim=2).any()
    torch.testing.assert_close(local[:, :20], given["mel"])
    torch.testing.assert_close(local[:, 20], given["pitch"][:, 0] + given["height"][:, None])


def test_crops_are_of_the_utterance_and_move(
    objective: SpeakingObjective, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = batch(examples=12) | {"num_frames": torch.full((12,), 50)}
    objective.crop_frames = 40
    local, frames = drawn(objective, given, monkeypatch)
    assert local.shape == (12, 22, 40) and frames.shape == (12, 7, 40)
    starts = set()
    for cut, whole in zip(local[:, :20], given["mel"], strict=True):
        (start,) = [s for s in range(11) if torch.equal(cut, whole[:, s : s + 40])]
        starts.add(start)
    assert len(starts) > 3


def test_nothing_of_the_text_model_is_trained_or_kept(objective: SpeakingObjective) -> None:
    assert not any("encoder" in name for name in objective.state_dict())
    assert not any(p.requires_grad for p in objective._text_model[0].parameters())
    assert not any(p.requires_grad for p in objective.network.recogniser.parameters())


def test_validation_draws_nothing_and_has_pictures(objective: SpeakingObjective) -> None:
    objective.eval()
    with torch.no_grad():
        first, second = (objective.validation_values(batch()) for _ in range(2))
    assert first == second and set(first) == {"mel", "pooled", "deviation", "change"}
    assert [name for name, _ in objective.panels(batch())] == ["recording", "said"]


def test_a_run_keeps_voices_and_recogniser_and_says_better(
    tiny: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    words = [
        "trainer.max_steps=60", "objective.optimizer.learning_rate=5e-3",
        "objective.schedule.warm_up_steps=100",
    ]  # fmt: skip
    model = run([*tiny["speaking"], f"output={tmp_path}", *words])
    tuned, before = load_model(model), load_model(data / "converter")
    assert tuned.config.arguments == before.config.arguments
    for name, value in before.model.state_dict().items():
        if name.startswith("recogniser.") or name == "speaker_table":
            torch.testing.assert_close(tuned.model.state_dict()[name], value, rtol=0, atol=1e-3)
    mel = [float(row["value"]) for row in read_metrics(tmp_path / "metrics.csv")
           if row["name"] == "mel" and row["split"] == "train"]  # fmt: skip
    assert sum(mel[-10:]) / 10 < 0.8 * mel[0]


def test_a_stopped_run_goes_on_with_its_voices(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    for steps in (2, 4):
        model = run([*tiny["speaking"], f"output={tmp_path}", f"trainer.max_steps={steps}"])
    network = load_model(model).model
    assert torch.equal(network.speaker_table, torch.eye(3))


def test_only_converters_are_tuned(tiny: dict[str, list[str]], data: Path, tmp_path: Path) -> None:
    words = [f"objective.recogniser={data / 'recogniser'}", f"output={tmp_path}"]
    with pytest.raises(ConfigError, match="is a phone_recogniser, not a voice_converter"):
        run([*tiny["speaking"], *words])
    words = [f"objective.text_model={data / 'recogniser'}", f"output={tmp_path}"]
    with pytest.raises(ConfigError, match="is no text_model"):
        run([*tiny["speaking"], *words])
