"""How fast WaveNets sample: every engine beside two plain PyTorch loops, in one run.

    python tools/bench_wavenet.py                         10 minutes on two cores
    python tools/bench_wavenet.py --size small --engine numba,numba_int8 --batch 1,8
    python tools/bench_wavenet.py --json bench.json --model DIR --data DIR
    python tools/bench_wavenet.py --busy --json busy.json     beside 0, 1 and 2 busy processes

Rows come from the path that users take: ``speechgen.sampling.sample`` with a mel spectrum and a
speaker vector, chunk after chunk. A first short call, in which engines compile, is left out. A row
is the best of several repetitions; loops that are slow draw fewer samples. With --model and --data
the held-out bits per sample that reduced precision costs are measured as well.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.evaluation.provenance import machine
from speechgen.features.pitch_rows import pitch_rows
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.reporting.results import write_result
from speechgen.reporting.sections.busy_sampling import KIND, busy_sampling_table
from speechgen.reporting.sections.sampling_speed import speed_row, speed_table
from speechgen.sampling import ENGINES, NoiseStreams, sample

SIZES = {
    "small": {"stacks": 2, "residual_channels": 64, "gate_channels": 128, "skip_channels": 64},
    "small_pitch": {  # as wavenet-mel, which looks a pitch period back
        "stacks": 2,
        "residual_channels": 64,
        "gate_channels": 128,
        "skip_channels": 64,
        "pitch_lag_taps": 3,
        "local_features": 82,
    },
    "big": {"stacks": 3, "residual_channels": 128, "gate_channels": 256, "skip_channels": 128},
}
COMMON = {
    "sample_rate": 16000,
    "layers_per_stack": 10,
    "kernel_size": 3,
    "local_features": 80,
    "hop_samples": 256,
    "speaker_features": 256,
}
PRECISIONS = {"numba_bf16": "bfloat16", "numba_int8": "int8", "triton_fp16": "float16"}
PLAIN = "pytorch loop"
SLOW = {PLAIN: 300, "reference": 40, "cached": 3000}  # samples a row, at most
ON_GPU = ("cuda_graph", "triton", "triton_fp16")
FIRST_SECONDS = 0.05
Loop = Callable[[int], Iterator[Tensor]]


def main() -> None:
    """Measure, print Markdown tables, write JSON."""
    options = parse(sys.argv[1:])
    if options.busy:
        measure_busy(options)
        return
    rows = []
    for size in options.size:
        torch.manual_seed(0)
        model = WaveNet(**{**COMMON, **SIZES[size]}).eval()
        for engine in options.engine:
            for batch in options.batch if engine not in ON_GPU else [1, 8, 64]:
                for threads in options.threads if engine not in ON_GPU else options.threads[:1]:
                    if engine in ("reference", PLAIN) and (batch > 1 or threads > 1):
                        continue
                    row = measure(model, size, engine, batch, threads, options)
                    rows.append(row)
                    print(" | ".join(speed_row(row)), file=sys.stderr, flush=True)
    compare(rows)
    result: dict[str, Any] = {"mean": {}, "files": {}, "failed": {}, "rows": rows}
    result["versions"] = versions()
    if options.model and options.data:
        begun = {"machine": machine(), "kind": "speed"}
        print(speed_table({**result, "context": begun}), file=sys.stderr, flush=True)
        result["bits"] = bits(options.model, options.data, options.utterances)
    print(speed_table({**result, "context": {"machine": machine()}}))
    if options.json:
        note = f"best of {options.repeats}, compilation not counted"
        write_result(options.json, "speed", result, {"system": "WaveNet", "estimator": note})


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    names = ["reference", PLAIN, *(name for name in ENGINES if name != "reference")]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )

    def among(known: list[str]) -> Callable[[str], list[str]]:
        def words_of(text: str) -> list[str]:
            for word in (words := text.split(",")):
                if word not in known:
                    raise argparse.ArgumentTypeError(f"{word}: needs one of {', '.join(known)}")
            return words

        return words_of

    def numbers(text: str) -> list[int]:
        return [int(word) for word in text.split(",")]

    parser.add_argument("--size", type=among(list(SIZES)), default=list(SIZES))
    parser.add_argument("--engine", type=among(names), default=names)
    parser.add_argument("--batch", type=numbers, default=[1, 8, 32])
    parser.add_argument("--threads", type=numbers, default=sorted({1, min(2, os.cpu_count() or 1)}))
    parser.add_argument("--samples", type=int, default=16000, help="of each utterance")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--busy", action="store_true", help="one thread, two, and two while they pay, in turns"
    )
    parser.add_argument("--json", help="write the rows here")
    parser.add_argument("--model", help="trained WaveNet, to measure the cost of precision with")
    parser.add_argument("--data", help="held-out data directory, likewise")
    parser.add_argument("--utterances", type=int, default=10, help="of that directory")
    return parser.parse_args(words)


def measure(
    model: WaveNet, size: str, engine: str, batch: int, threads: int, options: argparse.Namespace
) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {
        "engine": engine,
        "precision": PRECISIONS.get(engine, "float32"),
        "size": size,
        "batch": batch,
        "threads": threads,
        "samples_per_second": None,
    }
    if engine in ON_GPU and not torch.cuda.is_available():
        return {**row, "note": "not measured: no GPU"}
    device = "cuda" if engine in ON_GPU else "cpu"
    model = model.to(device)
    torch.set_num_threads(threads)
    count = min(options.samples, SLOW.get(engine, options.samples))
    first = round(FIRST_SECONDS * model.sample_rate)
    total = max(options.samples, first)
    frames = -(-total // COMMON["hop_samples"])
    conditions = conditions_of(model, batch, frames)
    loop = loop_of(model, engine, conditions, total)
    exhaust(loop(32))
    latencies = []
    if count >= first:  # not for loops that take seconds to it
        latencies = [clock(lambda: next(loop(first))) for _ in range(options.repeats)]
    seconds, memory = [], []
    for _ in range(options.repeats):
        begun = reset_peak()
        seconds.append(clock(lambda: exhaust(loop(count))))
        memory.append(peak() - begun)
    rate = batch * count / min(seconds)
    return {
        **row,
        "samples": count,
        "samples_per_second": rate,
        "real_time_factor": model.sample_rate / rate,
        "first_50ms_milliseconds": 1000 * min(latencies) if latencies else None,
        "peak_memory_mib": max(memory),
    }


def measure_busy(options: argparse.Namespace) -> None:
    """The benchmark beside busy processes."""
    import bench_busy

    engines = [name for name in options.engine if name in ("numba", "numba_int8")]
    rows: list[dict[str, Any]] = []
    for size in options.size:
        torch.manual_seed(0)
        model = WaveNet(**{**COMMON, **SIZES[size]}).eval()
        for engine in engines:
            for batch in [batch for batch in options.batch if batch <= 8]:
                frames = -(-options.samples // COMMON["hop_samples"])
                conditions = conditions_of(model, batch, frames)
                loop = loop_of(model, engine, conditions, options.samples)
                named = {"size": size, "engine": engine, "batch": batch}
                rows += bench_busy.rows(named, loop, options.samples, options.repeats)
    result: dict[str, Any] = {"mean": {}, "files": {}, "failed": {}, "rows": rows}
    result["versions"] = versions()
    context = {"machine": machine(), "estimator": bench_busy.estimator(options.repeats)}
    print(busy_sampling_table({**result, "context": context}))
    if options.json:
        write_result(options.json, KIND, result, {**context, "system": "WaveNet"})


def conditions_of(model: WaveNet, batch: int, frames: int) -> Conditions:
    """Made-up spectra and vectors; where the model looks a pitch period back, of voices, too."""
    spectra = torch.randn(batch, COMMON["local_features"], frames)
    if model.lagged is not None:
        f0_hz = np.random.default_rng(0).uniform(100, 250, (batch, frames))
        rows = np.stack([pitch_rows(heights, np.ones(frames, bool)) for heights in f0_hz])
        spectra = torch.cat([spectra, torch.from_numpy(rows)], dim=1)
    return Conditions(spectra, torch.randn(batch, 256))


def compare(rows: list[dict[str, Any]]) -> None:
    """Say of every row how many times the plain loop of that size it is."""
    plain = {row["size"]: row["samples_per_second"] for row in rows if row["engine"] == PLAIN}
    for row in rows:
        if row["samples_per_second"] and row["size"] in plain:
            row["times_plain_loop"] = row["samples_per_second"] / plain[row["size"]]


def loop_of(model: WaveNet, engine: str, conditions: Conditions, total: int) -> Loop:
    """Given a number of samples, a fresh iterator of chunks that draws so many."""
    if engine == PLAIN:
        return lambda count: ShiftingLoop(model, conditions, total).chunks(count)

    def chunks(count: int) -> Iterator[Tensor]:
        stream = sample(model, conditions, num_samples=total, seed=0, engine=engine)
        while count:
            chunk = stream.read(min(count, 800))
            count -= chunk.shape[1]
            yield chunk

    return chunks


class ShiftingLoop:
    """What most public code does: layer after layer in PyTorch, buffers shifted at every sample.

    One-hot input, conditions brought to the sample rate beforehand, one convolution a layer over
    its last inputs; it draws what the reference draws.
    """

    def __init__(self, model: WaveNet, conditions: Conditions, total: int) -> None:
        self.model = model
        self.noise = NoiseStreams(0, range(conditions.batch_size or 1))
        with torch.inference_mode():
            prepared = model.prepare_conditions(conditions, total)
            needed = min(total, SLOW[PLAIN] + 1)
            frames = range(-(-needed // model.hop_samples))
            rows = [prepared.frame(index) for index in frames]
            self.conditions = torch.cat(rows)  # type: ignore[arg-type]
        batch, kernel = conditions.batch_size or 1, model.stack.kernel_size
        width = model.embedding.weight.shape[2]
        self.first = model.embedding.as_convolution()
        self.symbols = torch.zeros(batch, model.likelihood.num_params, kernel)
        self.buffers = [torch.zeros(batch, width, d * (kernel - 1) + 1) for d in model.dilations]

    def chunks(self, count: int) -> Iterator[Tensor]:
        """One chunk of ``count`` symbols."""
        model, noise, drawn = self.model, self.noise.draw(count), []
        with torch.inference_mode():
            for index in range(count):
                x = F.conv1d(self.symbols, self.first.weight)
                total: Any = 0.0
                for layer, block in enumerate(model.stack):
                    old = self.buffers[layer]
                    self.buffers[layer] = torch.cat([old[:, :, 1:], x], dim=2)
                    gates = F.conv1d(
                        self.buffers[layer], block.conv.weight, block.conv.bias,
                        dilation=block.conv.dilation,
                    )  # fmt: skip
                    gates = gates + self.conditions[index, layer].unsqueeze(2)
                    left, right = gates.chunk(2, dim=1)
                    both = F.conv1d(
                        torch.tanh(left) * torch.sigmoid(right),
                        block.out.weight.unsqueeze(2), block.out.bias,
                    )  # fmt: skip
                    residual, skip = both.split([block.residual_channels, block.skip_channels], 1)
                    x, total = x + residual, total + skip
                logits = model.head((total * model.stack.skip_scale).squeeze(2))
                symbol = model.likelihood.sample(logits, noise[:, index])
                drawn.append(symbol)
                hot = F.one_hot(symbol, logits.shape[1]).unsqueeze(2).to(self.symbols)
                self.symbols = torch.cat([self.symbols[:, :, 1:], hot], dim=2)
        yield torch.stack(drawn, dim=1)


def bits(model: str, data: str, utterances: int) -> dict[str, float]:
    """Held-out bits per sample in each precision, and what it costs over float32."""
    from speechgen.data import load_data_directory
    from speechgen.evaluation.sources import sources_of_directory, spread_evenly
    from speechgen.evaluation.teacher_forced import bits_per_sample
    from speechgen.features import extract
    from speechgen.sampling.compiled.packing import PRECISIONS as KINDS
    from speechgen.sampling.compiled.packing import rounded_model
    from speechgen.store import load_model

    loaded = load_model(model)
    network, settings = loaded.model, loaded.config.feature_settings()
    assert isinstance(network, WaveNet)
    directory = load_data_directory(data)
    sources, means = sources_of_directory(directory), {}
    for precision in KINDS:
        rounded = rounded_model(network, precision)
        found = []
        for name in spread_evenly(directory.ids, utterances):
            wave = sources[name].read(network.sample_rate)
            local = None if settings is None else extract(settings, wave)[None]
            found.append(bits_per_sample(rounded, torch.as_tensor(wave), Conditions(local)).item())
        means[precision] = sum(found) / len(found)
    return means


def exhaust(chunks: Iterator[Tensor]) -> None:
    """Draw everything and keep nothing."""
    for chunk in chunks:
        if chunk.is_cuda:
            torch.cuda.synchronize()


def clock(work: Callable[[], Any]) -> float:
    """Seconds of ``work``."""
    begun = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def reset_peak() -> float:
    """Forget the peak of memory; MiB held now. 0 where the system does not tell."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0.0
    return _status("VmRSS")


def peak() -> float:
    """MiB held at most since the last reset."""
    return _status("VmHWM")


def _status(field: str) -> float:
    path = Path("/proc/self/status")
    if not path.exists():
        return 0.0
    lines = path.read_text().splitlines()
    return int(next(one for one in lines if one.startswith(field)).split()[1]) / 1024


def versions() -> dict[str, str]:
    """Of what the speed depends on."""
    import numba

    return {
        "torch": torch.__version__,
        "numba": numba.__version__,
        "Python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
