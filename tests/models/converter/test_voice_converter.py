"""The converter: what its mel depends on, how late, and that chunks are the whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.features.phonetic_rows import loudness
from speechgen.models.converter.mel_discriminator import MelDiscriminator
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.wavenet.conditions import Conditions

RECOGNISER = {"local_features": 10, "channels": 8, "hidden_channels": 8, "blocks": 1,
              "recurrent_channels": 6, "content_features": 5, "look_ahead": 3}  # fmt: skip
SMALL: dict[str, Any] = {
    "recogniser": RECOGNISER, "local_features": 12, "speaker_features": 4, "channels": 8,
    "hidden_channels": 12, "blocks": 2, "kernel_size": 3, "look_ahead": 2,
}  # fmt: skip


def converter(**changes: Any) -> VoiceConverter:
    torch.manual_seed(0)
    return VoiceConverter(**SMALL | changes).eval()


def conditions(frames: int = 20, batch: int = 2) -> Conditions:
    torch.manual_seed(1)
    local = 0.3 * torch.randn(batch, 12, frames)
    return Conditions(local, torch.randn(batch, 4))


@pytest.mark.parametrize("sizes", [[1] * 20, [7, 2, 11], [20]])
def test_chunks_of_any_length_are_the_whole(sizes: list[int]) -> None:
    model, given = converter(), conditions()
    assert given.local is not None and given.speaker is not None
    state, made = model.initial_state(2), []
    after = given.local[:, :, -1:].expand(-1, -1, model.delay_frames)
    for chunk in [*given.local.split(sizes, dim=2), after]:
        mel, state = model.stream(chunk, given.speaker, state)
        made.append(mel)
    whole = model(given)
    assert whole.shape == (2, 10, 20)
    torch.testing.assert_close(torch.cat(made, dim=2)[:, :, model.delay_frames :], whole)


def test_a_frame_depends_on_the_delay_s_frames_after_it_and_no_more() -> None:
    model, given = converter(), conditions()
    assert given.local is not None and model.delay_frames == 5
    whole, frame = model(given), 8
    for later, changes in ((model.delay_frames, True), (model.delay_frames + 1, False)):
        local = given.local.clone()
        local[:, :, frame + later] += 1.0
        mel = model(Conditions(local, given.speaker))[:, :, : frame + 1]
        assert torch.equal(mel, whole[:, :, : frame + 1]) != changes


def test_the_source_s_spectrum_passes_as_content_and_loudness_only() -> None:
    """With what the recogniser hears held, another spectrum of equal power is the same."""
    model, given = converter(), conditions()
    assert given.local is not None
    mel = given.local[:, :10]
    turned = torch.cat([mel.flip(1), given.local[:, 10:]], dim=1)
    torch.testing.assert_close(loudness(mel), loudness(mel.flip(1)))
    kept = model(given, heard=mel)
    torch.testing.assert_close(kept, model(given))
    torch.testing.assert_close(model(Conditions(turned, given.speaker), heard=mel), kept)
    assert not torch.allclose(model(Conditions(turned, given.speaker)), kept)


def test_every_condition_counts_and_the_length_of_the_vector_does_not() -> None:
    model, given = converter(), conditions()
    local, speaker = given.local, given.speaker
    assert local is not None and speaker is not None
    made = model(given)
    torch.testing.assert_close(model(Conditions(local, 7.0 * speaker)), made)
    assert not torch.allclose(model(Conditions(local, speaker.flip(0))), made)
    for row in (10, 11):  # log-F0, voicing
        moved = local.clone()
        moved[:, row] += 0.3
        assert (model(Conditions(moved, speaker)) - made).abs().mean() > 1e-3


def test_loudness_is_the_mean_power() -> None:
    """By hand: a gain of the spectrum is that of its loudness; of equal bands it is theirs."""
    mel = torch.full((1, 10, 3), -0.4)
    torch.testing.assert_close(loudness(mel), mel[:, :1])
    other = conditions().local
    assert other is not None
    torch.testing.assert_close(loudness(other[:, :10] + 0.2), loudness(other[:, :10]) + 0.2)


def test_the_recogniser_is_never_trained() -> None:
    model = converter().train()
    assert not any(module.training for module in model.recogniser.modules())
    model(conditions()).sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == name.startswith("recogniser."), name


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"local_features": 2}, "local_features must be 3"),
        (
            {"recogniser": {**RECOGNISER, "local_features": 9}},
            "frames of local_features 9, and these have 10",
        ),
        ({"hop_samples": 128}, "frames of hop_samples 256, and these have 128"),
        ({"look_ahead": -1}, "look_ahead 0 or more"),
    ],
)
def test_arguments_that_do_not_fit(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        VoiceConverter(**SMALL | changes)


@pytest.mark.parametrize("speaker", [None, torch.zeros(2, 3), torch.zeros(1, 4)])
def test_conditions_that_do_not_fit(speaker: Tensor | None) -> None:
    with pytest.raises(ModelError, match="speaker vector of 4"):
        converter()(Conditions(torch.zeros(2, 12, 5), speaker))
    with pytest.raises(ModelError, match="frames of 12 rows"):
        converter()(Conditions(None, torch.zeros(2, 4)))


def test_the_parts_of_the_discriminator_that_are_told_the_speaker() -> None:
    torch.manual_seed(0)
    judge = MelDiscriminator(speaker_features=4, scales=(1, 2), voiced_scales=(2,), channels=4)
    mel, speaker = torch.randn(3, 16, 24), torch.randn(3, 4)
    (first, second), maps = judge(mel, speaker)
    (still, moved), _ = judge(mel, -speaker)
    assert torch.equal(first, still) and not torch.allclose(second, moved)
    assert len(maps) == 2 and all(len(part) == 5 for part in maps)
    shifted, _ = judge(mel.roll(3, dims=1), speaker)
    assert not torch.allclose(first.mean(), shifted[0].mean())  # it knows where a band is
    with pytest.raises(ConfigError, match="voiced_scales among the scales"):
        MelDiscriminator(scales=(1,), voiced_scales=(2,))


def test_a_melody_may_come_as_late_as_the_content() -> None:
    """The recogniser's look-ahead later it is what it would have been beside its mel."""
    model, given = converter(), conditions()
    local, late = given.local, model.recogniser.look_ahead
    assert local is not None and given.speaker is not None
    frames = torch.cat([local, local[:, :, -1:].expand(-1, -1, model.delay_frames)], dim=2)
    whole, _ = model.stream(frames, given.speaker, model.initial_state(2))
    unknown = torch.cat([frames[:, :10], torch.zeros_like(frames[:, 10:])], dim=1)
    first, state = model.stream(unknown[:, :, :late], given.speaker, model.initial_state(2))
    melody = frames[:, 10:, :-late]
    rest, _ = model.stream(unknown[:, :, late:], given.speaker, state, melody=melody)
    torch.testing.assert_close(torch.cat([first, rest], dim=2), whole)


def test_entries_that_it_is_not_told_change_nothing() -> None:
    model, given = converter(told_features=3), conditions()
    assert given.local is not None and given.speaker is not None
    other = given.speaker.clone()
    other[:, 3] += 5.0
    assert torch.equal(model(given), model(Conditions(given.local, other)))
    other[:, 2] += 5.0
    assert not torch.allclose(model(given), model(Conditions(given.local, other)))
    for wrong in (0, 5):
        with pytest.raises(ConfigError, match="told_features"):
            converter(told_features=wrong)


def test_what_is_made_of_content_is_what_a_recogniser_that_heard_it_gives() -> None:
    model, given = converter(), conditions(60)
    assert given.local is not None and given.speaker is not None
    mel, ahead = given.local[:, :10], model.recogniser.look_ahead
    padded = torch.cat([mel, mel[:, :, -1:].expand(-1, -1, ahead)], dim=2)
    _, content, _ = model.recogniser.stream(padded, model.recogniser.initial_state(2))
    made = model.spoken(content[:, :, ahead:], given.local[:, 10:], loudness(mel), given.speaker)
    assert made.shape == mel.shape
    inside = slice(20, -model.delay_frames)
    torch.testing.assert_close(made[:, :, inside], model(given)[:, :, inside])
