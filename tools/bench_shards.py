"""Tar shards beside a data directory: how fast trainings are fed, and what memory they take.

    python tools/bench_shards.py exp/data/train                      items a second, by the kind
    python tools/bench_shards.py exp/data/train --memory 10,10000    peak memory by hours of speech
    python tools/bench_shards.py exp/data/train --remote             utterances a second by URL

Feeding: the data of an experiment as ``speechgen train`` opens it, one batch after another in one
process and without the network: items for every second of processor time, which other work on the
machine disturbs less than wall time. Kinds of storage take turns, every one in a process of its
own; of repetitions the median counts. What is measured begins when the first batch is there: before
it a data directory is decoded, or its features extracted, once.

Memory: ``speechgen train`` for some steps with two workers on shards that are DATA again and again,
by links to one tar, until there are so many hours; of the process that trains and of the largest of
its workers the peak that the system counted (maximum resident set size).

Remote: all utterances in the order of a training, from the folder and from a server on this machine
in turns, as bytes and as waves; wall time and processor time of the process that reads.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FORMATS = ("flac", "wav", "keep")
#: what is fed: a name, and what ``speechgen train`` is told
EXPERIMENTS: dict[str, list[str]] = {
    "segan": ["experiment=segan"],
    "spectral_enhancer": ["experiment=spectral_enhancer"],
    "parallel_wavegan": ["experiment=parallel_wavegan"],
    "harmonic_vocoder": ["experiment=harmonic_vocoder"],
    "speaker_encoder": ["experiment=speaker_encoder"],
}
_TRAINED = "spectral_enhancer_tiny"


def main() -> None:
    """Measure and print a Markdown table."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_TASKS[sys.argv[2]](json.loads(sys.argv[3]))))
        return
    options = parse(sys.argv[1:])
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        made = in_process("prepare", {"data": str(options.data), "folder": folder})
        print(f"{made['hours']:.2f} hours, {made['utterances']} utterances; MiB: {made['mib']}\n")
        table = memory_table if options.memory else feeding_table
        (remote_table if options.remote else table)(options, Path(folder))


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )

    def hours(text: str) -> list[float]:
        found = [float(word) for word in text.split(",")]
        if min(found) <= 0:
            raise argparse.ArgumentTypeError(f"{text}: every number must be above 0")
        return found

    parser.add_argument("data", type=Path, help="data directory of speech")
    parser.add_argument("--experiments", default=",".join(EXPERIMENTS), help="names, with commas")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a repetition")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", type=hours, help="hours of speech, with commas")
    parser.add_argument("--remote", action="store_true", help="by URL beside the folder")
    parser.add_argument("--steps", type=int, default=40, help="of a training, with --memory")
    parser.add_argument("--scratch", type=Path, help="where there is room; removed afterwards")
    return parser.parse_args(words)


def feeding_table(options: argparse.Namespace, folder: Path) -> None:
    """Items a second of processor time by experiment and storage."""
    kinds = {"folder": str(options.data)} | {form: str(folder / form) for form in FORMATS}
    print(f"| Data of | {' | '.join(kinds)} |\n|---|{'---:|' * len(kinds)}", flush=True)
    for name in options.experiments.split(","):
        found: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(options.repeats):
            for kind, data in kinds.items():
                task = {"experiment": name, "data": data, "folder": str(folder)}
                told = in_process("feed", task | {"seconds": options.seconds})
                found[kind].append(told["items_per_second"])
        row = [f"{statistics.median(values):.1f}" for values in found.values()]
        print(f"| {name} | {' | '.join(row)} |", flush=True)


def memory_table(options: argparse.Namespace, folder: Path) -> None:
    """Peak memory by hours of speech."""
    print("| Hours | Shards | Utterances | Until the first step, s | Training, MiB | Worker, MiB |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)
    for hours in options.memory:
        task = {"hours": hours, "folder": str(folder), "steps": options.steps}
        told = in_process("repeat", task)
        told |= in_process("train", task | told)
        print(
            f"| {hours:g} | {told['shards']} | {told['utterances']} | {told['begin_seconds']:.1f} "
            f"| {told['own_mib']:.0f} | {told['worker_mib']:.0f} |",
            flush=True,
        )


def remote_table(options: argparse.Namespace, folder: Path) -> None:
    """Utterances a second by where they are and what becomes of them."""
    print("| FLAC shards | bytes, utterances/s | ms of CPU each | decoded, utterances/s |")
    print("|---|---:|---:|---:|", flush=True)
    with served(folder) as url:
        places = {"folder": str(folder / "flac"), "127.0.0.1": f"{url}/flac"}
        found: dict[str, list[dict[str, float]]] = {kind: [] for kind in places}
        for _ in range(options.repeats):
            for kind, place in places.items():
                task = {"place": place, "seconds": options.seconds, "folder": str(folder)}
                found[kind].append(in_process("read", task))
    for kind, told in found.items():
        middle = {name: statistics.median(one[name] for one in told) for name in told[0]}
        print(
            f"| {kind} | {middle['bytes']:,.0f} | {middle['cpu_ms']:.2f} "
            f"| {middle['decoded']:,.0f} |"
        )


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a folder, which a process of its own serves."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "import sys; from aiohttp import web; app = web.Application(); "
        "app.router.add_static('/', sys.argv[1]); "
        "web.run_app(app, host='127.0.0.1', port=int(sys.argv[2]), print=None, access_log=None)"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(folder), str(port)])
    try:
        for _ in range(100):
            time.sleep(0.1)
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def in_process(name: str, task: dict[str, Any]) -> dict[str, Any]:
    """A task in a process of its own; the program ends where that fails."""
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    command = [sys.executable, __file__, "--one", name, json.dumps(task)]
    done = subprocess.run(
        command, env=os.environ | dict.fromkeys(threads, "1"), stdout=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"bench_shards: error: {name} {task} has failed")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def prepare(task: dict[str, Any]) -> dict[str, Any]:
    """DATA as shards of every kind."""
    from speechgen.data.shards.shard_writing import prepare_shards

    sizes = {}
    for form in FORMATS:
        shards = prepare_shards(task["data"], Path(task["folder"]) / form, form=form)
        sizes[form] = round(sum(shard.num_bytes for shard in shards.shards) / 2**20)
    hours = shards.duration_seconds / 3600
    return {"hours": hours, "utterances": len(shards), "mib": sizes}


