#!/usr/bin/env python3
"""Measures the memory of two processes that train one model, with and without shares of weights.

    python tools/bench_sharding.py --experiment dsegan > sharding.md

Each process has one thread; the data are noise. A row is of one strategy and process: what it holds
of weights, moments and average, and its peaks of memory before the first step, in the steps, and
while the model and the checkpoint are written. Peaks need Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

STEPS = 3
EXPERIMENTS = {
    "dsegan": [
        "data=mixture", "data.noise=DATA", "data.batch_size=1",
        "objective.schedule.warm_up_steps=0",
        "objective.discriminator.arguments.reference_examples=2",
    ],
    "wavenet_mel": ["data.batch_size=1"],
}  # fmt: skip
COLUMNS = ("weights", "moments", "average", "peak before", "in steps", "in saving", "s a step")


def main() -> None:
    """Print the table of one experiment."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiment", choices=EXPERIMENTS, default="dsegan")
    name = parser.parse_args().experiment
    print(f"| {name}, MB a process | first or other | {' | '.join(COLUMNS)} |")
    print("|---" * (2 + len(COLUMNS)) + "|")
    with tempfile.TemporaryDirectory() as scratch:
        write_noise(Path(scratch))
        for strategy in ("ddp", "fsdp"):
            for rank, row in enumerate(measured(name, strategy, Path(scratch))):
                cells = " | ".join(f"{row[column]:,.1f}" for column in COLUMNS)
                print(f"| {strategy} | {('first', 'other')[rank]} | {cells} |", flush=True)


def write_noise(folder: Path) -> None:
    """A data directory ``data`` of four recordings."""
    from speechgen.audio import write
    from speechgen.data import write_data_directory

    draw = np.random.default_rng(0)
    waves = {f"r{number}": folder / f"r{number}.wav" for number in range(4)}
    for path in waves.values():
        write(path, 0.1 * draw.standard_normal((1, 48000)).astype(np.float32), 16000)
    write_data_directory(folder / "data", wavs=waves, speakers={key: key for key in waves})


def measured(name: str, strategy: str, scratch: Path) -> list[dict[str, float]]:
    """What each of two processes noted."""
    data, output = scratch / "data", scratch / strategy
    overrides = [
        f"experiment={name}", f"data.train={data}", f"data.valid={data}", f"output={output}",
        *(one.replace("DATA", str(data)) for one in EXPERIMENTS[name]), "trainer.devices=2",
        "trainer.accelerator=cpu", "trainer.precision=32", f"trainer.max_steps={STEPS}",
        "trainer.validation_items=1", f"trainer.strategy={strategy}", "trainer.num_workers=0",
    ]  # fmt: skip
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shared = os.environ | {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "pair", "GROUP_RANK": "0",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    code = "import json, sys; from bench_sharding import worker; worker(json.loads(sys.argv[1]))"
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(overrides)], cwd=Path(__file__).parent,
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    said = [one.communicate()[0] for one in pair]
    if any(one.returncode for one in pair):
        sys.exit(f"a process of {name} has failed")
    return [json.loads(text.splitlines()[-1]) for text in said]


def worker(overrides: list[str]) -> None:
    """One process of a run; the last line that it prints is what was measured."""
    from speechgen.training import run
    from speechgen.training.loop.checkpoint import Checkpointing
    from speechgen.training.loop.clock import RunClock

    row: dict[str, float] = {}
    begin, save = RunClock.on_train_batch_start, Checkpointing.after_step

    def beginning(self: RunClock, trainer: Any, module: Any, *batch: Any) -> None:
        if not module.steps_done:
            row["peak before"] = peak()
        row["s a step"] = time.perf_counter()
        begin(self, trainer, module, *batch)

    def saving(self: Checkpointing, trainer: Any, module: Any) -> None:
        if module.steps_done == STEPS - 1:
            row["in steps"] = peak()
            row["took"] = time.perf_counter() - row["s a step"]
            row["weights"] = megabytes(list(module.parameters()))
            row["moments"] = megabytes([dict(one.state) for one in trainer.optimizers])
            row["average"] = megabytes(self.average.average)
        save(self, trainer, module)
        if module.steps_done == STEPS:
            row["in saving"] = peak()

    RunClock.on_train_batch_start = beginning  # type: ignore[method-assign]
    Checkpointing.after_step = saving  # type: ignore[method-assign]
    run(overrides)
    print(json.dumps(row | {"s a step": row["took"]}))


def peak() -> float:
    """The most memory since the last question, in MB."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def megabytes(held: Any) -> float:
    """What this process holds of tensors in containers."""
    import torch

    from speechgen.training.loop.shares import own

    if isinstance(held, dict):
        return sum(map(megabytes, held.values()))
    if isinstance(held, list):
        return sum(map(megabytes, held))
    return own(held).nbytes / 1e6 if isinstance(held, torch.Tensor) else 0.0


if __name__ == "__main__":
    main()
