"""Batches as a pure function of the step, so that a resumed run sees what it would have seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Sampler

from speechgen.errors import SpeechgenError
from speechgen.workers import signals_held


class StepBatches(Sampler[list[int]]):
    """Index lists of the items of step ``first_step`` and all later ones, for one process.

    Steps before step s use ``batches_before(s)`` batches, so step s is number n of them, or several
    from n on, one after the other. Batch n of process r of w has the items (n * w + r) *
    batch_size and following, so no item is met twice and none depends on where a run was
    interrupted. It has no end on purpose: the clock stops a run, and Lightning has no length to
    compare with its own counters.
    """

    def __init__(
        self,
        first_step: int,
        batch_size: int,
        batches_before: Callable[[int], int] = lambda step: step,
        *,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.first_step = first_step
        self.batch_size = batch_size
        self.batches_before = batches_before
        self.rank, self.world = rank, world

    def __iter__(self) -> Iterator[list[int]]:
        for step in itertools.count(self.first_step):
            items: list[int] = []
            for batch in range(self.batches_before(step), self.batches_before(step + 1)):
                start = (batch * self.world + self.rank) * self.batch_size
                items += range(start, start + self.batch_size)
            yield items


class _Loader(DataLoader):
    """Its workers finish the step that is interrupted: Ctrl-C is for the process that trains."""

    def __iter__(self) -> Any:
        with signals_held():
            batches = super().__iter__()
        return _told_alike(batches)


def _told_alike(batches: Iterator[Any]) -> Iterator[Any]:
    """The batches; what a worker refuses is one line, as without workers, and no traceback."""
    try:
        yield from batches
    except SpeechgenError as error:
        if not str(error).startswith("Caught "):
            raise
        # torch's text ends as tracebacks do: "speechgen.errors.DataError: what, where and how"
        said = str(error).rstrip().splitlines()[-1].partition(": ")[2]
        raise type(error)(said) from error


def training_loader(dataset: Any, batches: StepBatches, *, num_workers: int) -> DataLoader:
    """A loader of ``batches`` from a ``dataset`` whose items are pure functions of their index."""
    return _Loader(
        dataset,
        batch_sampler=batches,
        num_workers=num_workers,
        persistent_workers=False,
        prefetch_factor=4 if num_workers else None,
        pin_memory=torch.cuda.is_available(),
        worker_init_fn=_single_thread,
        collate_fn=collation_of(dataset),
    )


def collation_of(dataset: Any) -> Callable[[list[Any]], Any]:
    """How items become a batch: as ``dataset.collate`` says, or stacked."""
    from torch.utils.data import default_collate

    return getattr(dataset, "collate", default_collate)


def _single_thread(worker: int) -> None:
    torch.set_num_threads(1)


def fixed_batches(dataset: Any, items: int, batch_size: int) -> list[dict[str, torch.Tensor]]:
    """The first ``items`` of ``dataset``, collated; the same at every validation."""
    collate = collation_of(dataset)
    starts = range(0, items, batch_size)
    return [
        collate([dataset[i] for i in range(start, min(start + batch_size, items))])
        for start in starts
    ]