def feed(task: dict[str, Any]) -> dict[str, Any]:
    """Items for every second of processor time."""
    from speechgen.training import datasets
    from speechgen.training.composition import compose
    from speechgen.training.loop.loader import StepBatches, training_loader
    from speechgen.training.runner import data_context
    from speechgen.training.settings import RunSettings, from_mapping

    told = [*EXPERIMENTS[task["experiment"]], f"data.train={task['data']}", "output=none"]
    settings = from_mapping(RunSettings, compose(told, None), "configuration")
    chosen = datasets.data_settings(settings.data)
    context = data_context(settings, f"{task['folder']}/cache")
    data = datasets.open_data(chosen, context)
    batches = iter(training_loader(data.dataset, StepBatches(0, data.batch_size), num_workers=0))
    next(batches)
    begun, count = time.process_time(), 0
    while time.process_time() < begun + task["seconds"]:
        next(batches)
        count += data.batch_size
    return {"items_per_second": count / (time.process_time() - begun)}


def read(task: dict[str, Any]) -> dict[str, float]:
    """Utterances of a second, as bytes and as waves."""
    os.environ["XDG_CACHE_HOME"] = f"{task['folder']}/cache"
    from speechgen.data.shards.order import EpochOrder
    from speechgen.data.shards.shard_bank import ShardBank
    from speechgen.data.shards.shard_set import ShardSet

    shards = ShardSet(task["place"])
    order = EpochOrder(shards, 0, lambda rows: rows.clean.level > 0)
    places = order.places(0, 1024)
    bank = ShardBank(shards, places, 16000)
    wholes = [shards.rows(shard).clean for shard, _ in places.tolist()]
    begun, cpu, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() < begun + task["seconds"]:
        (shard, row), sounds = places[count % len(places)].tolist(), wholes[count % len(places)]
        where = (int(getattr(sounds, name)[row]) for name in ("start", "size", "crc"))
        shards.bytes_at(shard, *where)
        count += 1
    found = {
        "bytes": count / (time.perf_counter() - begun),
        "cpu_ms": 1000 * (time.process_time() - cpu) / count,
    }
    begun, count = time.perf_counter(), 0
    while time.perf_counter() < begun + task["seconds"]:
        bank.wave(count % len(bank))
        count += 1
    return found | {"decoded": count / (time.perf_counter() - begun)}


def repeat(task: dict[str, Any]) -> dict[str, Any]:
    """Shards of as many hours: links to those that were prepared, and an index of all."""
    from speechgen.data.shards.shard_set import INDEX, SPEAKERS, ShardSet
    from speechgen.files import write_json

    whole = ShardSet(Path(task["folder"]) / "flac")
    times = max(round(task["hours"] * 3600 / whole.duration_seconds), 1)
    out = Path(task["folder"]) / f"hours-{task['hours']:g}"
    out.mkdir()
    index = json.loads((whole.path / INDEX).read_text(encoding="utf-8"))
    shards, number = index["shards"], 0
    index["shards"] = []
    del index["speakers_sha256"]
    for _ in range(times):
        for shard in shards:
            name = f"shard-{number:06d}"
            for ending in (".tar", ".npz"):
                (out / f"{name}{ending}").symlink_to(
                    (whole.path / shard["name"]).with_suffix(ending)
                )
            index["shards"].append(shard | {"name": f"{name}.tar"})
            number += 1
    index["speakers"] = {name: count * times for name, count in index["speakers"].items()}
    write_json(out / INDEX, index)
    parts = []
    for speaker in range(len(whole.speaker_names)):
        rows = np.tile(whole.rows_of_speaker(speaker), (times, 1))
        rows[:, 0] += np.repeat(np.arange(times), len(rows) // times) * len(shards)
        parts.append(rows.astype(np.uint32))
    np.save(out / SPEAKERS, np.concatenate(parts))
    return {"data": str(out), "shards": number, "utterances": len(whole) * times}


def train(task: dict[str, Any]) -> dict[str, Any]:
    """Peak memory of a training and its workers, and how long its first step takes to come."""
    import resource

    from speechgen.training.loop.clock import RunClock
    from speechgen.training.runner import run

    begun, first = time.perf_counter(), []
    honest = RunClock.on_train_batch_start

    def noted(self: Any, trainer: Any, module: Any, batch: Any, index: int) -> None:
        first.append(time.perf_counter())
        honest(self, trainer, module, batch, index)

    RunClock.on_train_batch_start = noted  # type: ignore[method-assign]
    run(
        [
            f"experiment={_TRAINED}", f"data.train={task['data']}", f"output={task['data']}-run",
            f"trainer.max_steps={task['steps']}", "trainer.num_workers=2", "trainer.threads=1",
            "trainer.accelerator=cpu",
        ]
    )  # fmt: skip
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"own_mib": own, "worker_mib": children, "begin_seconds": first[0] - begun}


_TASKS = {"prepare": prepare, "feed": feed, "read": read, "repeat": repeat, "train": train}

if __name__ == "__main__":
    main()
