"""A stream of samples of a batch of utterances, drawn on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.noise import GivenNoise, NoiseStreams
from speechgen.sampling.protocol import Engine, Start


@dataclass(frozen=True)
class StreamState:
    """All that is needed to resume a stream: small, and the same for every engine.

    Attributes
    ----------
    symbols
        (batch, time): the newest ones, as many as the receptive field holds.
    position
        Samples before the next one, those of the priming among them.
    remaining
        Samples still to be drawn.
    noise
        State of the noise.
    last
        (batch, 1): the last sample of the waveforms, or None.
    """

    symbols: Tensor
    position: int
    remaining: int
    noise: Any
    last: Tensor | None


class SampleStream:
    """An iterator of waveform chunks (batch, time); see :func:`speechgen.sampling.sample`.

    Samples are drawn on demand, memory does not grow with the length, and a stream that
    is dropped stops at once.

    Attributes
    ----------
    position
        Samples before the next one, those of the priming among them.
    remaining
        Samples still to be drawn.
    """

    def __init__(
        self,
        model: WaveNet,
        conditions: ConditionWindow,
        start: Start,
        noise: NoiseStreams | GivenNoise,
        *,
        engine: Engine,
        remaining: int,
        temperature: float,
        chunk_samples: int,
        last: Tensor | None,
    ) -> None:
        self._model = model
        self._noise = noise
        self._device = start.symbols.device
        self._recent = start.symbols[:, -model.receptive_field :]
        self._decoder = model.decoder()
        self._decoder.last = last
        self._make = lambda: engine(model, conditions, start, temperature)
        self._sampler: Any = None
        self.position = start.position
        self.remaining = remaining
        self.chunk_samples = chunk_samples

    def __iter__(self) -> SampleStream:
        return self

    def __next__(self) -> Tensor:
        if not self.remaining:
            raise StopIteration
        return self.read(self.chunk_samples)

    def read(self, num_samples: int) -> Tensor:
        """The next ``num_samples``, or as many as remain: waveforms (batch, time)."""
        return self._decoder(self.read_symbols(num_samples))

    def read_symbols(self, num_samples: int) -> Tensor:
        """As :meth:`read`, but the symbols (batch, time); use one or the other on a stream."""
        count = min(num_samples, self.remaining)
        with torch.inference_mode():
            if self._sampler is None:
                self._sampler = self._make()
            symbols = self._sampler.draw(self._noise.draw(count).to(self._device))
        symbols = symbols.clone()  # outside inference mode: an ordinary tensor
        window = self._model.receptive_field
        self._recent = torch.cat([self._recent, symbols[:, -window:]], dim=1)[:, -window:]
        self.position += count
        self.remaining -= count
        return symbols

    def symbols(self) -> SymbolChunks:
        """An iterator of chunks of symbols in place of waveforms."""
        return SymbolChunks(self)

    def state(self) -> StreamState:
        """What to give as ``state`` to go on later, elsewhere or by another engine."""
        return StreamState(
            self._recent.clone(),
            self.position,
            self.remaining,
            self._noise.state(),
            self._decoder.last,
        )


class SymbolChunks:
    """Iterator over the symbols of a stream."""

    def __init__(self, stream: SampleStream) -> None:
        self.stream = stream

    def __iter__(self) -> SymbolChunks:
        return self

    def __next__(self) -> Tensor:
        if not self.stream.remaining:
            raise StopIteration
        return self.stream.read_symbols(self.stream.chunk_samples)
