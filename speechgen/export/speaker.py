"""Speaker encoders as a graph: a wave of free length to a vector, the spectrum inside."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.export.forms import Example, Form, Opened, made_up
from speechgen.export.fourier import FourierFrames
from speechgen.export.graph import Graph, Port
from speechgen.models.speaker.log_mel import FLOOR, LogMel, without_mean

_QUIET = 1e-4  # peak below which a wave is not amplified


class _Spectrum(nn.Module):
    """:class:`LogMel` of one wave that is long enough, without complex numbers."""

    filters: Tensor

    def __init__(self, spectrum: LogMel) -> None:
        super().__init__()
        self.reach = spectrum.fft_samples // 2
        before = (spectrum.fft_samples - spectrum.window_samples) // 2
        after = spectrum.fft_samples - spectrum.window_samples - before
        self.fourier = FourierFrames(F.pad(spectrum.window, (before, after)), spectrum.hop_samples)
        self.register_buffer("filters", spectrum.filters)

    def bands(self, wave: Tensor) -> Tensor:
        peak = wave.abs().amax(dim=1, keepdim=True).clamp_min(_QUIET)
        padded = F.pad(wave / peak, (self.reach, self.reach), mode="reflect")
        pairs = self.fourier(padded[0])
        magnitudes = pairs.square().sum(dim=-1).sqrt().transpose(0, 1)
        return (self.filters @ magnitudes).clamp_min(FLOOR).log()[None]

    def forward(self, wave: Tensor) -> Tensor:
        return without_mean(self.bands(wave))


class _Encoder(nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.model.spectrum = _Spectrum(model.spectrum)

    def forward(self, wave: Tensor) -> Tensor:
        return self.model(wave[None])[0]


def graphs(model: Any) -> list[Graph]:
    """The one graph."""
    seconds = model.spectrum.shortest_samples / model.sample_rate
    return [
        Graph(
            "model",
            _Encoder(model),
            inputs=(Port("wave", ("samples",), "samples in [-1, 1]"),),
            outputs=(Port("vector", (model.embedding_features,), "of unit length"),),
            sizes={"samples": model.sample_rate},
            run=f"Give speech of {seconds:g} s or more; of one voice, the mean over windows of "
            "some seconds, scaled to unit length, is steadier than a vector of one. The cosine "
            "of two vectors says how alike two voices are.",
            constants=("model.spectrum",),
        )
    ]


def facts(model: Any) -> dict[str, Any]:
    """Rate, and the least that a voice is told by."""
    return {
        "sample_rate": model.sample_rate,
        "shortest_samples": model.spectrum.shortest_samples,
        "embedding_features": model.embedding_features,
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: Any) -> Example:
    """A voice with noise."""
    return made_up(model.sample_rate)


def forms(model: Any, example: Example) -> dict[str, Form]:
    """The whole, and half a second of it."""

    def form(wave: np.ndarray) -> Form:
        def reference() -> np.ndarray:
            return model(torch.from_numpy(wave)[None])[0].numpy()

        def exported(opened: Opened) -> np.ndarray:
            return opened("model").run(wave=wave)["vector"]

        return Form(reference, exported)

    short = example.wave[: model.sample_rate // 2]
    return {"whole recording": form(example.wave), "half a second": form(short)}
