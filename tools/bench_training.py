"""How fast networks train: samples of sound and steps a second, by the trainer that users run.

    python tools/bench_training.py                                every experiment, one thread
    python tools/bench_training.py --experiments wavenet,segan --precision bf16,32 --threads 1,2
    python tools/bench_training.py --against ../before            beside another checkout
    python tools/bench_training.py --json training_speed.json --markdown training_speed.md

Every run is ``speechgen train`` in a process of its own on half a minute of invented voices:
loading, logging and averaging of weights are counted; the first steps, which compile and fill
caches, are not. Of a run the median step counts, of repetitions the median; this checkout and the
other take turns, and the ratio is that of neighbours. Time is wall time, or with ``--clock cpu``
the processor time of the process, which a busy machine disturbs less. A step of a GAN is one of
both networks; the spectral enhancer's is one before its discriminator joins.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

RATE = 16000
WARM_STEPS = 3
_SOUNDS = ("wave", "clean", "noisy")  # of a batch
_WAVENET = [
    "model.arguments.layers_per_stack=10", "model.arguments.kernel_size=3",
    "model.arguments.residual_channels=64", "model.arguments.gate_channels=128",
    "model.arguments.skip_channels=64", "data.batch_size=4", "data.crop_seconds=0.25",
]  # fmt: skip
_VECTORS = "data.speaker_vectors={data}/vectors.npz"
#: what is measured: a name, and what ``speechgen train`` is told
EXPERIMENTS: dict[str, list[str]] = {
    "wavenet": ["experiment=wavenet_mel_pitch", _VECTORS, *_WAVENET],
    "wavenet_content": ["experiment=wavenet_content_pitch", _VECTORS, *_WAVENET],
    "parallel_wavegan": ["experiment=parallel_wavegan", "objective.schedule.warm_up_steps=0"],
    "spectral_enhancer": ["experiment=spectral_enhancer"],
    "spectral_enhancer_tiny": ["experiment=spectral_enhancer_tiny"],
    "segan": ["experiment=segan", "objective.schedule.warm_up_steps=0"],
    "speaker_encoder": ["experiment=speaker_encoder"],
}


def main() -> None:
    """Measure, print a Markdown table, write JSON."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
        return
    from speechgen.errors import SpeechgenError
    from speechgen.evaluation.provenance import machine
    from speechgen.files import check_writable, write_text
    from speechgen.reporting.results import write_result
    from speechgen.reporting.sections.training_speed import KIND, training_speed_table

    options = parse(sys.argv[1:])
    try:
        for target in filter(None, (options.json, options.markdown)):
            check_writable(target)
    except SpeechgenError as error:
        sys.exit(f"bench_training: error: {error}")
    with tempfile.TemporaryDirectory() as folder:
        invent_voices(Path(folder))
        rows = all_rows(options, folder)
    clock = "processor" if options.clock == "cpu" else "wall"
    note = (
        f"Medians of {options.repeats} repetitions in turns, {options.steps} steps each, {clock}"
        f" time; load {os.getloadavg()[0]:.1f} at the end"
    )
    context = {"system": "training", "estimator": note, "machine": machine()}
    result: dict[str, Any] = {"mean": {}, "files": {}, "failed": {}, "rows": rows}
    result["versions"] = versions()
    table = training_speed_table({**result, "context": context})
    print(table)
    if options.markdown:
        write_text(options.markdown, table + "\n")
    if options.json:
        write_result(options.json, KIND, result, context)


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )

    def known(text: str) -> list[str]:
        names = [word for word in text.split(",") if word]
        for name in names:
            if name not in EXPERIMENTS:
                raise argparse.ArgumentTypeError(f"{name}: needs one of {', '.join(EXPERIMENTS)}")
        return names

    def precisions(text: str) -> list[str]:
        for word in text.split(","):
            if word not in ("auto", "bf16", "32"):
                raise argparse.ArgumentTypeError(f"{word}: needs auto, bf16 or 32")
        return text.split(",")

    def numbers(text: str) -> list[int]:
        found = [int(word) for word in text.split(",")]
        if min(found) < 1:
            raise argparse.ArgumentTypeError(f"{text}: every number must be 1 or more")
        return found

    def count(text: str) -> int:
        return numbers(text)[0]

    def checkout(text: str) -> Path:
        if not (Path(text) / "speechgen" / "__init__.py").is_file():
            raise argparse.ArgumentTypeError(f"{text}: is no checkout of speechgen")
        return Path(text).resolve()

    parser.add_argument(
        "--experiments", type=known, default=list(EXPERIMENTS), help="names, with commas between"
    )
    parser.add_argument("--precision", type=precisions, default=["auto"], help="auto, bf16, 32")
    parser.add_argument("--threads", type=numbers, default=[1])
    parser.add_argument("--steps", type=count, default=10, help="of a repetition")
    parser.add_argument("--repeats", type=count, default=3)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument(
        "--against", type=checkout, help="another checkout, measured in turns with this one"
    )
    parser.add_argument("--limit", type=count, default=1800, help="seconds for one run")
    parser.add_argument("--json", help="write the rows here")
    parser.add_argument("--markdown", help="write the table here")
    return parser.parse_args(words)


