"""How fast enhancers clean files and streams, and in how much memory, beside what others use.

    pip install noisereduce pyrnnoise                             what stands beside the models here
    python tools/bench_enhance.py                                 every model, 60 s and 600 s
    python tools/bench_enhance.py --models shipped --threads 1    shipped ones and others', one core
    python tools/bench_enhance.py --models classical,segan-small --seconds 60 --threads 1
    python tools/bench_enhance.py --json bench.json --markdown bench.md

Models are shipped names (``shipped``: all of them and the two that follow), configurations in
speechgen/conf/model (with random weights, which cost as much), model directories, and two that many
use, ``noisereduce`` and ``rnnoise``, this one by the package pyrnnoise; where a package is not
installed, its rows say so. RNNoise works at 48 kHz, in frames of 10 ms, 20 ms late; files are
brought there and back. Files go from WAV to WAV by the way that users take, 16 kHz, one channel.
Every row is a process of its own, so that its peak of memory is its own; a short file first, which
is not counted, then the best of several repetitions. Streams are given hop by hop; the algorithmic
latency is how long the first sample of a hop waits until it is out, and computation comes on top.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import other_enhancers as others

BESIDE = ("noisereduce", "rnnoise")
RATE = 16000
WARM_SECONDS = 2.0
STREAM_SECONDS = 20.0
ENOUGH_SECONDS = 90.0  # of measuring: no further repetition is begun after that
CONFIGURED = "conf:"


def main() -> None:
    """Measure, print Markdown tables, write JSON."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
        return
    from speechgen.errors import SpeechgenError
    from speechgen.evaluation.provenance import machine
    from speechgen.files import check_writable, write_text
    from speechgen.reporting.results import write_result
    from speechgen.reporting.sections.enhancement_speed import KIND, enhancement_speed_table

    options = parse(sys.argv[1:])
    try:
        for target in filter(None, (options.json, options.markdown)):
            check_writable(target)
        models = {name: reference(name) for name in options.models}
    except SpeechgenError as error:
        sys.exit(f"bench_enhance: error: {error}")
    with tempfile.TemporaryDirectory() as folder:
        rows = all_rows(models, options, Path(folder))
    note = (
        f"Best of up to {options.repeats} repetitions, each row a process of its own; load"
        f" {os.getloadavg()[0]:.1f} at the end"
    )
    context = {"system": "enhancers", "estimator": note, "machine": machine()}
    result: dict[str, Any] = {"mean": {}, "files": {}, "failed": {}, "rows": rows}
    result["versions"] = versions()
    table = enhancement_speed_table({**result, "context": context})
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

    def words_of(text: str) -> list[str]:
        return [word for word in text.split(",") if word]

    def numbers(text: str) -> list[int]:
        found = [int(word) for word in text.split(",")]
        if min(found) < 1:
            raise argparse.ArgumentTypeError(f"{text}: every number must be 1 or more")
        return found

    def count(text: str) -> int:
        return numbers(text)[0]

    parser.add_argument("--models", type=words_of, help="names or shipped, with commas between")
    parser.add_argument("--seconds", type=numbers, default=[60, 600], help="of sound")
    parser.add_argument("--threads", type=numbers, default=sorted({1, min(2, os.cpu_count() or 1)}))
    parser.add_argument("--repeats", type=count, default=3)
    parser.add_argument("--limit", type=count, default=1800, help="seconds for one row")
    parser.add_argument("--json", help="write the rows here")
    parser.add_argument("--markdown", help="write the tables here")
    options = parser.parse_args(words)
    asked = options.models or ["shipped", *configured()]
    if "shipped" in asked:
        asked = [*shipped(), *(word for word in asked if word != "shipped"), *BESIDE]
    options.models = list(dict.fromkeys(asked))
    return options


def shipped() -> list[str]:
    """The enhancers in the store."""
    from speechgen.store import read_config, shipped_models

    return [name for name, path in shipped_models().items() if read_config(path).task == "enhance"]


def configured() -> dict[str, dict[str, Any]]:
    """Name to the registry's name and arguments, of every packaged configuration that enhances."""
    import yaml

    import speechgen
    from speechgen.registry import constructor

    found = {}
    for path in sorted((Path(speechgen.__file__).parent / "conf" / "model").glob("*.yaml")):
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        if hasattr(constructor(values["name"]), "enhance"):
            found[path.stem] = {"name": values["name"], "arguments": values.get("arguments") or {}}
    return found


def reference(name: str) -> str:
    """What a measuring process is told of the model ``name``; SpeechgenError if there is none."""
    from speechgen.store import resolve_model, shipped_models

    if name in BESIDE:
        return name
    if name in configured() and name not in shipped_models() and not Path(name).is_dir():
        return CONFIGURED + name
    return str(resolve_model(name, "enhance"))


