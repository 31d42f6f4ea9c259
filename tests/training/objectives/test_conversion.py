"""Training a converter: whose voice, which frames, whose gradients; and vocoders of its mels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.features.pitch_rows import mean_hertz
from speechgen.models.converter.mel_discriminator import MelDiscriminator
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.network import initialise_from
from speechgen.training.objectives.conversion import ConversionObjective
from speechgen.training.objectives.predicted_frames import PredictedFrames

RECOGNISER = {"local_features": 16, "channels": 8, "hidden_channels": 8, "blocks": 1,
              "recurrent_channels": 6, "content_features": 5, "look_ahead": 3}  # fmt: skip


def objective(**options: Any) -> ConversionObjective:
    torch.manual_seed(0)
    network = VoiceConverter(
        recogniser=RECOGNISER, local_features=18, speaker_features=4, channels=8,
        hidden_channels=12, blocks=2, look_ahead=2,
    )  # fmt: skip
    discriminator = MelDiscriminator(speaker_features=4, scales=(1, 2), voiced_scales=(2,))
    options = {"lead_frames": 6, "gain_db": 0.0, "gan_loss": "hinge"} | options
    return ConversionObjective(network, discriminator, optimizer=OptimizerSettings(), **options)


def batch(examples: int = 3) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    local = (0.3 * torch.randn(examples, 18, 32)).clamp_min(-0.9)  # above the floor
    local[:, 16] += torch.arange(examples)[:, None] * 0.4
    local[:, 17] = 1.0
    return {"local": local, "speaker": torch.eye(4)[:examples]}


def seen(gan: ConversionObjective) -> list[tuple[str, Any]]:
    """What the generator's step asks of the discriminator and the network, in order."""
    calls: list[tuple[str, Any]] = []
    network, discriminator = gan.network.forward, gan.discriminator.forward

    def converter(conditions: Any, heard: Any = None) -> Any:
        calls.append(("made", (conditions, heard)))
        return network(conditions, heard)

    def judge(mel: Any, speaker: Any) -> Any:
        calls.append(("judged", (mel, speaker)))
        return discriminator(mel, speaker)

    gan.network.forward, gan.discriminator.forward = converter, judge
    gan._optimizer_of = lambda network: None
    gan._update = lambda optimizer, loss: loss.backward()
    return calls


def test_the_own_voice_is_judged_beside_another_s_at_that_one_s_height() -> None:
    gan, given = objective(), batch()
    calls = seen(gan)
    gan._generator_step(given, True)
    (own, other), judged = ([c[1] for c in calls if c[0] == kind] for kind in ("made", "judged"))
    assert torch.equal(own[0].speaker, given["speaker"]) and own[1] is not None
    assert torch.equal(other[0].speaker, given["speaker"].roll(1, 0))
    heights = [mean_hertz(one[16:]) for one in given["local"]]
    for index, local in enumerate(other[0].local):
        assert mean_hertz(local[16:]) == pytest.approx(heights[index - 1], rel=1e-4)
    assert all(mel.shape == (3, 16, 32 - 6 - 5) for mel, _ in judged)
    assert torch.equal(judged[-1][1], other[0].speaker)
    assert set(gan.values) == set(gan.known_weights)
    assert all(p.grad is None for p in gan.discriminator.parameters())
    assert any(p.grad is not None for p in gan.network.parameters())


def test_the_discriminator_learns_from_both_voices() -> None:
    gan, given = objective(), batch()
    calls = seen(gan)
    gan._discriminator_step(given)
    (mel, speaker) = next(value for kind, value in calls if kind == "judged")
    assert len(mel) == 9 and torch.equal(mel[:3], given["local"][:, :16, 6:27])
    vectors = given["speaker"]
    assert torch.equal(speaker, torch.cat([vectors, vectors, vectors.roll(1, 0)]))
    assert all(p.grad is None for p in gan.network.parameters())
    gan.weights["converted"] = 0.0
    calls.clear()
    gan._discriminator_step(given)
    assert len(next(value for kind, value in calls if kind == "judged")[0]) == 6


def test_levels_move_source_and_target_alike() -> None:
    gan, given = objective(gain_db=12.0), batch()
    given["local"] = given["local"].clamp_min(-0.5)
    local, heard = gan._drawn(given)
    step = (local - given["local"])[:, :16]
    assert float(step.std(dim=(1, 2)).max()) < 1e-6 and len(torch.unique(step[:, 0, 0])) == 3
    assert torch.equal(local[:, 16:], given["local"][:, 16:])
    assert not torch.allclose(heard, local[:, :16], atol=0.01)


