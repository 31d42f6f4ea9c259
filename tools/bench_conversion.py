"""How fast voices are converted on one core: a whole recording, and frame by frame as live.

    python tools/bench_conversion.py alice.wav --speaker bdl

Models are the default ones, and loading them is left out. Real-time factors are seconds of work
for a second of sound: of the clock, and of the processor, which others disturb less.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from speechgen.audio import read_mono
from speechgen.synthesis import synthesize
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.live import LiveConverter


def main() -> None:
    """Measure, print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("source", help="a recording")
    parser.add_argument("--speaker", default="bdl", help="a name in the model, or a recording")
    parser.add_argument("--model", help="a voice_converter, where it is not the default")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    loaded: Any = load_synthesiser(options.model, "cpu")
    rate = loaded.model.sample_rate
    wave = read_mono(options.source, rate)
    live = LiveConverter(options.speaker, model=loaded, device="cpu")
    hop = loaded.model.hop_samples

    def offline() -> None:
        synthesize(wave, speaker=options.speaker, model=loaded, device="cpu")

    def streamed(step: int) -> None:
        live.restart()
        for first in range(0, len(wave), step):
            live.process(wave[first : first + step])
        live.flush()

    ways: dict[str, Callable[[], None]] = {
        "offline": offline,
        "live, frame by frame": lambda: streamed(hop),
        "live, 8 frames at a time": lambda: streamed(8 * hop),
    }
    print("| conversion | real-time factor | of the processor | delay (ms) |\n|---|---:|---:|---:|")
    for name, work in ways.items():
        clock, processor = measured(work, options.repeats)
        seconds = len(wave) / rate
        delay = f"{1000 * live.delay_samples / rate:.0f}" if "live" in name else ""
        print(
            f"| {name} | {clock / seconds:.3f} | {processor / seconds:.3f} | {delay} |", flush=True
        )


def measured(work: Callable[[], None], repeats: int) -> np.ndarray:
    """Seconds of the clock and of the processor, medians, after one run that is not counted."""
    work()
    rows = []
    for _ in range(repeats):
        begun = time.perf_counter(), time.process_time()
        work()
        rows.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    return np.array([statistics.median(each) for each in zip(*rows, strict=True)])


if __name__ == "__main__":
    main()
