"""A program: reads pairs of signals from standard input and answers with their PESQ.

A pair is the number of samples (int64) and the signals, clean and estimate, float32. The answer is
a line of JSON, ``{"score": ...}`` or ``{"error": ...}``. It ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO, TextIO

import numpy as np

RATE = 16000


def serve(source: BinaryIO, answers: TextIO) -> None:
    """Answer until the input ends."""
    while len(head := source.read(8)) == 8:
        count = int(np.frombuffer(head, np.int64)[0])
        both = np.frombuffer(source.read(8 * count), np.float32)
        if len(both) < 2 * count:
            return
        answers.write(json.dumps(measure(both[:count], both[count:])) + "\n")
        answers.flush()


def measure(clean: np.ndarray, estimate: np.ndarray) -> dict[str, Any]:
    """The score of a pair (time,), or what PESQ said in place of one."""
    from pesq import PesqError, pesq

    try:
        return {"score": float(pesq(RATE, clean, estimate, "wb"))}
    except (PesqError, ValueError) as error:  # ValueError: its result was no number
        reason = error.args[0] if error.args else type(error).__name__
        return {"error": reason.decode() if isinstance(reason, bytes) else str(reason)}


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as own:
        os.dup2(2, 1)  # what the library prints is no answer
        serve(sys.stdin.buffer, own)
