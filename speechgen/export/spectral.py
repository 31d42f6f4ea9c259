"""The spectral enhancer as a graph: waves of whole hops in and out, the transforms inside.

A frame at a time or a whole file is the same graph; how many frames come at once is free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.export.forms import Example, Form, Opened, in_pieces, made_up
from speechgen.export.fourier import FourierFrames, InverseFourier
from speechgen.export.graph import Graph, Port
from speechgen.export.recurrent import OnnxLSTM
from speechgen.export.recursion import first_order
from speechgen.models.spectral.enhancer import SpectralEnhancer
from speechgen.models.spectral.frames import LEVEL_SECONDS, SILENCE, STEEPNESS

_FRAMES = 5
_LARGE = 1e4


class _Enhancer(nn.Module):
    """:meth:`SpectralEnhancer.stream` of one signal, without complex numbers and loops."""

    def __init__(self, model: SpectralEnhancer) -> None:
        super().__init__()
        self.model = model
        self.fourier = FourierFrames(model.window, model.hop_samples)
        self.inverse = InverseFourier(model.fft_samples, model.synthesis)
        layers = (layer for layer in model.memories if isinstance(layer, nn.LSTM))
        self.memories = nn.ModuleList(OnnxLSTM(layer) for layer in layers)
        self.frame = OnnxLSTM(model.frame) if model.frame_memory else None

    def forward(
        self,
        noisy: Tensor,
        samples: Tensor,
        overlap: Tensor,
        spectra: Tensor,
        power: Tensor,
        frames: Tensor,
        *memories: Tensor,
    ) -> tuple[Tensor, ...]:
        model = self.model
        signal = torch.cat([samples, noisy.flatten()])
        here = self.fourier(signal)
        power, frames, levels = self._running_power(here, power, frames)
        filters, after = self._filters(here, levels, memories)
        context = torch.cat([spectra, here])
        cleaned = _applied(filters, context, model.taps)
        first, second = self.inverse(cleaned).chunk(2, dim=1)
        tail = torch.cat([overlap[None], second])
        kept = model.taps - 1 + model.lookahead_frames
        return (
            first + tail[:-1],
            signal[-(model.fft_samples - model.hop_samples) :],
            tail[-1],
            context[context.shape[0] - kept :],
            power,
            frames,
            *after,
        )

    def _running_power(
        self, here: Tensor, power: Tensor, frames: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As :func:`speechgen.models.spectral.frames.running_power`, the recursion as it stands."""
        slowest = LEVEL_SECONDS * self.model.sample_rate / self.model.hop_samples
        powers = here.square().sum(-1).mean(-1)
        active = (powers > SILENCE).float()
        counts = frames + active.cumsum(0)
        pace = active * (1.0 / counts.clamp_min(1.0)).clamp_min(1.0 / slowest)
        levels = first_order(1.0 - pace, pace * powers, power)
        return levels[-1:], counts[-1:], levels.clamp_min(SILENCE).sqrt()

    def _filters(
        self, here: Tensor, levels: Tensor, memories: tuple[Tensor, ...]
    ) -> tuple[Tensor, list[Tensor]]:
        """Filters (frame, bin, tap, 2), and the states of the recurrent layers."""
        model = self.model
        scaled = (here / levels[:, None, None])[:, None]
        magnitudes = 0.5 * model.compression
        # x + 1e-8 counts as x for the exporter's optimiser, so everything is 1e4 times as large
        squares = (_LARGE * scaled).square().sum(-1, keepdim=True) + 1.0
        compressed = scaled * (squares ** (magnitudes - 0.5) * _LARGE ** (1.0 - 2.0 * magnitudes))
        magnitude = squares**magnitudes * _LARGE ** (-2.0 * magnitudes)
        x = model.split(torch.cat([compressed, magnitude], dim=-1))
        after: list[Tensor] = []
        whole: list[Tensor] = []
        blocks = zip(model.mixers, model.norms, self.memories, model.outs, strict=True)
        for number, (mixer, norm, memory, out) in enumerate(blocks):
            x = x + mixer(x)
            y, *states = memory(norm(x)[:, 0], *memories[2 * number : 2 * number + 2])
            after += states
            x = x + out(y)[:, None]
            if number == 0 and self.frame is not None:
                seen, *whole = self.frame(model.to_frame(x.flatten(2)), *memories[-2:])
                x = x + model.from_frame(seen).unflatten(2, (-1, model.channels))
        outputs = model.merge(model.last_norm(x))[:, 0].unflatten(-1, (model.taps, 2))
        gain = torch.sigmoid(STEEPNESS * (outputs[..., :1, :1] - 0.5))
        doubt = 4.0 * gain * (1.0 - gain)
        first = torch.cat([gain, doubt * outputs[..., :1, 1:]], dim=-1)
        return torch.cat([first, doubt * outputs[..., 1:, :]], dim=-2), after + whole


