"""SEGAN and its chains as a graph of windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.export.forms import Example, Form, Opened, made_up
from speechgen.export.graph import Graph, Port
from speechgen.models.segan.parts import EmphasisedDomain


class _Windows(nn.Module):
    def __init__(self, model: EmphasisedDomain) -> None:
        super().__init__()
        self.model = model

    def forward(self, noisy: Tensor) -> Tensor:
        return self.model.enhance(noisy[:, None])[:, 0]


def graphs(model: Any) -> list[Graph]:
    """The one graph, of any number of windows."""
    shape = ("windows", model.window_samples)
    return [
        Graph(
            "model",
            _Windows(model),
            inputs=(Port("noisy", shape, "samples in [-1, 1]"),),
            outputs=(Port("clean", shape, "samples at the same places"),),
            sizes={"windows": 2},
            run="Give windows of window_samples, each on its own. Of a longer file let them "
            "overlap: leave out context_samples at either end of each, and cross-fade the next "
            "fade_samples.",
        )
    ]


def facts(model: Any) -> dict[str, Any]:
    """Rate, window, and how windows are joined."""
    window = model.window_samples
    return {
        "sample_rate": model.sample_rate,
        "window_samples": window,
        "context_samples": window // 8,
        "fade_samples": window // 16,
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: Any) -> Example:
    """A voice with noise."""
    return made_up(model.sample_rate)


def forms(model: Any, example: Example) -> dict[str, Form]:
    """All windows at once, and one by one."""
    count = max(1, len(example.wave) // model.window_samples)
    padded = np.pad(example.wave, (0, max(0, model.window_samples - len(example.wave))))
    windows = padded[: count * model.window_samples].reshape(count, -1)

    def reference() -> np.ndarray:
        return model.enhance(torch.from_numpy(windows)[:, None])[:, 0].numpy()

    def at_once(opened: Opened) -> np.ndarray:
        return opened("model").run(noisy=windows)["clean"]

    def singly(opened: Opened) -> np.ndarray:
        session = opened("model")
        return np.concatenate([session.run(noisy=one[None])["clean"] for one in windows])

    return {"windows at once": Form(reference, at_once), "one window": Form(reference, singly)}
