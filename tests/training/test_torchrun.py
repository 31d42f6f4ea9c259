"""Real processes under ``torchrun``: a dead one is begun again, and nothing tells of it afterwards.

What two processes make is what one makes of both shares of a batch, and what one makes of them one
after the other: gradients are the same to rounding. Noise that is drawn goes by process and part of
a batch, so objectives with none are compared to the end of a run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from speechgen.errors import ConfigError, PeerError
from speechgen.images.data.dataset import digits, save_images
from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.loader import StepBatches
from speechgen.training.loop.meeting import agree
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.objectives.base import Objective

REPOSITORY = Path(__file__).parents[2]
EXPERIMENT = ["experiment=autoencoder", "model.arguments={hidden: [16], latent: 3}"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("images") / "digits.npz"
    save_images(path, digits().take(slice(40)))
    return path


def overrides(images: Path, output: Path, **trainer: object) -> list[str]:
    told = {
        "max_steps": 30, "log_every_steps": 1, "checkpoint_every_steps": 5, "precision": 32,
        "accelerator": "cpu",
    } | trainer  # fmt: skip
    return [
        *EXPERIMENT, f"data.train={images}", "data.batch_size=4", f"output={output}",
        "objective.layer_steps=1", *(f"trainer.{key}={value}" for key, value in told.items()),
    ]  # fmt: skip


def torchrun(given: list[str], *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
         *options, "-m", "speechgen", "train", *given, "trainer.devices=2"],
        cwd=REPOSITORY, env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def weights(output: Path) -> dict[str, torch.Tensor]:
    return load_file(output / "model" / "model.safetensors")


def worker_of(agent: int, rank: int) -> int:
    """The process number of a worker that an agent has started."""
    for child in Path(f"/proc/{agent}/task/{agent}/children").read_text().split():
        if f"\0LOCAL_RANK={rank}\0" in Path(f"/proc/{child}/environ").read_text():
            return int(child)
    raise LookupError(rank)


def slowed(images: Path, output: Path) -> list[str]:
    """A run that lasts long enough to be met in its middle."""
    return overrides(images, output, max_steps=300, checkpoint_every_steps=20, log_every_steps=50)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_a_worker_that_is_killed_leaves_no_trace(images: Path, tmp_path: Path) -> None:
    """kill -9 in the middle: torchrun begins both again, from the last checkpoint."""
    with torchrun(slowed(images, tmp_path / "killed"), "--max-restarts=1") as pair:
        try:
            last, until = tmp_path / "killed" / "checkpoints" / "last.ckpt", time.monotonic() + 120
            while not last.exists():
                assert pair.poll() is None and time.monotonic() < until
                time.sleep(0.02)
            os.kill(worker_of(pair.pid, 1), signal.SIGKILL)
            _, said = pair.communicate(timeout=200)
        finally:
            pair.kill()
    assert pair.returncode == 0, said
    starts = [line for line in said.splitlines() if ": training from " in line]
    assert len(starts) == 2 and " from the start " in starts[0] and "from step " in starts[1]
    assert int(starts[1].split("from step ")[1].split()[0]) % 20 == 0
    whole = torchrun(slowed(images, tmp_path / "whole"))
    assert whole.communicate(timeout=200) and whole.returncode == 0
    ours, theirs = weights(tmp_path / "killed"), weights(tmp_path / "whole")
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_two_processes_and_two_parts_of_a_step_are_one_larger_batch(
    images: Path, tmp_path: Path
) -> None:
    """After 30 steps of Adam; a difference in the last digit of a gradient grows a little."""
    pair = torchrun(overrides(images, tmp_path / "pair"))
    _, said = pair.communicate(timeout=200)
    assert pair.returncode == 0, said
    run(overrides(images, tmp_path / "parts", accumulate_grad_batches=2))
    run([*overrides(images, tmp_path / "whole"), "data.batch_size=8"])
    whole = weights(tmp_path / "whole")
    for name in ("pair", "parts"):
        for key, value in weights(tmp_path / name).items():
            torch.testing.assert_close(value, whole[key], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_run_of_parts_goes_on_as_it_would_have(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    """Stopped in a step, which is finished and saved; or dead in it, from the checkpoint before."""
    given = {"accumulate_grad_batches": 3, "max_steps": 12}
    run(overrides(images, tmp_path / "whole", **given))
    set_rate = Objective.set_learning_rate

    def stopping(self: Objective, progress: float) -> float:
        if self.steps_done == 6:
            if at_once:
                raise ConnectionError
            os.kill(os.getpid(), signal.SIGTERM)
        return set_rate(self, progress)

    monkeypatch.setattr(Objective, "set_learning_rate", stopping)
    with pytest.raises(ConnectionError if at_once else KeyboardInterrupt):
        run(overrides(images, tmp_path / "cut", **given))
    monkeypatch.setattr(Objective, "set_learning_rate", set_rate)
    kept = torch.load(checkpoint_path(tmp_path / "cut"), weights_only=True)
    assert kept["speechgen"]["steps_done"] == (5 if at_once else 7)
    run(overrides(images, tmp_path / "cut", **given))
    ours, theirs = weights(tmp_path / "cut"), weights(tmp_path / "whole")
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    metrics = [
        [(row["step"], row["name"], row["value"]) for row in read_metrics(folder / "metrics.csv")]
        for folder in (tmp_path / "cut", tmp_path / "whole")
    ]
    assert metrics[0] == metrics[1]


def test_what_steps_by_itself_is_not_accumulated(images: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"accumulate_grad_batches=2: .* enlarge data\.batch_size"
    ):
        run([
            "experiment=hopfield", f"data.train={images}", f"output={tmp_path}",
            "trainer.max_steps=2", "trainer.accelerator=cpu", "trainer.accumulate_grad_batches=2",
        ])  # fmt: skip


def test_what_there_is_no_strategy_for_is_said(images: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"trainer\.strategy: needs ddp or fsdp, not 'x'"):
        run(overrides(images, tmp_path, strategy="x"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("world", "parts"), [(2, 1), (3, 2), (1, 4)])
def test_processes_and_parts_see_every_item_once_and_in_one_order(world: int, parts: int) -> None:
    def batches(rank: int, world: int, parts: int, size: int) -> Iterator[list[int]]:
        return iter(StepBatches(2 * parts, size, rank=rank, world=world))

    whole = batches(0, 1, 1, 4 * world * parts)
    shares = [batches(rank, world, parts, 4) for rank in range(world)]
    for _ in range(3):
        step = [item for _ in range(parts) for share in shares for item in next(share)]
        assert step == next(whole)


def test_a_round_is_agreed_on_whatever_earlier_rounds_left_behind() -> None:
    store, names = dist.HashStore(), []
    for _ in range(3):
        found: dict[int, str] = {}

        def come(rank: int, found: dict[int, str] = found) -> None:
            found[rank] = agree(store, rank, 3)

        threads = [threading.Thread(target=come, args=(rank,)) for rank in (2, 1, 0)]
        for thread in threads:  # the first is the last to come: others meet what was left
            thread.start()
            time.sleep(0.1)
        for thread in threads:
            thread.join(30)
        assert len(found) == 3 and len(set(found.values())) == 1
        names.append(found[0])
        with pytest.raises(PeerError, match="have not come"):  # a round that is not completed
            agree(store, 0, 3, timedelta(seconds=0.1))
    assert len(set(names)) == 3
