"""What enhancement costs and gains above the model's band: 48 kHz recordings, band by band.

    python tools/bench_full_band.py --clean CLEAN --noisy NOISY
    python tools/bench_full_band.py --clean CLEAN --noisy NOISY --model classical,spectral-tiny

CLEAN and NOISY hold files of the same names; those of at least 44.1 kHz count. The model works at
16 kHz; above 8 kHz the sound follows the gain below. For each band: the log-spectral distance to
the clean recording (dB, frames of 32 ms, root mean square over frames and bins at most 60 dB below
the loudest), and the level in frames where the clean one is silent, relative to the noisy input.
"clean in" is the clean recording through the model: what it takes away that it should not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

BANDS_HZ = ((0, 4000), (4000, 8000), (8000, 12000), (12000, 20000))
_FRAME_SECONDS = 0.032
_RANGE_DB = 60.0


def main() -> None:
    """Measure and print a Markdown table."""
    import speechgen
    from speechgen.reporting.table import Table

    options = parse(sys.argv[1:])
    pairs = read_pairs(options.clean, options.noisy)
    rows = []
    for name in ["noisy", *options.model]:
        for side in ("noisy", "clean") if name != "noisy" else ("noisy",):
            distances, levels = [], []
            for clean, noisy, rate in pairs:
                given = noisy if side == "noisy" else clean
                out = given
                if name != "noisy":
                    out = speechgen.enhance(given, sample_rate=rate, model=name)
                reference, before, after = (bands_db(x, rate) for x in (clean, noisy, out))
                distances.append(distance(reference, after))
                levels.append(pauses(reference, before, after))
            label = name if side == "noisy" else f"{name}, clean in"
            cells = [f"{value:.1f}" for value in np.mean(distances, axis=0)]
            quiet = [f"{value:+.1f}" for value in np.nanmean(levels, axis=0)]
            rows.append([label, *cells, *(quiet if side == "noisy" else ["-"] * len(quiet))])
    spans = [f"{low / 1000:g}-{high / 1000:g} kHz" for low, high in BANDS_HZ]
    header = ["sound", *(f"LSD {s} (dB) ↓" for s in spans), *(f"pauses {s} (dB) ↓" for s in spans)]
    print(f"{len(pairs)} pairs of {options.clean}", file=sys.stderr)
    print(Table(header, rows).markdown(), end="")


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clean", type=Path, required=True, help="folder")
    parser.add_argument("--noisy", type=Path, required=True, help="folder")
    parser.add_argument(
        "--model", type=lambda text: text.split(","), default=["spectral-small"], help="(,)"
    )
    return parser.parse_args(words)


def read_pairs(clean: Path, noisy: Path) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """(clean, noisy, rate) of the files of a full band."""
    from speechgen.audio import read

    pairs = []
    for path in sorted(noisy.iterdir()):
        if (clean / path.name).is_file():
            (good, rate), (bad, _) = read(clean / path.name), read(path)
            if rate >= 44100:
                pairs.append((good[0], bad[0], rate))
    if not pairs:
        raise SystemExit(f"{noisy}: no recordings of 44.1 kHz or more with a clean twin in {clean}")
    return pairs


def bands_db(wave: np.ndarray, rate: int) -> list[np.ndarray]:
    """(frame, bin) levels in dB for each band."""
    size = round(_FRAME_SECONDS * rate)
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size))) ** 2 + 1e-9
    hertz = np.fft.rfftfreq(size, 1 / rate)
    return [10 * np.log10(power[:, (hertz >= low) & (hertz < high)]) for low, high in BANDS_HZ]


def distance(reference: list[np.ndarray], other: list[np.ndarray]) -> list[float]:
    """Log-spectral distance of each band."""
    found = []
    for ours, theirs in zip(reference, other, strict=True):
        floor = ours.max() - _RANGE_DB
        found.append(
            float(np.sqrt(np.mean((np.maximum(ours, floor) - np.maximum(theirs, floor)) ** 2)))
        )
    return found


def pauses(
    clean: list[np.ndarray], before: list[np.ndarray], after: list[np.ndarray]
) -> list[float]:
    """How much louder each band is than the input where the clean recording has no speech."""
    level = 10 * np.log10((10 ** (clean[0] / 10)).mean(1))
    silent = level < level.max() - 40.0
    if not silent.any():
        return [float("nan")] * len(clean)

    def power(db: np.ndarray) -> float:
        return float((10 ** (db[silent] / 10)).mean())

    return [10 * np.log10(power(b) / power(a)) for a, b in zip(before, after, strict=True)]


if __name__ == "__main__":
    main()
