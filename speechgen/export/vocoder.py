"""The harmonic vocoder as a graph: frames and noise to short spectra.

Sources and their transforms are inside; the inverse transform, overlap and add of
:meth:`speechgen.models.vocoders.short_spectra.ShortSpectra.synthesise` are left to the program,
which has a fast one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.export.chunked import ports, through
from speechgen.export.forms import Example, Form, Opened, made_up
from speechgen.export.fourier import FourierFrames
from speechgen.export.graph import Graph, Port
from speechgen.features.pitch_rows import NUM_ROWS, hertz
from speechgen.models.vocoders.filter_head import LARGEST_LOG_GAIN
from speechgen.models.vocoders.harmonic_source import between_frames, onsets, phases, pulses
from speechgen.models.vocoders.harmonic_vocoder import LOWEST_HZ, HarmonicVocoder
from speechgen.models.vocoders.short_spectra import SUM_OF_SQUARES
from speechgen.models.wavenet.conditions import Conditions

_FRAMES = 12
_PIECE = 8


class _Vocoder(nn.Module):
    """:meth:`HarmonicVocoder.stream` of one signal, up to the spectra, complex ones as pairs."""

    def __init__(self, model: HarmonicVocoder) -> None:
        super().__init__()
        self.model = model
        self.fourier = FourierFrames(model.short.window, model.short.hop_samples)
        start = model.initial_state(1)
        self.kept_source, self.kept_noise = start.source.shape[1], start.noise.shape[1]

    def forward(
        self,
        frames: Tensor,
        noise: Tensor,
        waiting: Tensor,
        pitch: Tensor,
        begun: Tensor,
        cycles: Tensor,
        source: Tensor,
        hiss: Tensor,
        *pasts: Tensor,
    ) -> tuple[Tensor, ...]:
        model = self.model
        rows = frames.T[None]
        hidden, network = through(list(model.network), rows, pasts)
        late = torch.cat([waiting, rows], dim=2)
        count = late.shape[2] - model.look_ahead
        voiced, breath = self._filters(hidden, late[:, :, :count])
        f0_hz = hertz(rows[:, -NUM_ROWS:])[0].clamp(LOWEST_HZ, model.sample_rate / 4)
        here = torch.stack([f0_hz, frames[:, -1].clamp(0.0, 1.0)])
        before = begun * pitch + (1.0 - begun) * here[:, 0]
        contour, strength = between_frames(
            torch.cat([before[:, None], here], dim=1), model.hop_samples
        ).unbind()
        turns = phases(contour[None], model.sample_rate, cycles)[0]
        excitation = onsets(strength) * pulses(contour, turns, model.sample_rate)
        source = torch.cat([source, excitation])
        hiss = torch.cat([hiss, noise.flatten()])
        harmonics = self._analysed(source, self.kept_source)
        breathing = self._analysed(hiss, self.kept_noise)
        real, imaginary = harmonics.unbind(-1)
        spectra = torch.stack(
            [
                voiced[0] * real - voiced[1] * imaginary,
                voiced[0] * imaginary + voiced[1] * real,
            ],
            dim=-1,
        )
        return (
            spectra + breath[..., None] * breathing,
            late[:, :, count:],
            here[:, -1],
            begun.clamp_min(1.0),
            turns[-1:] - turns[-1:].floor(),
            source[source.shape[0] - self.kept_source :],
            hiss[hiss.shape[0] - self.kept_noise :],
            *network,
        )

    def _filters(self, hidden: Tensor, frames: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """:class:`FilterHead`: real and imaginary gains, real ones, (frame, fold, bin) each."""
        head = self.model.filters
        values = head.head(head.norm(hidden[0].T)).unflatten(1, head.sizes)
        level = head.skip(frames[0].T)[:, None]
        loud, breath = ((level + values[:, :, which]).clamp_max(LARGEST_LOG_GAIN).exp()
                        for which in (0, 1))  # fmt: skip
        turn = values[:, :, 2]
        return (loud * turn.cos(), loud * turn.sin()), breath

    def _analysed(self, signal: Tensor, kept: int) -> Tensor:
        """(frame, fold, bin, 2) of all windows that have come up, ``kept`` samples in the past."""
        span = signal.shape[0] - (kept - self.model.short.reach)
        return self.fourier(signal[:span]).unflatten(0, (-1, self.model.fold))


def graphs(model: HarmonicVocoder) -> list[Graph]:
    """The one graph."""
    start = model.initial_state(1)
    short, late = model.short, model.delay_samples / model.sample_rate
    return [
        Graph(
            "model",
            _Vocoder(model),
            inputs=(
                Port("frames", ("frames", model.local_features), "mel, log-F0 and voicing"),
                Port("noise", ("frames", model.hop_samples), "normal, of variance 1"),
            ),
            outputs=(
                Port(
                    "spectra",
                    ("frames", model.fold, short.num_bins, 2),
                    "of short frames, real and imaginary",
                ),
            ),
            states=(
                Port("waiting", tuple(start.waiting.shape), "frames whose filters are to come"),
                Port("pitch", (2,), "F0 in Hz and voicing of the last frame"),
                Port("begun", (1,), "1 once there was a frame"),
                Port("cycles", (1,), "phase of the source", "float64"),
                Port("source", (start.source.shape[1],), "of the harmonics"),
                Port("hiss", (start.noise.shape[1],), "past noise"),
                *ports("filters", list(model.network)),
            ),
            sizes={"frames": _FRAMES},
            run="Transform the spectra back (irfft of fft_samples), multiply each by a periodic "
            f"Hann window over {SUM_OF_SQUARES:g} and add them short_hop_samples apart. The wave "
            f"is {1000 * late:g} ms late, delay_samples: of a whole, repeat the first frame "
            "frames_before times and the last one frames_after times, and leave out the first "
            "frames_before * hop_samples + delay_samples.",
        )
    ]


def facts(model: HarmonicVocoder) -> dict[str, Any]:
    """Frames, transforms and delays."""
    return {
        "sample_rate": model.sample_rate,
        "hop_samples": model.hop_samples,
        "fft_samples": model.short.window_samples,
        "short_hop_samples": model.short.hop_samples,
        "delay_samples": model.delay_samples,
        "frames_before": model.frames_before,
        "frames_after": model.frames_after,
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: HarmonicVocoder) -> Example:
    """Frames of a voice."""
    return made_up(model.sample_rate, model.local_features - NUM_ROWS, model.hop_samples)


def forms(model: HarmonicVocoder, example: Example) -> dict[str, Form]:
    """A whole recording, and some frames at a time; waves are compared."""
    count = example.frames.shape[1]
    begin = model.frames_before * model.hop_samples + model.delay_samples
    rows = np.pad(
        example.frames.T.numpy(), ((model.frames_before, model.frames_after), (0, 0)), mode="edge"
    )
    noise = np.random.default_rng(0).standard_normal((len(rows), model.hop_samples), np.float32)

    def reference() -> np.ndarray:
        draws = torch.from_numpy(noise.reshape(1, 1, -1))
        return model(draws, Conditions(example.frames[None]))[0, 0].numpy()

    def exported(opened: Opened, step: int) -> np.ndarray:
        session = opened("model")
        session.reset()
        spectra = [
            session.run(frames=rows[at : at + step], noise=noise[at : at + step])["spectra"]
            for at in range(0, len(rows), step)
        ]
        wave = added_up(np.concatenate(spectra), model.short.hop_samples)
        return wave[begin : begin + count * model.hop_samples]

    return {
        "whole recording": Form(reference, lambda opened: exported(opened, len(rows))),
        f"{_PIECE} frames at a time": Form(reference, lambda opened: exported(opened, _PIECE)),
    }


def added_up(spectra: np.ndarray, hop_samples: int) -> np.ndarray:
    """The wave of short spectra (frame, fold, bin, 2), as a program without PyTorch makes it."""
    pairs = spectra.reshape(-1, *spectra.shape[2:])
    size = 2 * (pairs.shape[1] - 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    waves = np.fft.irfft(pairs[..., 0] + 1j * pairs[..., 1], size) * window / SUM_OF_SQUARES
    total = np.zeros((len(waves) - 1) * hop_samples + size)
    for number, wave in enumerate(waves):
        total[number * hop_samples : number * hop_samples + size] += wave
    return total.astype(np.float32)