def test_validation_draws_nothing_and_has_pictures() -> None:
    gan, given = objective(), batch()
    gan.eval()
    with torch.no_grad():
        first, second = gan.validation_values(given), gan.validation_values(given)
        panels = gan.panels(given)
    assert first == second and set(first) == {"mel", "pooled", "deviation", "change"}
    assert [panel.shape for _, panel in panels] == [(1, 16, 21)] * 3
    with pytest.raises(ConfigError, match="longer by 7 frames"):
        gan._cut(torch.zeros(1, 16, 12))


def test_a_run_takes_the_recogniser_s_weights_and_leaves_them(
    tiny: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    model = run([*tiny["conversion"], f"output={tmp_path}", "trainer.max_steps=4"])
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert {*ConversionObjective.known_weights, "discriminator", "deviation", "change"} <= names
    loaded, recogniser = load_model(model), load_model(data / "recogniser")
    assert loaded.config.arguments["recogniser"] == recogniser.config.arguments
    assert loaded.config.arguments["speaker_f0_hz"][2] == pytest.approx(210, rel=0.05)
    kept = loaded.model.recogniser.state_dict()
    for name, value in recogniser.model.state_dict().items():
        torch.testing.assert_close(kept[name], value, rtol=0, atol=1e-6)
    assert torch.equal(loaded.model.speaker_vector("ben"), torch.eye(3)[1])


def test_another_model_is_no_recogniser(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a ecapa, neither a phone_recogniser nor"):
        run([*tiny["conversion"], f"output={tmp_path}", "objective.recogniser=speaker-ecapa"])


def test_a_converter_gives_its_recogniser_and_its_weights_to_another(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    """But not its table of voices, which is that of the data; a recogniser may begin with it."""
    first = run([*tiny["conversion"], f"output={tmp_path / 'first'}", "trainer.max_steps=1"])
    still = ["trainer.max_steps=1", "objective.optimizer.learning_rate=1e-12"]
    words = [f"init_from={first}", f"objective.recogniser={first}", *still]
    second = run([*tiny["conversion"], *words, f"output={tmp_path / 'second'}"])
    before, after = (load_model(path).model.state_dict() for path in (first, second))
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=1e-6, rtol=0)
    sizes = load_model(first).config.arguments["recogniser"]
    network = registry.build("phone_recogniser", sizes)
    initialise_from(network, str(first), "phone_recogniser")
    for name, value in network.state_dict().items():
        torch.testing.assert_close(before[f"recogniser.{name}"], value)


def test_a_vocoder_learns_from_a_converter_s_frames(
    tiny: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    converter = run([*tiny["conversion"], f"output={tmp_path / 'c'}", "trainer.max_steps=1"])
    from_it = [f"objective.frames_from={converter}", "data.crop_seconds=0.6"]
    given = [*tiny["harmonic_vocoder"], *from_it, f"output={tmp_path / 'v'}"]
    with pytest.raises(ConfigError, match="frames_from needs data.speaker_vectors"):
        run(given)
    # the converter's features begin at 70 Hz
    vectors = [f"data.speaker_vectors={data / 'vectors.npz'}", "trainer.max_steps=4"]
    loaded = load_model(run([*given, *vectors]))
    assert loaded.config.name == "harmonic_vocoder"
    assert not any(name.startswith("frames") for name in loaded.model.state_dict())
    names = {row["name"] for row in read_metrics(tmp_path / "v" / "metrics.csv")}
    assert {"stft", "adversarial"} <= names

    frames = PredictedFrames(str(converter), lead_frames=8)
    torch.manual_seed(0)
    full = {"local": 0.3 * torch.randn(2, 22, 40), "speaker": torch.eye(3)[:2],
            "wave": torch.randn(2, 3200)}  # fmt: skip
    made = frames(full)
    last = 40 - frames.converter.delay_frames
    assert torch.equal(made["wave"], full["wave"][:, 8 * 80 : last * 80])
    assert torch.equal(made["local"][:, 20:], full["local"][:, 20:, 8:last])
    assert not torch.allclose(made["local"][:, :20], full["local"][:, :20, 8:last])
    assert set(made) == {"wave", "local"}
    with pytest.raises(ConfigError, match="too short for objective.frames_from"):
        frames({name: value[..., :12] for name, value in full.items() if name != "speaker"}
               | {"speaker": full["speaker"]})  # fmt: skip