def all_rows(options: argparse.Namespace, folder: str) -> list[dict[str, Any]]:
    """One row for each experiment, precision and number of threads."""
    here = Path(__file__).resolve().parents[1]
    rows = []
    for threads in options.threads:
        for precision in options.precision:
            for name in options.experiments:
                task = {
                    "experiment": name, "precision": precision, "threads": threads,
                    "folder": folder, "steps": options.steps, "clock": options.clock,
                }  # fmt: skip
                found: dict[str, list[dict[str, Any]]] = {"now": [], "before": []}
                for _ in range(options.repeats):
                    found["now"].append(in_process(task, here, options.limit))
                    if options.against:
                        found["before"].append(in_process(task, options.against, options.limit))
                rows.append(row_of(task, **found))
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def row_of(
    task: dict[str, Any], now: list[dict[str, Any]], before: list[dict[str, Any]]
) -> dict[str, Any]:
    """Medians over the repetitions, and the ratio to another checkout; a note where one failed."""
    row = {key: task[key] for key in ("experiment", "precision", "threads")}
    for one in [*now, *before]:
        if "note" in one:
            return row | {"note": one["note"]}
    seconds = statistics.median(one["step_seconds"] for one in now)
    row["steps_per_second"] = 1 / seconds
    row["samples_per_second"] = now[0]["samples_per_step"] / seconds
    row["samples_per_step"] = now[0]["samples_per_step"]
    if before:
        earlier = statistics.median(one["step_seconds"] for one in before)
        row["samples_per_second_before"] = now[0]["samples_per_step"] / earlier
        ratios = [b["step_seconds"] / a["step_seconds"] for a, b in zip(now, before, strict=True)]
        row["times"] = statistics.median(ratios)
    return row


def in_process(task: dict[str, Any], checkout: Path, limit: int) -> dict[str, Any]:
    """``measure(task)`` by the library of ``checkout``; a note where that fails."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(task["threads"]))}
    paths = [str(checkout), os.environ.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    command = [sys.executable, __file__, "--one", json.dumps(task)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"note": f"not measured: over {limit} s"}
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it died"])[-1]
        return {"note": f"not measured: {why}"}
    return json.loads(done.stdout.splitlines()[-1])


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """Seconds of a step in the middle, and samples of sound that it trains on, in this process."""
    from speechgen.training.loop.clock import RunClock
    from speechgen.training.runner import run

    read = time.process_time if task["clock"] == "cpu" else time.perf_counter
    ends: list[float] = []
    sizes: list[int] = []
    begin, end = RunClock.on_train_batch_start, RunClock.after_step

    def begun(self: Any, trainer: Any, module: Any, batch: Any, index: int) -> None:
        sizes.append(max(batch[name].numel() for name in _SOUNDS if name in batch))
        begin(self, trainer, module, batch, index)

    def ended(self: Any, trainer: Any, module: Any) -> None:
        ends.append(read())
        end(self, trainer, module)

    RunClock.on_train_batch_start, RunClock.after_step = begun, ended  # type: ignore[method-assign]
    data = f"{task['folder']}/data"
    with tempfile.TemporaryDirectory(dir=task["folder"]) as output:
        run(
            [
                *(word.format(data=data) for word in EXPERIMENTS[task["experiment"]]),
                f"data.train={data}",
                f"output={output}/run",
                f"trainer.max_steps={WARM_STEPS + task['steps']}",
                f"trainer.precision={task['precision']}",
                f"trainer.threads={task['threads']}",
                "trainer.accelerator=cpu",
            ]
        )
    seconds = np.diff(ends)[WARM_STEPS - 1 :]
    return {"step_seconds": float(np.median(seconds)), "samples_per_step": sizes[-1]}


def invent_voices(folder: Path) -> None:
    """A data directory ``data`` of four voices with three utterances each, and their vectors."""
    from speechgen.audio import write
    from speechgen.data import SpeakerVectors, save_vectors, write_data_directory

    rng = np.random.default_rng(0)
    time_axis = np.arange(round(2.5 * RATE)) / RATE
    wavs, speakers = {}, {}
    for voice in range(4):
        for take in range(3):
            pitch = 100 + 40 * voice + 10 * np.sin(2 * np.pi * 3 * time_axis + take)
            phase = 2 * np.pi * np.cumsum(pitch) / RATE
            wave = sum(np.sin(k * phase) / k for k in range(1, 20))
            wave = 0.1 * wave * (0.6 + 0.4 * np.sin(9 * time_axis))
            wave = (wave + 0.003 * rng.normal(size=len(wave))).astype(np.float32)
            name = f"voice{voice}-{take}"
            wavs[name] = folder / "wav" / f"{name}.wav"
            speakers[name] = f"voice{voice}"
            write(wavs[name], wave[None], RATE)
    write_data_directory(folder / "data", wavs=wavs, speakers=speakers)
    vectors = rng.normal(size=(len(wavs), 64)).astype(np.float32)
    save_vectors(
        folder / "data" / "vectors.npz",
        SpeakerVectors(tuple(wavs), tuple(speakers.values()), vectors),
    )


def versions() -> dict[str, str]:
    """Of what the speed depends on."""
    found = {name: metadata.version(name) for name in ("torch", "numba", "lightning")}
    return {"Python": platform.python_version(), **found}


if __name__ == "__main__":
    main()
