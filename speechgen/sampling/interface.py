"""The one door to all engines: ``sample`` streams chunks, ``generate`` gives whole waveforms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from speechgen.causal import num_frames
from speechgen.errors import ConfigError
from speechgen.models.conditions import Conditions
from speechgen.models.wavenet import WaveNet
from speechgen.models.wavenet_conditions import PreparedConditions, batch_prepared
from speechgen.sampling.cached import sample_cached
from speechgen.sampling.noise import NoiseStreams, chunked
from speechgen.sampling.reference import sample_reference

Engine = Callable[[WaveNet, PreparedConditions, Iterable[Tensor], float], Iterator[Tensor]]
ENGINES: dict[str, Engine] = {"reference": sample_reference, "cached": sample_cached}
DEFAULT_ENGINE = "cached"
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
) -> Iterator[Tensor]:
    """Draw waveforms and stream them in chunks.

    Parameters
    ----------
    model
        A WaveNet. It is used as it is: call ``model.eval()`` first if it is being trained.
    conditions
        One batch, or a list with one entry (of batch 1) for each utterance, which may differ in
        length.
    num_samples
        Length of all utterances, or of each. The shorter ones go on as noise after their end;
        what comes there means nothing.
    seed, noise
        Either a seed, from which every utterance has a stream of its own, or uniforms in [0, 1) of
        shape (batch, time).
    engine
        "auto", or a name in :data:`ENGINES`.
    temperature
        Divides the logits: 1 draws from the model, less keeps nearer to the mode.
    chunk_samples
        Samples of a chunk; the last one may be shorter.

    Yields
    ------
    Tensor
        (batch, chunk) float32 waveforms, de-emphasised.

    Raises
    ------
    ConfigError
        An argument is unknown or out of range, or shapes do not fit each other.
    ModelError
        The conditions are not those the model was built for.
    """
    symbols = sample_symbols(
        model,
        conditions,
        num_samples=num_samples,
        seed=seed,
        noise=noise,
        engine=engine,
        temperature=temperature,
        chunk_samples=chunk_samples,
    )
    return map(model.decoder(), symbols)


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
) -> Iterator[Tensor]:
    """As :func:`sample`, but yield symbols (batch, chunk) long."""
    name = DEFAULT_ENGINE if engine == "auto" else engine
    if name not in ENGINES:
        raise ConfigError(f"unknown engine {engine!r}; known are: auto, {', '.join(ENGINES)}")
    if not temperature > 0:
        raise ConfigError(f"temperature must be above 0, not {temperature}")
    if chunk_samples < 1:
        raise ConfigError(f"chunk_samples must be 1 or more, not {chunk_samples}")
    device = next(model.parameters()).device
    parts = _by_utterance(conditions, num_samples)
    lengths = _lengths(num_samples, len(parts))
    source = NoiseStreams(seed, range(len(parts))) if noise is None else noise.to(device)
    if isinstance(source, Tensor) and source.shape != (len(parts), max(lengths)):
        raise ConfigError(
            f"noise must have shape {(len(parts), max(lengths))}, not {tuple(source.shape)}"
        )
    with torch.inference_mode():
        prepared = batch_prepared(
            [_prepare(model, part, n) for part, n in zip(parts, lengths, strict=True)]
        )
    chunks = (chunk.to(device) for chunk in chunked(source, max(lengths), chunk_samples))
    return _without_gradients(ENGINES[name](model, prepared, chunks, temperature))


def generate(
    model: WaveNet,
    conditions: Conditions | Sequence[Conditions] | None = None,
    *,
    num_samples: int | Sequence[int],
    seed: int | None = None,
    noise: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
) -> list[Tensor]:
    """Draw whole waveforms: one tensor (time,) for each utterance, of its own length.

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
    )
    waves = torch.cat(list(chunks), dim=1)
    lengths = _lengths(num_samples, len(waves))
    return [wave[:length] for wave, length in zip(waves, lengths, strict=True)]


def _without_gradients(chunks: Iterator[Tensor]) -> Iterator[Tensor]:
    """Advance an engine in inference mode without leaving that mode on for the caller."""
    while True:
        with torch.inference_mode():
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk.clone()


def _by_utterance(
    conditions: Conditions | Sequence[Conditions] | None, num_samples: int | Sequence[int]
) -> list[Conditions]:
    if isinstance(conditions, Conditions) and conditions.batch_size is not None:
        return [conditions.select([index]) for index in range(conditions.batch_size)]
    if conditions is None or isinstance(conditions, Conditions):
        return [Conditions()] * (1 if isinstance(num_samples, int) else len(num_samples))
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


def _prepare(model: WaveNet, conditions: Conditions, num_samples: int) -> PreparedConditions:
    """Prepare one utterance by itself, so that nothing depends on its company."""
    conditions = conditions.to(next(model.parameters()).device)
    if conditions.local is not None and model.hop_samples:
        frames = num_frames(num_samples, model.hop_samples)
        conditions = Conditions(conditions.local[:, :, :frames], conditions.speaker)
    return model.prepare_conditions(conditions, num_samples)