def all_rows(
    models: dict[str, str], options: argparse.Namespace, folder: Path
) -> list[dict[str, Any]]:
    """Files of every length, then streams, then batches of windows against single ones."""
    for seconds in {WARM_SECONDS, *options.seconds}:
        write_noise(folder / f"{seconds:g}.wav", seconds)
    common = {"folder": str(folder), "repeats": options.repeats}
    rows: list[dict[str, Any]] = []

    def add(name: str, threads: int, **task: Any) -> None:
        row = {"system": name, "threads": threads}
        row |= in_process({**common, **task, "model": models[name]}, threads, options.limit)
        rows.append({key: value for key, value in row.items() if key not in ("folder", "model")})
        print(rows[-1], file=sys.stderr, flush=True)

    for threads in options.threads:
        for name, told in models.items():
            for seconds in options.seconds:
                add(name, threads, kind="file", seconds=seconds)
            if told != "noisereduce":
                add(name, threads, kind="latency")
    by_windows = {row["system"] for row in rows if row.get("works_by") == "windows"}
    for name in (name for name in models if name in by_windows):
        add(name, 1, kind="windows", seconds=min(options.seconds))
    return rows


def in_process(task: dict[str, Any], threads: int, limit: int) -> dict[str, Any]:
    """``measure(task)`` in a fresh process on ``threads`` threads; a note where that fails."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    command = [sys.executable, __file__, "--one", json.dumps({**task, "threads": threads})]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {**task, "note": f"not measured: over {limit} s"}
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it died"])[-1]
        return {**task, "note": f"not measured: {why}"}
    return {**task, **json.loads(done.stdout.splitlines()[-1])}


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """One row, in this process."""
    if task["model"] in BESIDE:
        return measure_beside(task)
    import torch

    torch.set_num_threads(task["threads"])
    network = load_network(task["model"])
    weights = {"million_weights": sum(p.numel() for p in network.parameters()) / 1e6}
    if task["kind"] == "latency":
        return weights | measure_stream(network)
    if task["kind"] == "windows":
        return measure_windows(task, network)
    return weights | measure_file(task, enhancer_work(network))


def measure_beside(task: dict[str, Any]) -> dict[str, Any]:
    """One row of what is no model of the store, or that its package is missing."""
    if not others.installed(name := task["model"]):
        return {"note": "not installed"}
    if task["kind"] == "latency":
        return measure_rnnoise_stream()
    return measure_file(task, functools.partial(package_work, name))


def load_network(told: str) -> Any:
    """The network of a directory, or one of a configuration with random weights."""
    import torch

    from speechgen.registry import build
    from speechgen.store import load

    if not told.startswith(CONFIGURED):
        return load(told)
    torch.manual_seed(0)
    values = configured()[told.removeprefix(CONFIGURED)]
    return build(values["name"], values["arguments"]).eval()


def enhancer_work(network: Any, window_batch: int = 16) -> Callable[[Path, Path], None]:
    """From a file to a file, as ``speechgen enhance`` does it."""
    from speechgen.enhancement import EnhanceOptions, enhance_file

    options = EnhanceOptions(window_batch=window_batch)

    def work(source: Path, target: Path) -> None:
        enhance_file(network, source, target, options, overwrite=True)

    return work


def package_work(name: str, source: Path, target: Path) -> None:
    """From a file to a file with one of those beside: noisereduce as it comes, or RNNoise."""
    import soundfile

    wave, rate = soundfile.read(source, dtype="float32")
    soundfile.write(target, others.SYSTEMS[name](wave, rate), rate, subtype="PCM_16")


def measure_file(task: dict[str, Any], work: Callable[[Path, Path], None]) -> dict[str, Any]:
    """Real-time factor and the peak of memory."""
    folder = Path(task["folder"])
    with tempfile.TemporaryDirectory(dir=folder) as own:
        target = Path(own) / "out.wav"
        work(folder / f"{WARM_SECONDS:g}.wav", target)
        idle = reset_peak()
        factors = []
        for _ in repeated(task["repeats"]):
            begun = time.perf_counter()
            work(folder / f"{task['seconds']:g}.wav", target)
            factors.append((time.perf_counter() - begun) / task["seconds"])
    most = status("VmHWM")
    return {
        "real_time_factor": min(factors),
        "repetitions": len(factors),
        "peak_memory_mib": most,
        "work_memory_mib": None if most is None or idle is None else most - idle,
    }


def measure_windows(task: dict[str, Any], network: Any) -> dict[str, Any]:
    """The same file with 16 windows at once and with one, in turn, so that both meet one load."""
    source = Path(task["folder"]) / f"{task['seconds']:g}.wav"
    factors: dict[int, list[float]] = {16: [], 1: []}
    with tempfile.TemporaryDirectory(dir=task["folder"]) as own:
        for _ in repeated(task["repeats"] + 1):
            for batch, found in factors.items():
                begun = time.perf_counter()
                enhancer_work(network, batch)(source, Path(own) / "out.wav")
                found.append((time.perf_counter() - begun) / task["seconds"])
    batched, single = (min(found[1:] or found) for found in factors.values())
    return {
        "batched_rtf": batched,
        "single_rtf": single,
        "times": single / batched,
    }


def measure_stream(network: Any) -> dict[str, Any]:
    """Algorithmic latency, and the time that each hop takes, at the model's own rate."""
    from speechgen.enhancement import EnhanceOptions, StreamEnhancer
    from speechgen.enhancement.core.overlap_add import OverlapAddModel
    from speechgen.enhancement.core.protocols import as_streaming

    streams = as_streaming(network) is not None
    hop = network.hop_samples if streams else OverlapAddModel(network, 1).hop_samples
    rate = network.sample_rate
    enhancer = StreamEnhancer(network, rate, 1, EnhanceOptions(window_batch=1))
    count = max(50, round(STREAM_SECONDS * rate / hop))
    sound = 0.05 * np.random.default_rng(0).normal(size=(1, hop * count)).astype(np.float32)
    taken, given, seconds, delays = 0, 0, [], []
    for index in range(count):
        begun = time.perf_counter()
        out = enhancer.process(sound[:, index * hop : (index + 1) * hop])
        seconds.append(time.perf_counter() - begun)
        taken += hop
        if out.shape[1]:
            delays.append(taken - given)
        given += out.shape[1]
    return {
        "works_by": "hops" if streams else "windows",
        "hop_ms": 1000 * hop / rate,
        "algorithmic_ms": 1000 * max(delays) / rate,
        **computation(seconds),
    }


