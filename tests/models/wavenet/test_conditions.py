"""Conditions as values: checked, batched, picked."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.models.wavenet.conditions import Conditions, batch_conditions


def test_batching_pads_local_conditions_at_the_end():
    parts = [
        Conditions(torch.ones(1, 2, 3), torch.ones(1, 4)),
        Conditions(torch.ones(1, 2, 5), torch.zeros(1, 4)),
    ]
    joined = batch_conditions(parts)
    assert joined.local.shape == (2, 2, 5)
    assert joined.local[0].sum(dim=0).tolist() == [2, 2, 2, 0, 0]
    assert joined.speaker.tolist() == [[1] * 4, [0] * 4]


def test_selection_keeps_both_kinds():
    both = Conditions(torch.arange(6.0).view(3, 1, 2), torch.arange(3.0).view(3, 1))
    picked = both.select([2, 0])
    assert picked.local[:, 0, 0].tolist() == [4, 0]
    assert picked.speaker[:, 0].tolist() == [2, 0]
    assert Conditions().batch_size is None
    assert both.batch_size == 3


def test_wrong_axes_and_mixed_batches_are_refused():
    with pytest.raises(ConfigError, match="local must have 3 axes"):
        Conditions(local=torch.zeros(2, 3))
    with pytest.raises(ConfigError, match="speaker must have 2 axes"):
        Conditions(speaker=torch.zeros(2))
    with pytest.raises(ConfigError, match="lack"):
        batch_conditions([Conditions(), Conditions(speaker=torch.zeros(1, 2))])
    with pytest.raises(ConfigError, match="no conditions"):
        batch_conditions([])
