"""What can be built by name: the only bridge from a word in a file to a class in the package.

A model directory or a configuration names an entry of this list; nothing else is ever imported on
its behalf. Targets are import paths, resolved when something is built, so reading the list is free.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

from speechgen.errors import ConfigError


@dataclass(frozen=True)
class Entry:
    """One buildable thing.

    ``family`` is its place in the taxonomy of generative models, from the root downwards.
    """

    name: str
    kind: str
    target: str
    family: tuple[str, ...]
    paper: str
    summary: str


_ENTRIES = (
    Entry(
        "wavenet", "model", "speechgen.models.wavenet:WaveNet",
        ("explicit density", "tractable", "autoregressive"),
        "arXiv:1609.03499", "dilated causal convolutions over mu-law samples, conditioned",
    ),
    Entry(
        "parallel_wavegan", "model", "speechgen.models.parallel_wavegan:ParallelWaveGAN",
        ("implicit density", "adversarial"),
        "arXiv:1910.11480", "frames and noise to a waveform in one pass",
    ),
    Entry(
        "parallel_wavegan_discriminator", "discriminator",
        "speechgen.models.parallel_wavegan:ParallelWaveGANDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1910.11480", "judges every sample of a waveform from its surroundings",
    ),
    Entry(
        "segan", "model", "speechgen.models.segan:SEGANGenerator",
        ("implicit density", "adversarial"),
        "arXiv:1703.09452", "strided convolutional encoder-decoder that cleans speech",
    ),
    Entry(
        "segan_discriminator", "discriminator",
        "speechgen.models.segan_discriminator:SEGANDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1703.09452", "judges (signal, noisy) pairs, virtual batch norm",
    ),
    Entry(
        "segan_chain", "model", "speechgen.models.segan_chain:SEGANChain",
        ("implicit density", "adversarial"),
        "arXiv:2001.05532", "generators of SEGAN in a row, iterated or each with its own weights",
    ),
    Entry(
        "spectral_enhancer", "model", "speechgen.models.spectral_enhancer:SpectralEnhancer",
        ("implicit density", "adversarial"),
        "arXiv:2209.15174", "complex spectra in bands with memories; cleans speech as it comes",
    ),
    Entry(
        "metric_discriminator", "discriminator",
        "speechgen.models.metric_discriminator:MetricDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:1905.04874", "learns to score an estimate beside its target as PESQ would",
    ),
    Entry(
        "speaker_encoder", "model", "speechgen.models.speaker_encoder:SpeakerEncoder",
        ("discriminative",),
        "arXiv:1710.10467", "speech to a unit vector that tells voices apart",
    ),
    Entry(
        "log_mmse", "model", "speechgen.models.log_mmse:LogMMSE",
        ("statistical",),
        "doi:10.1109/TASSP.1985.1164550", "spectral gain from tracked noise, causal, no weights",
    ),
    Entry(
        "identity", "model", "speechgen.models.identity:Identity",
        ("deterministic",),
        "", "gives back its input; checks the enhancer around it",
    ),
)  # fmt: skip
ENTRIES: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}


def find(name: str) -> Entry:
    """The entry called ``name``; :class:`ConfigError` lists the known names otherwise."""
    if not isinstance(name, str) or name not in ENTRIES:
        known = ", ".join(sorted(ENTRIES))
        raise ConfigError(f"unknown model {name!r}; known names are: {known}")
    return ENTRIES[name]


def constructor(name: str) -> Any:
    """The class behind ``name``, imported now."""
    module, attribute = find(name).target.split(":")
    return getattr(importlib.import_module(module), attribute)


def build(name: str, arguments: dict[str, Any] | None = None) -> Any:
    """Construct the entry ``name`` with keyword ``arguments``, all of them its parameters."""
    target = constructor(name)
    arguments = dict(arguments or {})
    parameters = inspect.signature(target).parameters
    unknown = sorted(set(arguments) - set(parameters))
    if unknown:
        raise ConfigError(
            f"{name}: unknown argument {unknown[0]!r}; it takes: {', '.join(parameters)}"
        )
    try:
        return target(**arguments)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}") from error