def _applied(filters: Tensor, context: Tensor, taps: int) -> Tensor:
    """:func:`speechgen.models.spectral.frames.apply_filters` of pairs."""
    real, imaginary = filters.unbind(-1)
    count = filters.shape[0]
    total: Tensor | float = 0.0
    for tap in range(taps):
        start = taps - 1 - tap
        past_real, past_imaginary = context[start : start + count].unbind(-1)
        total = total + torch.stack(
            [
                real[..., tap] * past_real - imaginary[..., tap] * past_imaginary,
                real[..., tap] * past_imaginary + imaginary[..., tap] * past_real,
            ],
            dim=-1,
        )
    assert isinstance(total, Tensor)
    return total


def graphs(model: SpectralEnhancer) -> list[Graph]:
    """The one graph of an enhancer."""
    hop, bins = model.hop_samples, model.num_bins
    kept = model.taps - 1 + model.lookahead_frames
    states = [
        Port("samples", (model.fft_samples - hop,), "the last of the input"),
        Port("overlap", (hop,), "half-finished output"),
        Port("spectra", (kept, bins, 2), "past spectra, real and imaginary"),
        Port("power", (1,), "running mean power"),
        Port("frames", (1,), "frames that it has heard"),
    ]
    widths = [(f"band_{number}", len(model.split.widths), model.channels)
              for number in range(len(model.memories))]  # fmt: skip
    if model.frame_memory:
        widths.append(("whole", 1, model.frame_memory))
    states += [
        Port(f"{name}_{part}", (1, batch, width), "of a recurrent layer")
        for name, batch, width in widths
        for part in ("hidden", "cell")
    ]
    seconds = model.latency_samples / model.sample_rate
    return [
        Graph(
            "model",
            _Enhancer(model),
            inputs=(Port("noisy", ("frames", hop), "samples in [-1, 1], a hop in each row"),),
            outputs=(Port("clean", ("frames", hop), "samples, latency_samples later"),),
            states=tuple(states),
            sizes={"frames": _FRAMES},
            run=f"Give a hop at a time or a whole file. What comes out is {1000 * seconds:g} ms "
            "late: of a file, give latency_samples zeros more and leave out the first so many.",
        )
    ]


def facts(model: SpectralEnhancer) -> dict[str, Any]:
    """Rate, hop and latency."""
    return {
        "sample_rate": model.sample_rate,
        "hop_samples": model.hop_samples,
        "latency_samples": model.latency_samples,
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: SpectralEnhancer) -> Example:
    """A voice with noise."""
    return made_up(model.sample_rate)


def forms(model: SpectralEnhancer, example: Example) -> dict[str, Form]:
    """A whole file, and frame by frame."""
    hop, latency, num_samples = model.hop_samples, model.latency_samples, len(example.wave)
    wanted = num_samples + latency
    hops = np.pad(example.wave, (0, latency + -wanted % hop)).reshape(-1, hop)

    def at_once() -> np.ndarray:
        return model.enhance(torch.from_numpy(example.wave)[None, None])[0, 0].numpy()

    def streamed() -> np.ndarray:
        state, clean = model.initial_state(1), []
        for one in torch.from_numpy(hops):
            piece, state = model.stream(one[None, None], state)
            clean.append(piece[0, 0].numpy())
        return np.concatenate(clean)[latency:wanted]

    def exported(opened: Opened, frames: int | None) -> np.ndarray:
        pieces = in_pieces(opened("model"), hops, "noisy", frames)
        return np.concatenate([piece["clean"] for piece in pieces]).ravel()[latency:wanted]

    return {
        "whole file": Form(at_once, lambda opened: exported(opened, None)),
        "frame by frame": Form(streamed, lambda opened: exported(opened, 1)),
    }
