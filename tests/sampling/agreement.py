"""What the tests of engines share: small networks, their conditions, when draws are the same."""

from __future__ import annotations

import torch

from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample_symbols
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.reference import next_params

CONDITIONS = {"local_features": 3, "hop_samples": 5, "speaker_features": 4}
SIZES = [{}, {"speaker_features": 4}, {"local_features": 3, "hop_samples": 5}, CONDITIONS]
OUTPUTS = [
    {"classes": 32},
    {"classes": 1024},
    {"output": "logistic_mixture", "mixtures": 3, "bits": 8},
    {"output": "logistic_mixture", "mixtures": 3, "bits": 16},
    {"output": "gaussian"},
    {"output": "gaussian_mixture", "mixtures": 3},
]
EDGE = 1e-5  # of a cumulative probability
NEAR = 1e-4  # of a waveform's value, where values are continuous or finely stepped


def wavenet(**arguments):
    small = {
        "stacks": 2,
        "layers_per_stack": 4,
        "residual_channels": 6,
        "gate_channels": 8,
        "skip_channels": 10,
    }
    model = WaveNet(**{**small, "classes": 32, **arguments}).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # so that biases matter and draws depend on the past
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def conditions_of(model, lengths):
    def values(*shape):
        return torch.randn(*shape) if shape[1] else None

    hop = model.hop_samples or 1
    return [
        Conditions(
            values(1, model.local_features, -(-length // hop)), values(1, model.speaker_features)
        )
        for length in lengths
    ]


def noise_for(model, batch, time):
    size = model.likelihood.noise_size
    return torch.rand((batch, time) if size == 1 else (batch, time, size))


def drawn(model, conditions, **arguments):
    return torch.cat(list(sample_symbols(model, conditions, **arguments)), dim=1)


def assert_engine_agrees(
    model, conditions, lengths, noise, engine, *, chunk_samples, temperature=1.0, prime=None
):
    """The engine draws what the reference draws, and where rounding parts them it is by a hair.

    A symbol may differ only where a uniform lies at the very edge of an interval. The engine then
    goes on from the reference's history, as if primed with it.
    """
    settings = {"noise": noise, "temperature": temperature}
    wanted = drawn(
        model, conditions, num_samples=lengths, engine="reference", prime=prime, **settings
    )
    together = drawn(
        model, conditions, num_samples=lengths, engine=engine, chunk_samples=chunk_samples,
        prime=prime, **settings,
    )  # fmt: skip
    for row, length in enumerate(lengths):
        begin, rounds = 0, 0
        found = together[row, :length]
        while begin < length:
            if rounds:
                found = _from_history(
                    model, conditions[row], wanted[row : row + 1], begin, length, prime, row,
                    engine=engine, chunk_samples=chunk_samples, **settings,
                )  # fmt: skip
            apart = _first_difference(model, found, wanted[row, begin:length])
            if apart is None:
                break
            position = begin + apart
            uniform = noise[row : row + 1, position]
            own = wanted[row : row + 1, :position]
            params = _params(model, conditions[row], own, length, prime, row)
            _assert_at_an_edge(model, params, uniform, found[apart], temperature, position)
            begin, rounds = position + 1, rounds + 1
            assert rounds < 20, f"utterance {row}: {rounds} draws at an edge"
    return wanted


def _past(model, wanted, begin, prime, row):
    """Symbols of the priming and of the reference's draws before ``begin``: (1, time)."""
    own = wanted[:, :begin]
    if prime is None:
        return own
    return torch.cat([model.encode(prime[row : row + 1]), own], dim=1)


def _from_history(model, conditions, wanted, begin, length, prime, row, *, noise, **settings):
    from speechgen.sampling.stream import StreamState

    past = _past(model, wanted, begin, prime, row)
    state = StreamState(past, past.shape[1], length - begin, begin, None)
    return drawn(
        model,
        [conditions],
        num_samples=length,
        noise=noise[row : row + 1, :length],
        prime=None if prime is None else prime[row : row + 1],
        state=state,
        **settings,
    )[0]


def _params(model, conditions, wanted, length, prime, row):
    past = _past(model, wanted, wanted.shape[1], prime, row)
    whole = past.shape[1] - wanted.shape[1] + length
    window = ConditionWindow(model, [conditions], [whole])
    with torch.no_grad():
        return next_params(model, window, past[:, -model.receptive_field :], past.shape[1])


def _first_difference(model, found, wanted):
    if isinstance(wanted, torch.Tensor) and not wanted.dtype.is_floating_point:
        differ = found != wanted
    else:
        differ = (found - wanted).abs() > 0.1 * NEAR
    places = torch.nonzero(differ).flatten()
    return int(places[0]) if len(places) else None


def _assert_at_an_edge(model, params, uniform, found, temperature, position):
    """A neighbouring uniform, no further away than rounding, gives what was found."""
    values = [
        model.likelihood.sample(params, (uniform + shift).clamp(0, 1 - 2**-24), temperature)
        for shift in (-EDGE, 0.0, EDGE)
    ]
    waves = torch.stack([model.likelihood.decode(value) for value in values])
    here = model.likelihood.decode(found)
    assert waves.min() - NEAR <= here <= waves.max() + NEAR, (
        f"sample {position}: {here} where the reference draws {waves.flatten().tolist()}"
    )
