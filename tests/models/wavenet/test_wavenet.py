"""WaveNet: exact likelihoods, step equal to forward, conditions that matter where they should."""

from __future__ import annotations

import itertools

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet

CONDITIONS = {"local_features": 3, "hop_samples": 5, "speaker_features": 4}


def wavenet(**arguments):
    small = {
        "stacks": 2,
        "layers_per_stack": 3,
        "residual_channels": 6,
        "gate_channels": 8,
        "skip_channels": 10,
        "classes": 16,
    }
    return WaveNet(**{**small, **arguments}).double().eval()


def conditions_of(model, batch, frames):
    def values(*shape):
        return torch.randn(*shape, dtype=torch.float64) if shape[1] else None

    return Conditions(
        values(batch, model.local_features, frames), values(batch, model.speaker_features)
    )


@pytest.mark.parametrize("sizes", [{}, CONDITIONS])
@pytest.mark.parametrize("kernel", [2, 3])
def test_probabilities_of_all_sequences_sum_to_one(kernel, sizes):
    model = wavenet(classes=3, kernel_size=kernel, **sizes)
    symbols = torch.tensor(list(itertools.product(range(3), repeat=4)))  # all 81 sequences
    one = conditions_of(model, 1, 1)
    conditions = one.select([0] * 81) if sizes else None
    with torch.no_grad():
        nats = model.likelihood.log_prob(model(symbols, conditions), symbols).sum(dim=1)
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-6)
    assert nats.exp().std() > 0  # and they are not all alike


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"speaker_features": 4},
        {"local_features": 3, "hop_samples": 5},
        CONDITIONS,
        {"local_features": 3, "hop_samples": 1},
    ],
)
@pytest.mark.parametrize("kernel", [2, 3])
def test_step_equals_forward(kernel, sizes):
    model = wavenet(kernel_size=kernel, **sizes)
    time, hop = 43, model.hop_samples or 43
    symbols = torch.randint(0, 16, (2, time))
    conditions = conditions_of(model, 2, -(-time // hop))
    with torch.no_grad():
        wanted = model(symbols, conditions)
        prepared = model.prepare_conditions(conditions, time)
        state, previous = model.initial_state(2), torch.full((2,), model.initial_symbol)
        for t in range(time):
            rows = prepared.frame(t // hop)
            row = None if rows is None else rows[t % hop if len(rows) > 1 else 0]
            params, state = model.step(previous, state, row)
            assert torch.allclose(params, wanted[:, :, t], atol=1e-10)
            previous = symbols[:, t]


@pytest.mark.parametrize("kind", ["local", "speaker"])
def test_changing_a_condition_changes_the_likelihood(kind):
    model = wavenet(**CONDITIONS)
    symbols = torch.randint(0, 16, (1, 20))
    one, other = conditions_of(model, 1, 4), conditions_of(model, 1, 4)
    changed = (
        Conditions(other.local, one.speaker)
        if kind == "local"
        else Conditions(one.local, other.speaker)
    )
    with torch.no_grad():
        nats = [model.likelihood.log_prob(model(symbols, c), symbols).sum() for c in (one, changed)]
    assert abs(nats[0] - nats[1]) > 1e-3


def test_frames_act_from_their_first_sample_on():
    """With repetition for upsampling and no look-ahead, frame j first acts at sample j * hop."""
    model = wavenet(**CONDITIONS, upsampler_kernel_size=1)
    with torch.no_grad():
        model.conditioning.upsampler.weight.copy_(torch.tensor([0.0, 1.0, 0.0]).expand(5, 3))
    symbols = torch.randint(0, 16, (1, 60))
    one = conditions_of(model, 1, 12)
    local = one.local.clone()
    local[:, :, 4] += 1.0
    with torch.no_grad():
        difference = model(symbols, one) - model(symbols, Conditions(local, one.speaker))
    touched = torch.nonzero(difference.abs().sum(dim=(0, 1))).flatten().tolist()
    # the frame's five samples, and as long as the blocks after the first one carry them on
    last = 4 * 5 + 5 + model.stack.receptive_field - 2
    assert touched == list(range(4 * 5, last))


def test_frames_beyond_the_samples_do_not_matter_but_missing_ones_are_refused():
    model = wavenet(**CONDITIONS, upsampler_kernel_size=1)
    with torch.no_grad():
        model.conditioning.upsampler.weight.copy_(torch.tensor([0.0, 1.0, 0.0]).expand(5, 3))
    symbols = torch.randint(0, 16, (1, 12))
    long = conditions_of(model, 1, 9)
    short = Conditions(long.local[:, :, :3], long.speaker)
    assert torch.allclose(model(symbols, long), model(symbols, short))
    with pytest.raises(ModelError, match="12 samples need 3 frames"):
        model(symbols, Conditions(long.local[:, :, :2], long.speaker))


def test_the_length_of_a_speaker_vector_does_not_matter():
    model = wavenet(speaker_features=4)
    symbols = torch.randint(0, 16, (1, 9))
    vector = torch.randn(1, 4, dtype=torch.float64)
    both = [model(symbols, Conditions(speaker=scale * vector)) for scale in (1.0, 10.0)]
    assert torch.allclose(*both, atol=1e-10)


@pytest.mark.parametrize("name", ["local", "speaker"])
def test_missing_and_misfit_conditions_are_named(name):
    model = wavenet(**CONDITIONS)
    good = conditions_of(model, 1, 4)
    symbols = torch.zeros(1, 20, dtype=torch.long)
    for value in (None, torch.zeros(1, 9, 4) if name == "local" else torch.zeros(1, 9)):
        with pytest.raises(ModelError, match=f"the {name} condition"):
            model(symbols, Conditions(**{**vars(good), name: value}))


@pytest.mark.parametrize("coefficient", [0.0, 0.85])
def test_decoding_undoes_encoding_but_for_quantisation(coefficient):
    model = wavenet(classes=256, preemphasis=coefficient)
    wave = 0.3 * torch.sin(torch.arange(4000) * 0.05).unsqueeze(0)
    again = model.decode(model.encode(wave))
    assert torch.nn.functional.mse_loss(again, wave).sqrt() < 0.02


def test_decoding_in_chunks_gives_the_same_as_at_once():
    model = wavenet(classes=256, preemphasis=0.85)
    symbols = torch.randint(100, 156, (2, 1000))
    decode = model.decoder()
    parts = [decode(part) for part in symbols.split([1, 10, 489, 500], dim=1)]
    assert torch.allclose(torch.cat(parts, dim=1), model.decode(symbols), atol=1e-6)


def test_voices_are_found_by_name():
    model = WaveNet(stacks=1, layers_per_stack=2, speaker_features=4, speakers=["anna", "ben"])
    model.speaker_table.copy_(torch.arange(8.0).view(2, 4))
    assert model.speaker_vector("ben").tolist() == [4, 5, 6, 7]
    assert "speaker_table" in model.state_dict()
    assert not isinstance(model.speaker_table, torch.nn.Parameter)
    with pytest.raises(ModelError, match="unknown voice 'carl'; this model has: anna, ben"):
        model.speaker_vector("carl")


def test_the_height_of_a_voice_is_known_or_none():
    names = {"speaker_features": 4, "speakers": ["anna", "ben"]}
    model = WaveNet(stacks=1, layers_per_stack=2, speaker_f0_hz=[0.0, 100.0], **names)
    assert [model.f0_of(name) for name in ("anna", "ben", "carl")] == [None, 100.0, None]
    assert WaveNet(stacks=1, layers_per_stack=2, **names).f0_of("ben") is None


def test_a_learned_table_is_a_parameter():
    model = WaveNet(
        stacks=1, layers_per_stack=2, speaker_features=4, speakers=["a"], train_speaker_table=True
    )
    assert isinstance(model.speaker_table, torch.nn.Parameter)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"stacks": 0}, "stacks"),
        ({"preemphasis": 1.0}, "preemphasis"),
        ({"speakers": ["a"]}, "speaker_features"),
        ({"speaker_f0_hz": [100.0]}, "speaker_f0_hz"),
        ({"local_features": 3}, "hop_samples"),
        ({"gate_channels": 7}, "gate_channels"),
        ({"classes": 1}, "classes"),
    ],
)
def test_impossible_arguments_are_refused(arguments, word):
    with pytest.raises(ConfigError, match=word):
        WaveNet(**arguments)


def test_a_few_steps_of_training_lower_the_bits_in_bfloat16_too():
    model = WaveNet(
        stacks=1, layers_per_stack=4, residual_channels=8, gate_channels=16, skip_channels=8,
        **CONDITIONS,
    )  # fmt: skip
    wave = 0.5 * torch.sin(torch.arange(400) * 0.1).repeat(2, 1)
    symbols = model.encode(wave)
    conditions = Conditions(torch.randn(2, 3, 80), torch.randn(2, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(40):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            params = model(symbols, conditions)
        loss = -model.likelihood.log_prob(params, symbols).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 1.0
    assert all(p.grad is not None for p in model.parameters())
