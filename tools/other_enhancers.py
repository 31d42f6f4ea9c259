"""What packages that many use make of noisy speech, to be scored beside the models here.

    pip install noisereduce pyrnnoise
    python tools/other_enhancers.py exp/data/pairs exp/others
    speechgen score enhancement --clean exp/data/pairs --noisy exp/data/pairs \\
        --estimate exp/others/noisereduce --estimate exp/others/rnnoise --estimate exp/enhanced

Writes ID.wav of every utterance, at 16 kHz: noisereduce as it comes (spectral gating, T. Sainburg)
and told that noise is stationary, and RNNoise (J.-M. Valin, "A hybrid DSP/deep learning approach to
real-time full-band speech enhancement", MMSP 2018) by the package pyrnnoise, with the weights that
it brings. RNNoise works at 48 kHz in frames of 10 ms: sound is brought there and back, and its
delay of 20 ms is taken out. A package that is not installed is left out, and a line says so.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

RATE = 16000
RNNOISE_RATE = 48000
RNNOISE_FRAME_SAMPLES = 480
RNNOISE_DELAY_SAMPLES = 960  # of the overlap of its windows, and a frame that it looks ahead
PACKAGES = {
    "noisereduce": "noisereduce",
    "noisereduce-stationary": "noisereduce",
    "rnnoise": "pyrnnoise",
}
"""Name of a system -> the package that has it."""


def main() -> None:
    """Enhance the noisy side of a data directory with every package that is installed."""
    from speechgen.audio import write
    from speechgen.errors import SpeechgenError
    from speechgen.evaluation.sources import sources_by_id
    from speechgen.progress import track

    options = parse(sys.argv[1:])
    try:
        sources = sources_by_id(options.data, noisy=True)
        for name in options.systems:
            if not installed(name):
                print(f"{name}: not installed (pip install {PACKAGES[name]})", file=sys.stderr)
                continue
            for utterance in track(list(sources), name):
                wave = SYSTEMS[name](sources[utterance].read(RATE), RATE)
                target = Path(options.output, name, f"{utterance}.wav")
                write(target, wave, RATE, overwrite=options.overwrite)
            print(f"{Path(options.output, name)}: {len(sources)} files")
    except SpeechgenError as error:
        sys.exit(f"other_enhancers: error: {error}")


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", help="data directory with noisy.scp, or folder of noisy files")
    parser.add_argument("output", help="folder that gets a folder for each system")
    parser.add_argument("--systems", nargs="+", choices=PACKAGES, default=list(PACKAGES))
    parser.add_argument("--overwrite", action="store_true", help="replace files of earlier runs")
    return parser.parse_args(words)


def installed(name: str) -> bool:
    """Whether the package of the system ``name`` is there."""
    return importlib.util.find_spec(PACKAGES[name]) is not None


def noisereduce_wave(wave: np.ndarray, sample_rate: int, *, stationary: bool = False) -> np.ndarray:
    """noisereduce: spectral gating by a floor that follows the noise, or by one for the whole.

    Parameters
    ----------
    wave
        (time,).
    sample_rate
        Hz.
    stationary
        One floor for all of the wave; the default, as the package's, is one that follows.
    """
    import noisereduce

    out = noisereduce.reduce_noise(y=wave, sr=sample_rate, stationary=stationary)
    return np.asarray(out, np.float32)


def rnnoise_wave(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """RNNoise of a whole wave (time,) at any rate, of the same length and without its delay."""
    import soxr

    sound = soxr.resample(np.asarray(wave, np.float32), sample_rate, RNNOISE_RATE)
    frames = -(-(len(sound) + RNNOISE_DELAY_SAMPLES) // RNNOISE_FRAME_SAMPLES)
    padded = np.pad(sound, (0, frames * RNNOISE_FRAME_SAMPLES - len(sound)))
    with rnnoise_stream() as process:
        out = np.concatenate([process(one) for one in padded.reshape(frames, -1)])
    aligned = out[RNNOISE_DELAY_SAMPLES : RNNOISE_DELAY_SAMPLES + len(sound)]
    back = soxr.resample(aligned, RNNOISE_RATE, sample_rate)[: len(wave)]
    return np.pad(back, (0, len(wave) - len(back)))


@contextmanager
def rnnoise_stream() -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """A function from the next 480 samples at 48 kHz to as many, late by 960.

    The library is called with floating-point samples, as it is made; the package's own way in
    rounds to 16 bits, and what is beyond full scale then changes its sign.
    """
    from pyrnnoise import rnnoise

    state = rnnoise.create()

    def process(frame: np.ndarray) -> np.ndarray:
        scaled = np.ascontiguousarray(frame * np.float32(32768), np.float32)
        pointer = scaled.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        rnnoise.lib.rnnoise_process_frame(state, pointer, pointer)
        return scaled / np.float32(32768)

    try:
        yield process
    finally:
        rnnoise.destroy(state)


SYSTEMS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "noisereduce": noisereduce_wave,
    "noisereduce-stationary": partial(noisereduce_wave, stationary=True),
    "rnnoise": rnnoise_wave,
}

if __name__ == "__main__":
    main()
