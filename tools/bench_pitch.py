"""How our F0 tracker agrees with pYIN, on clean speech and in noise, and how fast both are.

    SPEECHGEN_CORPORA=corpora python tools/bench_pitch.py    ARCTIC and LibriSpeech, held out
    python tools/bench_pitch.py FOLDER --utterances 20       any folder of recordings
    python tools/bench_pitch.py FOLDER --snr-db 20 10 0      in white noise of these levels, too

The reference is always pYIN (librosa) on the clean recording, so its own rows in noise show what
noise alone does. Octave errors are frames more than nine semitones off, gross errors more than
three; the root mean square is over all frames voiced in both, in brackets without gross errors. A
second is one of CPU time for a second of sound.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

RATE, HOP = 16000, 256
EXTENSIONS = {".wav", ".flac", ".ogg", ".opus", ".mp3"}
#: sentences of ARCTIC that evaluation of speech synthesis uses
HELD_OUT = (
    11, 23, 41, 46, 54, 67, 70, 82, 89, 91, 113, 117, 125, 126, 131, 136, 157, 161, 175, 181,
)  # fmt: skip
HEADER = (
    "speech", "noise", "tracker", "voicing error", "misses", "false alarms",
    "octave errors, up + down", "gross errors", "F0 RMS (cents)", "CPU seconds a second",
)  # fmt: skip


def main() -> None:
    """Measure and print a Markdown table."""
    from speechgen.reporting.table import Table

    options = parse(sys.argv[1:])
    rows: list[list[str]] = []
    for name, paths in recordings(options).items():
        waves = [read_speech(path, options.seconds) for path in paths]
        rows += [[name, *row] for row in compare(waves, options.snr_db)]
    print(Table(HEADER, rows, word_columns=3).markdown(), end="")


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, help="recordings, sub-folders included")
    parser.add_argument("--utterances", type=int, default=40, help="of each folder, evenly chosen")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each, from its beginning")
    parser.add_argument("--snr-db", type=float, nargs="*", default=[10.0], help="of white noise")
    return parser.parse_args(words)


def recordings(options: argparse.Namespace) -> dict[str, list[Path]]:
    """Files by the name of their set."""
    sets = {str(folder): sound_files(folder) for folder in options.folders}
    if not sets and os.environ.get("SPEECHGEN_CORPORA"):
        corpora = Path(os.environ["SPEECHGEN_CORPORA"])
        arctic = sound_files(corpora / "arctic")
        sets["ARCTIC"] = [path for path in arctic if int(path.stem[-4:]) in HELD_OUT]
        sets["LibriSpeech test-other"] = sound_files(corpora / "librispeech" / "test-other")
    if not sets or not all(sets.values()):
        empty = [name for name, paths in sets.items() if not paths]
        sys.exit(
            f"bench_pitch: error: no recordings in {', '.join(empty)}; name folders that have some"
            if empty
            else "bench_pitch: error: name a folder of recordings, or set SPEECHGEN_CORPORA"
        )
    return {name: evenly(paths, options.utterances) for name, paths in sets.items()}


def sound_files(folder: Path) -> list[Path]:
    """All below ``folder``, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS)


def evenly(paths: list[Path], count: int) -> list[Path]:
    """At most ``count`` of them, from the first to the last."""
    chosen = np.linspace(0, len(paths) - 1, min(count, len(paths)))
    return [paths[round(index)] for index in chosen]


def read_speech(path: Path, seconds: float) -> np.ndarray:
    """The first channel, (time,), at 16 kHz."""
    from speechgen.audio import read

    wave = read(path, sample_rate=RATE)[0][0]
    return wave[: round(seconds * RATE)]


def compare(waves: list[np.ndarray], snrs_db: list[float]) -> list[list[str]]:
    """Rows of both trackers against pYIN on the clean, clean first."""
    from speechgen.features import f0, pyin_f0

    for tracker in (f0, pyin_f0):
        tracker(waves[0][:RATE], RATE, HOP)  # imports and compiles
    references = [pyin_f0(wave, RATE, HOP) for wave in waves]
    rows = []
    for snr_db in (None, *snrs_db):
        heard = waves if snr_db is None else in_noise(waves, snr_db)
        noise = "clean" if snr_db is None else f"white, {snr_db:g} dB"
        rows.append([noise, "ours", *measure(f0, heard, references)])
        rows.append([noise, "pYIN", *measure(pyin_f0, heard, references)])
    return rows


def in_noise(waves: list[np.ndarray], snr_db: float) -> list[np.ndarray]:
    """The same with white noise, always the same noise."""
    rng = np.random.default_rng(0)
    scale = 10 ** (-snr_db / 20)
    return [
        (wave + scale * np.sqrt(np.mean(wave**2)) * rng.standard_normal(len(wave))).astype("f4")
        for wave in waves
    ]


def measure(tracker: Callable[..., Any], waves: list[np.ndarray], references: list) -> list[str]:
    """The cells of a tracker's row from "voicing error" on."""
    from speechgen.metrics import pitch_agreement

    start = time.process_time()
    found = [tracker(wave, RATE, HOP) for wave in waves]
    seconds = (time.process_time() - start) / (sum(map(len, waves)) / RATE)
    total = reduce(add, map(pitch_agreement, references, found))
    up, down = total.octave_errors
    return [
        f"{total.voicing_error:.3f}",
        f"{total.misses / total.num_frames:.3f}",
        f"{total.false_alarms / total.num_frames:.3f}",
        f"{up} + {down}",
        f"{total.gross_errors} of {len(total.cents)}",
        f"{total.rms_cents:.0f} ({total.fine_rms_cents:.0f})",
        f"{seconds:.4f}",
    ]


if __name__ == "__main__":
    main()
