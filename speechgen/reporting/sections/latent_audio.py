"""Waveform autoencoders: rate and distortions, gains over the first, voices."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.latent_audio import OF_MEANS, VOICES
from speechgen.metrics import LATENT_METRICS
from speechgen.reporting.cells import NONE, heading, mean_with_interval
from speechgen.reporting.results import Result, by_data, column, system
from speechgen.reporting.table import Table

_DISTORTIONS = tuple(name for name in LATENT_METRICS if name != "rate")


def latent_audio_tables(results: Sequence[Result]) -> str:
    """For each test set: distortions of drawn latents and of means, gains, voices."""
    text = ""
    for data, group in by_data(results).items():
        text += (
            f"### Held-out speech {data}\n\n{_distortions(group)}\n{_gains(group)}{_voices(group)}"
        )
    return text


def _distortions(group: Sequence[Result]) -> str:
    rows = []
    for result in group:
        for kind, suffix in (("drawn", ""), ("means", OF_MEANS)):
            cells = [
                mean_with_interval(column(result, name if name == "rate" else f"{name}{suffix}"))
                if not (name == "rate" and suffix)
                else NONE
                for name in LATENT_METRICS
            ]
            rows.append([system(result), kind, f"{len(result['files'])}", *cells])
    header = ["system", "latents", "utterances", *(heading(name) for name in LATENT_METRICS)]
    return Table(header, rows).markdown()


def _gains(group: Sequence[Result]) -> str:
    """How far every system is from each one before it, paired, in all measures of distortion."""
    rows = []
    for place, result in enumerate(group):
        for other in group[:place]:
            shared = sorted(result["files"].keys() & other["files"].keys())
            for kind, suffix in (("drawn", ""), ("means", OF_MEANS)):
                cells = [
                    mean_with_interval(
                        [
                            result["files"][file][f"{name}{suffix}"]
                            - other["files"][file][f"{name}{suffix}"]
                            for file in shared
                        ],
                        signed=True,
                    )
                    for name in _DISTORTIONS
                ]
                pair = f"{system(result)}, less {system(other)}"
                rows.append([pair, kind, f"{len(shared)}", *cells])
    if not rows:
        return ""
    header = ["paired differences", "latents", "utterances", *map(heading, _DISTORTIONS)]
    return Table(header, rows).markdown() + "\n"


def _voices(group: Sequence[Result]) -> str:
    """Cosines of voices, where the decoder takes speaker vectors."""
    rows = [
        [system(result), *(mean_with_interval(column(result, name)) for name in VOICES)]
        for result in group
        if all(column(result, name) for name in VOICES)
    ]
    if not rows:
        return ""
    header = ["voice, cosine of speaker vectors", "own vector: with its own voice ↑"]
    header += ["another's vector: with that voice ↑", "another's vector: with its own voice ↓"]
    return Table(header, rows).markdown() + "\n"
