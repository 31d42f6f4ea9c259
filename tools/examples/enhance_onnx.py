"""Clean speech with an exported enhancer: numpy, soundfile and onnxruntime, nothing else.

    speechgen export spectral-small --output enhancer
    python enhance_onnx.py enhancer noisy.wav clean.wav                      the whole file at once
    python enhance_onnx.py enhancer noisy.wav clean.wav --stream             hop by hop
    python enhance_onnx.py enhancer noisy.wav clean.wav --precision int8     if it was exported so

Every channel is cleaned on its own. The file has the model's rate; sox or ffmpeg bring it there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile

WINDOWS = 16  # in one run


class Enhancer:
    """An exported enhancer with the state of one channel, which is zeros at first."""

    def __init__(self, session: onnxruntime.InferenceSession, told: dict) -> None:
        self.session, self.told = session, told
        self.states = told["graphs"]["model"]["states"]
        self.held = {one["input"]: np.zeros(one["shape"], one["type"]) for one in self.states}

    def run(self, noisy: np.ndarray) -> np.ndarray:
        """Rows of samples, (hops or windows, samples), to as many clean ones."""
        names = ["clean", *(one["output"] for one in self.states)]
        clean, *after = self.session.run(names, {"noisy": noisy, **self.held})
        self.held = dict(zip(self.held, after, strict=True))
        return clean

    def whole(self, wave: np.ndarray) -> np.ndarray:
        """(time,) to the same; zeros behind it push out what is still inside."""
        if not self.states:
            return self.windows(wave)
        latency, hop = self.told["latency_samples"], self.told["hop_samples"]
        padded = np.pad(wave, (0, latency + -(len(wave) + latency) % hop))
        return self.run(padded.reshape(-1, hop)).ravel()[latency : latency + len(wave)]

    def windows(self, wave: np.ndarray) -> np.ndarray:
        """The same by overlapping windows, cross-faded where two of them know a sample well."""
        size, context, fade = (
            self.told[f"{name}_samples"] for name in ("window", "context", "fade")
        )
        hop = size - 2 * context - fade
        count = max(1, -(-(len(wave) - fade) // hop))
        padded = np.pad(wave, (context, (count - 1) * hop + size - context - len(wave)))
        starts = range(0, count * hop, hop)
        noisy = np.stack([padded[start : start + size] for start in starts])
        batches = [self.run(noisy[at : at + WINDOWS]) for at in range(0, count, WINDOWS)]
        clean = np.concatenate(batches)[:, context : size - context]
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)).astype(np.float32)
        clean[1:, :fade] *= ramp
        clean[:-1, hop:] *= ramp[::-1]
        out = np.zeros(count * hop + fade, np.float32)
        for start, window in zip(starts, clean, strict=True):
            out[start : start + hop + fade] += window
        return out[: len(wave)]


def streamed(enhancers: list[Enhancer], file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Clean (time, channel) hop by hop, as a microphone would give it; in all, as much as is in."""
    hop, latency = (enhancers[0].told[f"{name}_samples"] for name in ("hop", "latency"))
    early, left = latency, file.frames
    while left > 0:
        noisy = file.read(hop, dtype="float32", always_2d=True, fill_value=0.0)
        noisy = np.pad(noisy, ((0, hop - len(noisy)), (0, 0)))  # behind the end come zeros
        hops = [one.run(noisy[None, :, channel]) for channel, one in enumerate(enhancers)]
        clean = np.concatenate(hops).T[early:][:left]
        early = max(0, early - hop)
        left -= len(clean)
        yield clean


def main() -> None:
    """Read the options, clean the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what speechgen export wrote")
    parser.add_argument("noisy")
    parser.add_argument("clean")
    parser.add_argument("--stream", action="store_true", help="hop by hop")
    parser.add_argument("--precision", choices=("float32", "int8"), default="float32")
    options = parser.parse_args()
    told = json.loads((options.folder / "settings.json").read_text(encoding="utf-8"))
    files = told["graphs"]["model"]["files"]
    if options.precision not in files:
        sys.exit(f"{options.folder}: has no {options.precision}; export it with --precision int8")
    session = onnxruntime.InferenceSession(options.folder / files[options.precision])
    with soundfile.SoundFile(options.noisy) as file:
        if file.samplerate != told["sample_rate"]:
            sys.exit(
                f"{options.noisy}: has {file.samplerate} Hz, and the model {told['sample_rate']}; "
                f"resample it first: sox {options.noisy} -r {told['sample_rate']} at_rate.wav"
            )
        enhancers = [Enhancer(session, told) for _ in range(file.channels)]
        if options.stream and not enhancers[0].states:
            sys.exit(f"{options.folder}: has no state to go on with; leave out --stream")
        with soundfile.SoundFile(
            options.clean, "w", file.samplerate, file.channels, subtype=file.subtype
        ) as out:
            if options.stream:
                for clean in streamed(enhancers, file):
                    out.write(clean)
            else:
                noisy = file.read(dtype="float32", always_2d=True).T
                pairs = zip(enhancers, noisy, strict=True)
                out.write(np.stack([one.whole(wave) for one, wave in pairs], axis=1))


if __name__ == "__main__":
    main()
