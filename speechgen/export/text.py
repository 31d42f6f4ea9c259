"""The text model as two graphs: symbols to their durations and melody, and those to frames.

Between them a program repeats each symbol by its duration, and may change durations and melody.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.export.forms import Example, Form, Opened, made_up
from speechgen.export.graph import Graph, Port
from speechgen.export.recursion import scanned
from speechgen.models.text.prosody import LEAST_LOG_DEVIATION, VALUES
from speechgen.models.text.text_model import MOST_FRAMES, SHARPER, TextModel

_SYMBOLS, _FRAMES = 9, 40
_TEMPERATURE = 0.2


class _Prosody(nn.Module):
    """The encoder, and :meth:`SymbolProsody.sample` with the draws given."""

    def __init__(self, model: TextModel) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("needed", ~model.skippable)

    needed: Tensor

    def forward(
        self,
        symbols: Tensor,
        stress: Tensor,
        speaker: Tensor,
        rate: Tensor,
        given: Tensor,
        chance: Tensor,
        noise: Tensor,
        temperature: Tensor,
    ) -> tuple[Tensor, ...]:
        encoder = self.model.encoder
        x = (encoder.phone(symbols) + encoder.stress(stress)).T[None]
        x = x + encoder.voice(self.model.voice(speaker[None]))[:, :, None]
        counted = torch.ones_like(x[:, :1])
        for block in encoder.blocks:
            x = block(x, counted)
        encoded = encoder.norm(x[0].T)
        needed = self.needed[symbols]
        drawn = self._drawn(encoded, needed.float(), temperature * chance, temperature * noise)
        there, log_frames, melody = drawn.split([1, 1, VALUES - 1], dim=1)
        wanted = (log_frames.clamp_max(math.log(MOST_FRAMES)).exp() * there)[:, 0] / rate
        wanted = torch.where(given >= 0, given.float(), wanted)
        ends = wanted.cumsum(dim=0).round()
        whole = ends - torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
        durations = torch.where(needed, whole.clamp_min(1.0), whole).long()
        return encoded, durations, melody

    def _drawn(self, encoded: Tensor, needed: Tensor, chance: Tensor, noise: Tensor) -> Tensor:
        """(symbol, 4): whether it is there, and its values."""
        prosody = self.model.prosody
        layer: Any = prosody.recurrent
        channels = encoded.shape[1]
        weight, bias = layer.weight_ih_l0, layer.bias_ih_l0
        seen = F.linear(encoded, weight[:, :channels], bias)  # at once; the rest one by one
        returned, recurrent, last = weight[:, channels:], layer.weight_hh_l0, layer.bias_hh_l0

        def step(
            before: tuple[Tensor, Tensor], now: tuple[Tensor, ...]
        ) -> tuple[tuple[Tensor, Tensor], Tensor]:
            hidden, values = before
            told, needed, chance, noise = now
            inner = (told + F.linear(values, returned)).chunk(3, dim=1)
            outer = F.linear(hidden, recurrent, last).chunk(3, dim=1)
            reset = torch.sigmoid(inner[0] + outer[0])
            update = torch.sigmoid(inner[1] + outer[1])
            fresh = torch.tanh(inner[2] + reset * outer[2])
            hidden = fresh + update * (hidden - fresh)
            logit, mean, log_deviation = prosody.out(hidden).split([1, VALUES, VALUES], dim=1)
            there = ((logit + chance + 1e6 * needed) > 0).float()
            deviation = log_deviation.clamp(LEAST_LOG_DEVIATION, 3.0).exp()
            values = torch.cat([there, there * (mean + noise * deviation)], dim=1)
            return (hidden, values), values.clone()

        start = encoded.new_zeros(1, layer.hidden_size), encoded.new_zeros(1, 1 + VALUES)
        now = seen[:, None], needed[:, None, None], chance[:, None, None], noise[:, None]
        return scanned(step, start, now)[:, 0]


class _Frames(nn.Module):
    """:class:`FrameDecoder`, once the symbol of every frame is known."""

    def __init__(self, model: TextModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, encoded: Tensor, durations: Tensor, melody: Tensor, path: Tensor, speaker: Tensor
    ) -> tuple[Tensor, ...]:
        voice = self.model.voice(speaker[None])
        length = torch.ones_like(path).sum()[None]
        content, rest = self.model.decoder(
            encoded.T[None], voice, durations[None], path[None], length, melody.T[None]
        )
        log_f0, loudness, logit = rest[0].T.split(1, dim=1)
        return content[0].T, log_f0, torch.sigmoid(SHARPER * logit), loudness


def graphs(model: TextModel) -> list[Graph]:
    """Symbols to durations and melody; those to frames."""
    channels = model.encoder.norm.normalized_shape[0]
    speaker = Port("speaker", (model.speaker_features,), "a speaker vector, whatever its length")
    encoded = Port("encoded", ("symbols", channels), "symbols in their surroundings")
    durations = Port("durations", ("symbols",), "frames of each symbol", "int64")
    melody = Port("melody", ("symbols", VALUES - 1), "log-F0 above the speaker's, and loudness")
    return [
        Graph(
            "prosody",
            _Prosody(model),
            inputs=(
                Port("symbols", ("symbols",), "places in the list of symbols", "int64"),
                Port("stress", ("symbols",), "0, 1 or 2", "int64"),
                speaker,
                Port("rate", ("symbols",), "times as fast"),
                Port("given", ("symbols",), "frames that are asked for, -1 for none", "int64"),
                Port("chance", ("symbols",), "logistic noise, log(u / (1 - u))"),
                Port("noise", ("symbols", VALUES), "normal noise of variance 1"),
                Port("temperature", (1,), "0 for the likeliest, 1 as it was learnt"),
            ),
            outputs=(encoded, durations, melody),
            sizes={"symbols": _SYMBOLS},
            run="Give the symbols of a sentence; then repeat the place of each by its duration, "
            "which is the path of the other graph.",
        ),
        Graph(
            "frames",
            _Frames(model),
            inputs=(
                encoded,
                durations,
                melody,
                Port("path", ("frames",), "place of each frame's symbol in the sentence", "int64"),
                speaker,
            ),
            outputs=(
                Port("content", ("frames", model.content_features), "what is said, in [-1, 1]"),
                Port("log_f0", ("frames", 1), "above the speaker's, as the features scale it"),
                Port("voicing", ("frames", 1), "0 to 1"),
                Port("loudness", ("frames", 1), "mean power, on the scale of the mel"),
            ),
            sizes={"symbols": _SYMBOLS, "frames": _FRAMES},
            run="What comes out goes to the graph speaking of a converter, with log-F0 raised to "
            "the height of the voice, and voicing beside it as pitch.",
        ),
    ]


def facts(model: TextModel) -> dict[str, Any]:
    """Frames and symbols."""
    return {
        "sample_rate": model.sample_rate,
        "hop_samples": model.hop_samples,
        "symbols": list(model.symbols),
    }


def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """None."""
    return {}


def example(model: TextModel) -> Example:
    """Frames that are not used: :func:`forms` has symbols of its own."""
    return made_up(model.sample_rate)


def forms(model: TextModel, example: Example) -> dict[str, Form]:
    """A sentence of all symbols, with draws and without."""
    count = len(model.symbols)
    symbols, stress = np.arange(count), np.arange(count) % 3
    speaker = np.random.default_rng(0).standard_normal(model.speaker_features).astype(np.float32)
    rate = np.linspace(0.8, 1.25, count, dtype=np.float32)
    given = np.where(symbols % 7 == 3, 5, -1)

    def reference(temperature: float) -> np.ndarray:
        track = model.generate(
            *(torch.from_numpy(one)[None] for one in (symbols, stress, speaker)),
            rate=torch.from_numpy(rate)[None],
            frames=torch.from_numpy(given)[None],
            temperature=temperature,
            generator=torch.Generator().manual_seed(0),
        )
        rows = torch.cat([track.content, track.log_f0, track.voicing, track.loudness], dim=1)
        return rows[0].T.numpy()

    def exported(opened: Opened, temperature: float) -> np.ndarray:
        told: dict[str, np.ndarray] = {"symbols": symbols, "stress": stress, "speaker": speaker}
        return said(opened, {**told, "rate": rate, "given": given}, temperature)[1]

    def form(temperature: float) -> Form:
        return Form(lambda: reference(temperature), lambda opened: exported(opened, temperature))

    return {"a sentence, the likeliest": form(0.0), "a sentence, drawn": form(_TEMPERATURE)}


def said(
    opened: Opened, told: dict[str, np.ndarray], temperature: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Durations (symbol,), and content, log-F0, voicing and loudness side by side (frame, row).

    ``told`` are the inputs of the prosody that are not drawn.
    """
    count = len(told["symbols"])
    chance, noise = _draws(count)
    made = opened("prosody").run(
        **told, chance=chance, noise=noise, temperature=np.array([temperature], np.float32)
    )
    path = np.repeat(np.arange(count), made["durations"])
    frames = opened("frames").run(**made, path=path, speaker=told["speaker"])
    parts = [frames[name] for name in ("content", "log_f0", "voicing", "loudness")]
    return made["durations"], np.concatenate(parts, axis=1)


def _draws(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Those that a generator with the seed 0 gives the model."""
    generator = torch.Generator().manual_seed(0)
    chances, noises = [], []
    for _ in range(count):
        uniform = torch.rand(1, generator=generator).clamp(1e-6, 1 - 1e-6)
        chances.append(torch.logit(uniform))
        noises.append(torch.randn(1, VALUES, generator=generator))
    return torch.cat(chances).numpy(), torch.cat(noises).numpy()
