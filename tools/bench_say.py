"""How fast texts are said on one core: for a whole sentence, and until the first sound.

    python tools/bench_say.py
    python tools/bench_say.py --vocoder vocoder-small --vocoder wavenet-mel --repeats 5

Models are the default ones, and loading them is left out. Real-time factors are seconds of work
for a second of sound, pauses included: of the clock, and of the processor, which others disturb
less. The first sound is the time from the letters of a sentence to the first chunk of its wave.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np
import torch

from speechgen.synthesis.speaking import Manner, Speaker, Speakers
from speechgen.text import sentences

TEXTS = (
    "The old boat drifted slowly past the green island.",
    "He turned sharply, and faced Gregson across the table.",
    "At half past nine, the usual train leaves for the harbour; it takes twenty minutes.",
)


def main() -> None:
    """Measure, print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--voice", default="slt")
    parser.add_argument("--vocoder", action="append", help="more than one to compare")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| vocoder | real-time factor | of the processor | first sound (ms) | of the processor |")
    print("|---|---:|---:|---:|---:|")
    for vocoder in options.vocoder or ["vocoder-small"]:
        speaker = Speakers(vocoder=vocoder, device="cpu").of(options.voice)
        rows = measured(speaker, TEXTS, options.repeats)
        clock, processor, first, worked = (
            statistics.median(column) for column in zip(*rows, strict=True)
        )
        print(
            f"| {vocoder} | {clock:.3f} | {processor:.3f} | {1000 * first:.0f} "
            f"| {1000 * worked:.0f} |",
            flush=True,
        )


def measured(
    speaker: Speaker, texts: Sequence[str], repeats: int
) -> list[tuple[float, float, float, float]]:
    """Of each run of each text: both real-time factors, and both times (s) of the first chunk.

    One run of each, which fills caches, is not counted.
    """
    rows = []
    for number in range(repeats + 1):
        for text in texts:
            row = _said(speaker, text)
            if number:
                rows.append(row)
    return rows


def _said(speaker: Speaker, text: str) -> tuple[float, float, float, float]:
    begun = _now()
    samples, first = 0, np.zeros(2)
    for number, sentence in enumerate(sentences(text)):
        for chunk in speaker.utter(sentence, Manner(), number).chunks():
            if not samples:
                first = _now() - begun
            samples += len(chunk)
    factors = (_now() - begun) * speaker.sample_rate / samples
    return (*factors, *first)


def _now() -> np.ndarray:
    return np.array([time.perf_counter(), time.process_time()])


if __name__ == "__main__":
    main()
