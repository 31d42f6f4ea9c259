"""The interface to all engines: ``sample`` streams chunks, ``generate`` gives whole waveforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.engines import engine_named
from speechgen.sampling.noise import GivenNoise, NoiseStreams
from speechgen.sampling.protocol import Start
from speechgen.sampling.stream import SampleStream, StreamState

CHUNK_SAMPLES = 1600


def sample(
    model: WaveNet,
    conditions: Conditions | Sequence[Conditions] | None = None,
    *,
    num_samples: int | Sequence[int],
    seed: int | None = None,
    noise: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
    chunk_samples: int = CHUNK_SAMPLES,
    prime: Tensor | None = None,
    state: StreamState | None = None,
    streams: Sequence[int] | None = None,
) -> SampleStream:
    """Sample waveforms and stream them in chunks.

    Parameters
    ----------
    model
        A WaveNet. It is used as it is: call ``model.eval()`` first if it is being trained.
    conditions
        One batch, or a list with one entry (of batch 1) for each utterance, which may differ in
        length.
    num_samples
        Length of all utterances, or of each, beside the priming. The shorter ones continue as noise
        after their end, to be discarded.
    seed, noise
        Either a seed, from which every utterance has a stream of its own, or uniforms in [0, 1) of
        shape (batch, time), (batch, time, noise size) where a sample takes more than one.
    engine
        "auto", or a name in :data:`ENGINES`.
    temperature
        1 samples the model, less is nearer to the mode.
    chunk_samples
        Samples of a chunk; the last one may be shorter.
    prime
        Waveforms (batch, time) that come before the first sample, of one length. The network sees
        them in one parallel pass. Conditions then begin with theirs.
    state
        That of an earlier stream, given the same other arguments, to go on from: see
        :meth:`SampleStream.state`.
    streams
        Number of each utterance's stream under the seed; None for 0, 1, ...

    Returns
    -------
    SampleStream
        An iterator of (batch, chunk) float32 waveforms, de-emphasised, without the priming.

    Raises
    ------
    ConfigError
        An argument is unknown or out of range, or shapes do not fit each other.
    ModelError
        The conditions are not those the model was built for.
    """
    if not temperature > 0:
        raise ConfigError(f"temperature must be above 0, not {temperature}")
    if chunk_samples < 1:
        raise ConfigError(f"chunk_samples must be 1 or more, not {chunk_samples}")
    parts = _by_utterance(conditions, num_samples, prime)
    lengths = _lengths(num_samples, len(parts))
    make = engine_named(engine, model, len(parts))
    source = _noise(model, seed, noise, streams or range(len(parts)), max(lengths))
    start, last = Start.nothing(model, len(parts)), None
    primed = 0
    if prime is not None:
        wave = _primed(model, prime, len(parts))
        primed = wave.shape[1]
        start, last = Start(model.encode(wave), primed), wave[:, -1:]
    remaining = max(lengths)
    if state is not None:
        start, last, remaining = _resumed(model, state, source, primed + remaining)
    window = ConditionWindow(model, parts, [primed + length for length in lengths])
    return SampleStream(
        model,
        window,
        start,
        source,
        engine=make,
        remaining=remaining,
        temperature=temperature,
        chunk_samples=chunk_samples,
        last=last,
    )


def sample_symbols(
    model: WaveNet,
    conditions: Conditions | Sequence[Conditions] | None = None,
    *,
    num_samples: int | Sequence[int],
    seed: int | None = None,
    noise: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
    chunk_samples: int = CHUNK_SAMPLES,
    prime: Tensor | None = None,
    state: StreamState | None = None,
) -> Iterator[Tensor]:
    """As :func:`sample`, but an iterator of symbols (batch, chunk)."""
    return sample(
        model,
        conditions,
        num_samples=num_samples,
        seed=seed,
        noise=noise,
        engine=engine,
        temperature=temperature,
        chunk_samples=chunk_samples,
        prime=prime,
        state=state,
    ).symbols()


def generate(
    model: WaveNet,
    conditions: Conditions | Sequence[Conditions] | None = None,
    *,
    num_samples: int | Sequence[int],
    seed: int | None = None,
    noise: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
    prime: Tensor | None = None,
) -> list[Tensor]:
    """Sample whole waveforms: one tensor (time,) for each utterance, of its own length.

    The parameters are those of :func:`sample`.
    """
    chunks = sample(
        model,
        conditions,
        num_samples=num_samples,
        seed=seed,
        noise=noise,
        engine=engine,
        temperature=temperature,
        prime=prime,
    )
    waves = torch.cat(list(chunks), dim=1)
    lengths = _lengths(num_samples, len(waves))
    return [wave[:length] for wave, length in zip(waves, lengths, strict=True)]


def _by_utterance(
    conditions: Conditions | Sequence[Conditions] | None,
    num_samples: int | Sequence[int],
    prime: Tensor | None,
) -> list[Conditions]:
    if isinstance(conditions, Conditions) and conditions.batch_size is not None:
        return [conditions.select([index]) for index in range(conditions.batch_size)]
    if conditions is None or isinstance(conditions, Conditions):
        primed = 1 if prime is None else len(prime)
        return [Conditions()] * (primed if isinstance(num_samples, int) else len(num_samples))
    if any(part.batch_size not in (None, 1) for part in conditions):
        raise ConfigError("conditions given as a list must each describe one utterance")
    return list(conditions)


def _lengths(num_samples: int | Sequence[int], batch: int) -> list[int]:
    lengths = [num_samples] * batch if isinstance(num_samples, int) else list(num_samples)
    if len(lengths) != batch or not lengths:
        raise ConfigError(f"{len(lengths)} lengths were given for {batch} utterances")
    if min(lengths) < 1:
        raise ConfigError(f"num_samples must be 1 or more, not {min(lengths)}")
    return lengths


def _noise(
    model: WaveNet, seed: int | None, noise: Tensor | None, streams: Sequence[int], time: int
) -> NoiseStreams | GivenNoise:
    size, batch = model.likelihood.noise_size, len(streams)
    if noise is None:
        return NoiseStreams(seed, streams, size)
    shape = (batch, time) if size == 1 else (batch, time, size)
    if noise.shape != shape:
        raise ConfigError(f"noise must have shape {shape}, not {tuple(noise.shape)}")
    return GivenNoise(noise)


def _primed(model: WaveNet, prime: Tensor, batch: int) -> Tensor:
    if prime.ndim != 2 or len(prime) != batch or not prime.shape[1]:
        raise ConfigError(
            f"prime must be waveforms ({batch}, time) of one length, not {tuple(prime.shape)}"
        )
    if not torch.isfinite(prime).all():
        raise ConfigError("prime holds NaN or infinity")
    return prime.to(next(model.parameters()).device, torch.float32)


def _resumed(
    model: WaveNet, state: StreamState, source: NoiseStreams | GivenNoise, end: int
) -> tuple[Start, Tensor | None, int]:
    if state.position + state.remaining != end:
        raise ConfigError(
            f"the state is that of {state.position + state.remaining} samples, not of {end}; resume"
            " with the arguments of the stream it was taken from"
        )
    source.resume(state.noise)
    device = next(model.parameters()).device
    last = None if state.last is None else state.last.to(device)
    return Start(state.symbols.to(device), state.position), last, state.remaining
