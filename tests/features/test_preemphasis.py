from __future__ import annotations

import pytest
import torch

from speechgen.features import deemphasis, preemphasis


@pytest.mark.parametrize("coefficient", [0.0, 0.5, 0.95, 0.99])
@pytest.mark.parametrize("num_samples", [1, 2, 7, 5000])
def test_each_undoes_the_other(coefficient: float, num_samples: int) -> None:
    x = torch.randn(2, 3, num_samples, dtype=torch.float64)
    torch.testing.assert_close(deemphasis(preemphasis(x, coefficient), coefficient), x)
    torch.testing.assert_close(preemphasis(deemphasis(x, coefficient), coefficient), x)


def test_preemphasis_is_the_difference_equation() -> None:
    x = torch.tensor([1.0, 2.0, -1.0])
    torch.testing.assert_close(preemphasis(x, 0.9), torch.tensor([1.0, 1.1, -2.8]))


def test_deemphasis_of_an_impulse_decays_by_the_coefficient() -> None:
    impulse = torch.zeros(300, dtype=torch.float64)
    impulse[0] = 1.0
    expected = 0.95 ** torch.arange(300, dtype=torch.float64)
    torch.testing.assert_close(deemphasis(impulse, 0.95), expected)


def test_deemphasis_passes_gradients() -> None:
    x = torch.randn(1, 40, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda value: deemphasis(value, 0.9), x)


def test_coefficient_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="coefficient"):
        preemphasis(torch.zeros(3), 1.0)
