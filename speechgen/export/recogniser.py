"""The recogniser of phones as a graph: mel frames, as many as come, to logits and content."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.export.chunked import ports, through
from speechgen.export.forms import Example, Form, Opened, in_pieces, made_up
from speechgen.export.graph import Graph, Port
from speechgen.export.recurrent import OnnxGRU
from speechgen.models.recogniser.phone_recogniser import PhoneRecogniser

_FRAMES = 12
PIECE = 8  # frames at a time, in a stream


class Recogniser(nn.Module):
    """:meth:`PhoneRecogniser.stream` of one signal.

    The level before the first frame is that of the first; so a flag among the states tells whether
    there was one.
    """

    def __init__(self, model: PhoneRecogniser) -> None:
        super().__init__()
        self.model = model
        self.recurrent = OnnxGRU(model.recurrent)

    def forward(
        self, mel: Tensor, level: Tensor, begun: Tensor, memory: Tensor, *pasts: Tensor
    ) -> tuple[Tensor, ...]:
        """(frame, band) to logits and content (frame, ...), and the states after."""
        model = self.model
        levels = mel.mean(dim=1)
        before = begun * level + (1.0 - begun) * levels[:1]
        rise = levels - torch.cat([before, levels[:-1]])
        x = torch.cat([mel - levels[:, None], rise[:, None]], dim=1).transpose(0, 1)[None]
        x, after = through(list(model.network), x, pasts)
        hidden, memory = self.recurrent(model.norm(x.transpose(1, 2)).transpose(0, 1), memory)
        content = torch.tanh(model.content(hidden[:, 0]))
        return model.classes(content), content, levels[-1:], begun.clamp_min(1.0), memory, *after


def states(model: PhoneRecogniser) -> tuple[Port, ...]:
    """What :class:`Recogniser` keeps."""
    return (
        Port("level", (1,), "mean of the last frame"),
        Port("begun", (1,), "1 once there was a frame"),
        Port("memory", (1, 1, model.recurrent.hidden_size), "of the recurrent layer"),
        *ports("heard", list(model.network)),
    )


def graph(model: PhoneRecogniser, name: str) -> Graph:
    """The graph in a file of this name."""
    mel = Port(
        "mel", ("frames", model.local_features), "log-mel frames, scaled as the features say"
    )
    return Graph(
        name,
        Recogniser(model),
        inputs=(mel,),
        outputs=(
            Port("logits", ("frames", 1 + len(model.phones)), "the blank, then the phones"),
            Port("content", ("frames", model.content_features), "what is said, in [-1, 1]"),
        ),
        states=states(model),
        sizes={"frames": _FRAMES},
        run=f"What comes out is {model.look_ahead} frames late: of a whole recording, repeat the "
        "last frame as often at the end, and leave out the first so many.",
    )


def graphs(model: PhoneRecogniser) -> list[Graph]:
    """The one graph."""
    return [graph(model, "model")]


def facts(model: PhoneRecogniser) -> dict[str, Any]:
    """Frames, delay and phones."""
    return {
        "sample_rate": model.sample_rate,
        "hop_samples": model.hop_samples,
        "delay_frames": model.look_ahead,
        "phones": list(model.phones),
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: PhoneRecogniser) -> Example:
    """Frames of a voice."""
    return made_up(model.sample_rate, model.local_features, model.hop_samples)


def forms(model: PhoneRecogniser, example: Example, name: str = "model") -> dict[str, Form]:
    """A whole recording, and some frames at a time; logits and content side by side."""
    mel = example.frames[: model.local_features]

    def reference() -> np.ndarray:
        return torch.cat(model(mel[None]), dim=1)[0].T.numpy()

    def exported(opened: Opened, count: int | None) -> np.ndarray:
        padded = np.pad(mel.T.numpy(), ((0, model.look_ahead), (0, 0)), mode="edge")
        pieces = in_pieces(opened(name), padded, "mel", count)
        both = [np.concatenate([one["logits"], one["content"]], axis=1) for one in pieces]
        return np.concatenate(both)[model.look_ahead :]

    return {
        "whole recording": Form(reference, lambda opened: exported(opened, None)),
        f"{PIECE} frames at a time": Form(reference, lambda opened: exported(opened, PIECE)),
    }
