"""Jobs make what is wanted and no more, and are closed once, wherever they were."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.serving.conftest import skip_without_extra


@pytest.fixture
def workers():
    skip_without_extra()
    from speechgen.serving.jobs import Workers

    made = Workers(2, "test")
    yield made
    made.stop()


class Pieces:
    """Counts how many pieces were made, and whether it was closed."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.made = self.closed = 0
        self.began, self._gate = threading.Event(), gate

    def __iter__(self):
        try:
            while self.made < 5:
                self.began.set()
                if self._gate is not None:
                    self._gate.wait(10)
                self.made += 1
                yield self.made
        finally:
            self.closed += 1


def test_all_pieces_come_in_order(workers):
    from speechgen.serving.jobs import Job

    pieces = Pieces()

    async def run():
        job, found = Job(workers, iter(pieces)), []
        while (piece := await job.step()) is not None:
            found.append(piece)
        job.close()
        return found

    assert asyncio.run(run()) == [1, 2, 3, 4, 5]
    assert pieces.closed == 1


def test_no_piece_is_made_that_nobody_asked_for(workers):
    from speechgen.serving.jobs import Job

    pieces = Pieces()

    async def run():
        job = Job(workers, iter(pieces))
        await job.step()
        await job.step()
        job.close()
        assert await job.step() is None

    asyncio.run(run())
    assert (pieces.made, pieces.closed) == (2, 1)


def test_a_job_that_is_closed_while_it_works_ends_after_that_piece(workers):
    from speechgen.serving.jobs import Job

    gate = threading.Event()
    pieces = Pieces(gate)

    async def run():
        job = Job(workers, iter(pieces))
        step = asyncio.ensure_future(job.step())
        await asyncio.to_thread(pieces.began.wait)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        job.close()
        assert pieces.closed == 0
        gate.set()
        await job.ended()

    asyncio.run(run())
    assert (pieces.made, pieces.closed) == (1, 1)


def test_nothing_is_begun_after_the_end():
    skip_without_extra()
    from speechgen.serving.jobs import Workers
    from speechgen.serving.problems import Problem

    workers = Workers(1, "test")
    workers.stop()
    with pytest.raises(Problem) as refused:
        asyncio.run(workers.run(lambda: 1))
    assert refused.value.status_code == 503


def test_places_are_given_back_and_the_wait_is_told():
    skip_without_extra()
    from speechgen.serving.admission import Admission
    from speechgen.serving.problems import Problem

    places = Admission(2, 1, "requests")
    with places.place(), places.place():
        with pytest.raises(Problem) as refused, places.place():
            pass
        assert refused.value.status_code == 429
        assert 1 <= int(refused.value.headers["retry-after"]) <= 60
    assert places.taken == 0
    with pytest.raises(RuntimeError), places.place():
        raise RuntimeError
    assert places.taken == 0
    with places.place() as release:
        release()
        assert places.taken == 0
    assert places.taken == 0


def test_many_threads_share_a_model_and_none_disturbs_another():
    """Texts, recordings and conversions at the same time are what they are one by one."""
    skip_without_extra()
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from speechgen.enhancement.single import enhance_wave
    from speechgen.serving.catalogue import Catalogue
    from speechgen.synthesis import synthesize
    from speechgen.synthesis.say import say

    catalogue = Catalogue(device="cpu")
    texts = [f"Number {number} is what I say, and then {number * 7}." for number in range(2)]

    def work(text: str):
        spoken = say(text, voice=catalogue.speaker(None, "slt"))
        clean = enhance_wave(catalogue.enhancer().model, spoken[None], 16000)
        other = synthesize(spoken, speaker="bdl", model=catalogue.converter(), device="cpu")
        return spoken, clean, other

    alone = [work(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, texts * 2))
    for one, two in zip(alone * 2, together, strict=True):
        for a, b in zip(one, two, strict=True):
            assert np.array_equal(a, b)
