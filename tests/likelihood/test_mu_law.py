"""The mu-law categorical: ITU companding, exact round trips, densities that sum to one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.likelihood import MuLawCategorical, mu_law_compress, mu_law_expand, nats_to_bits


def test_compression_has_the_values_of_the_itu_formula():
    wave = torch.tensor([0.0, 1.0, -1.0, 0.5, -0.01], dtype=torch.float64)
    # ln(1 + 255 |x|) / ln 256, worked out by hand
    wanted = [0.0, 1.0, -1.0, math.log(128.5) / math.log(256), -math.log(3.55) / math.log(256)]
    assert mu_law_compress(wave, 255).tolist() == pytest.approx(wanted, abs=1e-12)


def test_expansion_undoes_compression():
    wave = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    assert torch.allclose(mu_law_expand(mu_law_compress(wave, 255), 255), wave, atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 16, 255, 256])
def test_every_symbol_survives_decoding_and_encoding(classes):
    likelihood = MuLawCategorical(classes)
    symbols = torch.arange(classes)
    assert torch.equal(likelihood.encode(likelihood.decode(symbols)), symbols)


def test_encoding_reaches_the_ends_and_clips_beyond():
    likelihood = MuLawCategorical(256)
    assert likelihood.encode(torch.tensor([-1.0, 1.0, -3.0, 3.0])).tolist() == [0, 255, 0, 255]


def test_quantisation_error_is_at_most_half_a_companded_step():
    likelihood = MuLawCategorical(256)
    wave = torch.linspace(-1, 1, 4001)
    again = likelihood.decode(likelihood.encode(wave))
    error = (mu_law_compress(again, 255) - mu_law_compress(wave, 255)).abs().max()
    assert error <= 1 / 255 + 1e-6


def test_log_prob_is_the_log_of_the_softmax_in_nats():
    params = torch.randn(2, 5, 7, dtype=torch.float64)
    symbols = torch.randint(0, 5, (2, 7))
    nats = MuLawCategorical(5).log_prob(params, symbols)
    for b, t in np.ndindex(2, 7):
        weights = torch.exp(params[b, :, t])
        assert nats[b, t].item() == pytest.approx(
            math.log(weights[symbols[b, t]] / weights.sum()), abs=1e-12
        )


def test_uniform_params_cost_log2_of_the_classes_in_bits():
    nats = -MuLawCategorical(256).log_prob(torch.zeros(1, 256, 3), torch.tensor([[0, 9, 255]]))
    assert nats_to_bits(nats).tolist()[0] == pytest.approx([8.0, 8.0, 8.0])


def test_log_prob_of_bfloat16_params_is_computed_in_float32():
    nats = MuLawCategorical(4).log_prob(torch.zeros(1, 4, 2).bfloat16(), torch.zeros(1, 2).long())
    assert nats.dtype == torch.float32


def test_inversion_picks_the_interval_the_noise_falls_into():
    likelihood = MuLawCategorical(4)
    params = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log()
    edges = [0.0, 0.0999, 0.1001, 0.2999, 0.3001, 0.5999, 0.6001, 1 - 2**-24]
    drawn = [likelihood.sample(params, torch.tensor([u])).item() for u in edges]
    assert drawn == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_class_without_probability_is_never_drawn():
    likelihood = MuLawCategorical(4)
    params = torch.tensor([[-math.inf, 0.0, 0.0, -math.inf]])
    noise = torch.tensor([0.0, 0.25, 0.5, 0.75, 1 - 2**-24])
    drawn = likelihood.sample(params.expand(5, 4), noise)
    assert drawn.tolist() == [1, 1, 2, 2, 2]


def test_temperature_sharpens_and_must_be_positive():
    likelihood = MuLawCategorical(3)
    params = torch.tensor([[0.0, 1.0, 0.5]])
    noise = torch.linspace(0, 0.999, 999)
    cold = likelihood.sample(params.expand(999, 3), noise, temperature=0.05)
    assert (cold == likelihood.mode(params)[0]).float().mean() > 0.99
    with pytest.raises(ConfigError, match="temperature"):
        likelihood.sample(params, noise[:1], temperature=0.0)


def test_embedding_is_one_hot_with_the_class_on_axis_one():
    embedded = MuLawCategorical(4).embed(torch.tensor([[2, 0]]))
    assert embedded.tolist() == [[[0, 1], [0, 0], [1, 0], [0, 0]]]
