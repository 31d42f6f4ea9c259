"""Annotations hold: a tensor with the wrong axes, or none at all, is noticed at the door."""

from __future__ import annotations

from typing import Any

import jaxtyping
import pytest
import torch

from speechgen import registry
from speechgen.likelihood import MuLawCategorical


@pytest.mark.parametrize("wave", [torch.zeros(16), torch.zeros(1, 1, 16).long(), "noise"])
@pytest.mark.parametrize("name", ["identity", "segan"])
def test_an_enhancer_takes_waves_of_three_axes(name: str, wave: Any) -> None:
    model = registry.build(name, {} if name == "identity" else {"channels": [2, 2]})
    with pytest.raises(jaxtyping.TypeCheckError):
        model.enhance(wave)


def test_the_annotations_of_the_cores_are_checked() -> None:
    likelihood: Any = MuLawCategorical(classes=16)
    with pytest.raises(jaxtyping.TypeCheckError):
        likelihood.encode("noise")
    assert likelihood.encode(torch.zeros(1, 4)).shape == (1, 4)
