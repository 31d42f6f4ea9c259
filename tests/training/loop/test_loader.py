"""Batches are a function of the step."""

from __future__ import annotations

import signal
from itertools import islice
from typing import Any

import torch

from speechgen.adversarial import GANSchedule
from speechgen.training.loop.loader import StepBatches, fixed_batches, training_loader


class Numbers(torch.utils.data.Dataset):
    """Item i is i."""

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"number": torch.tensor(index)}


def batches(**options: Any) -> list[list[int]]:
    loader = training_loader(Numbers(), StepBatches(**options), num_workers=0)
    return [batch["number"].tolist() for batch in islice(loader, 3)]


def test_a_late_start_joins_an_early_one() -> None:
    early = batches(first_step=0, batch_size=2)
    assert early == [[0, 1], [2, 3], [4, 5]]
    assert batches(first_step=2, batch_size=2)[0] == early[2]


def test_processes_share_the_items() -> None:
    ranks = [batches(first_step=0, batch_size=2, rank=rank, world=2) for rank in range(2)]
    together = [index for pair in zip(*ranks, strict=True) for part in pair for index in part]
    assert together == list(range(12))


def test_a_step_may_take_several_batches_and_none_is_met_twice() -> None:
    schedule = GANSchedule(discriminator_steps=3, warm_up_steps=1)
    options = {"batch_size": 2, "batches_before": schedule.batches_before}
    assert batches(first_step=0, **options) == [[0, 1], [*range(2, 8)], [*range(8, 14)]]
    assert batches(first_step=2, **options)[0] == [*range(8, 14)]
    both = [batches(first_step=0, rank=rank, world=2, **options) for rank in range(2)]
    assert both[0][1] == [4, 5, 8, 9, 12, 13]
    together = [item for each in both for step in each for item in step]
    assert sorted(together) == list(range(28))


def test_fixed_batches_cover_the_items() -> None:
    found = [batch["number"].tolist() for batch in fixed_batches(Numbers(), 5, 2)]
    assert found == [[0, 1], [2, 3], [4]]


class Blocked(torch.utils.data.Dataset):
    """An item says whether Ctrl-C is blocked where it is made."""

    def __getitem__(self, index: int) -> bool:
        return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_workers_do_not_hear_ctrl_c() -> None:
    for workers in (0, 1):
        loader = training_loader(Blocked(), StepBatches(0, 2), num_workers=workers)
        assert next(iter(loader)).tolist() == [workers == 1] * 2
