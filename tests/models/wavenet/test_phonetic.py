"""A WaveNet that hears phones: its conditions are content, loudness and melody, and a voice."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.features.phonetic_rows import loudness, phonetic_rows
from speechgen.models.wavenet import phonetic
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet

RECOGNISER = {
    "local_features": 12, "hop_samples": 5, "sample_rate": 1000, "channels": 8,
    "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8, "content_features": 4,
    "look_ahead": 3,
}  # fmt: skip
SIZES = {
    "stacks": 1, "layers_per_stack": 3, "residual_channels": 6, "gate_channels": 8,
    "skip_channels": 10, "classes": 16, "sample_rate": 1000, "hop_samples": 5,
    "local_features": 14, "speaker_features": 3, "pitch_lag_taps": 3, "upsampler_channels": 8,
}  # fmt: skip


@pytest.fixture
def model():
    torch.manual_seed(0)
    network = WaveNet(**SIZES, recogniser=RECOGNISER).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return network


def frames(count=20, batch=2):
    pitch = torch.stack([0.5 * torch.randn(batch, count), torch.ones(batch, count)], dim=1)
    return Conditions(
        torch.cat([torch.randn(batch, 12, count), pitch], dim=1), torch.randn(batch, 3)
    )


@pytest.mark.parametrize("chunk", [1, 7, 1024])
def test_frames_become_what_the_recogniser_hears(model, monkeypatch, chunk):
    """In pieces of any length; the melody comes last, for the input a pitch period ago."""
    monkeypatch.setattr(phonetic, "_CHUNK_FRAMES", chunk)
    given = frames()
    found = model.from_frames(given)
    _, content = model.recogniser(given.local[:, :12])
    torch.testing.assert_close(found.local[:, :4], content)
    torch.testing.assert_close(found.local[:, 4:5], loudness(given.local[:, :12]))
    assert torch.equal(found.local[:, 5:], given.local[:, 12:])
    assert torch.equal(found.speaker, given.speaker)
    torch.testing.assert_close(found.local, phonetic_rows(content, given.local))


def test_a_wavenet_without_a_recogniser_takes_frames_as_they_are():
    network = WaveNet(**SIZES)
    given = frames()
    assert network.from_frames(given) is given
    assert network.recogniser is None and network.level_db is None
    assert not any(name.startswith("recogniser") for name in network.state_dict())


def test_every_condition_is_heard_and_no_sample_sees_itself_or_later_ones(model):
    given, symbols = frames(), torch.randint(0, 16, (2, 100))
    other = frames()
    local = given.local
    changed = {
        "content": Conditions(
            torch.cat([local[:, :12].flip(1), local[:, 12:]], dim=1), given.speaker
        ),
        "loudness": Conditions(torch.cat([local[:, :12] + 1, local[:, 12:]], dim=1), given.speaker),
        "melody": Conditions(torch.cat([local[:, :12], other.local[:, 12:]], 1), given.speaker),
        "voice": Conditions(local, other.speaker),
    }
    with torch.no_grad():
        before = model(symbols, model.from_frames(given))
        for name, conditions in changed.items():
            after = model(symbols, model.from_frames(conditions))
            assert (after - before).abs().max() > 1e-3, name
        later = symbols.clone()
        later[:, 50:] = 15 - later[:, 50:]
        params = model(later, model.from_frames(given))
    torch.testing.assert_close(params[:, :, :51], before[:, :, :51])
    assert not torch.allclose(params[:, :, 51:], before[:, :, 51:])


def test_the_level_of_the_frames_is_heard_as_loudness_alone(model):
    given = frames()
    louder = torch.cat([given.local[:, :12] + 0.7, given.local[:, 12:]], dim=1)
    found, raised = (
        model.from_frames(Conditions(local, given.speaker)).local for local in (given.local, louder)
    )
    torch.testing.assert_close(raised[:, :4], found[:, :4], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(raised[:, 4], found[:, 4] + 0.7)


def test_the_recogniser_is_not_trained(model):
    model.train()
    assert model.stack.training and not model.recogniser.training
    symbols = torch.randint(0, 16, (2, 100))
    model(symbols, model.from_frames(frames())).sum().backward()
    assert all(parameter.grad is None for parameter in model.recogniser.parameters())
    assert model.conditioning.convs[0].weight.grad is not None


@pytest.mark.parametrize("rows", [13, 7])
def test_frames_of_other_features_are_refused(model, rows):
    with pytest.raises(ModelError, match="frames of 14 rows"):
        model.from_frames(Conditions(torch.zeros(1, rows, 4), torch.zeros(1, 3)))
    with pytest.raises(ModelError, match="frames of 14 rows"):
        model.from_frames(Conditions(None, torch.zeros(1, 3)))


@pytest.mark.parametrize(
    ("name", "value"), [("hop_samples", 4), ("sample_rate", 2000), ("local_features", 11)]
)
def test_a_recogniser_of_other_frames_is_refused(name, value):
    with pytest.raises(ConfigError, match=f"the recogniser takes frames of {name} {value}, and"):
        WaveNet(**SIZES, recogniser=RECOGNISER | {name: value})