def measure_rnnoise_stream() -> dict[str, Any]:
    """The same of RNNoise, at 48 kHz: a frame is gathered, and the delay comes on top."""
    hop, rate = others.RNNOISE_FRAME_SAMPLES, others.RNNOISE_RATE
    shape = (round(STREAM_SECONDS * rate / hop), hop)
    sound = (0.05 * np.random.default_rng(0).normal(size=shape)).astype(np.float32)
    seconds = []
    with others.rnnoise_stream() as process:
        for frame in sound:
            begun = time.perf_counter()
            process(frame)
            seconds.append(time.perf_counter() - begun)
    return {
        "works_by": "hops",
        "hop_ms": 1000 * hop / rate,
        "algorithmic_ms": 1000 * (hop + others.RNNOISE_DELAY_SAMPLES) / rate,
        **computation(seconds),
    }


def computation(seconds: list[float]) -> dict[str, float]:
    """What a hop costs, after the first fifth of the stream."""
    steady = 1000 * np.array(seconds[len(seconds) // 5 :])
    return {
        "compute_median_ms": float(np.median(steady)),
        "compute_p99_ms": float(np.percentile(steady, 99)),
    }


def repeated(most: int) -> Any:
    """At most ``most`` times; no more once enough seconds have gone by."""
    begun = time.perf_counter()
    for index in range(most):
        if index and time.perf_counter() - begun > ENOUGH_SECONDS:
            return
        yield index


def write_noise(path: Path, seconds: float) -> None:
    """Modulated noise, 16 bits, one channel; written in pieces, so that length costs no memory."""
    import soundfile

    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="PCM_16") as file:
        left = round(seconds * RATE)
        while left:
            time_axis = np.arange(min(left, 10 * RATE)) / RATE
            gate = 0.02 + 0.2 * np.clip(np.sin(2 * np.pi * 3 * time_axis), 0, 1)
            file.write(np.clip(gate * rng.normal(size=len(time_axis)), -1, 1))
            left -= len(time_axis)


def reset_peak() -> float | None:
    """Forget the peak of memory; MiB held now, None where the system does not tell."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return status("VmRSS")


def status(field: str) -> float | None:
    """A field of this process's status, in MiB."""
    path = Path("/proc/self/status")
    if not path.exists():
        return None
    lines = path.read_text().splitlines()
    return int(next(one for one in lines if one.startswith(field)).split()[1]) / 1024


def versions() -> dict[str, str]:
    """Of what the speed depends on."""
    from importlib import metadata

    found = {"Python": platform.python_version()}
    for name in ("torch", "numpy", "scipy", *(others.PACKAGES[name] for name in BESIDE)):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


if __name__ == "__main__":
    main()
