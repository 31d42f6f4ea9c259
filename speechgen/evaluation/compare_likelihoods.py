"""Several models' held-out likelihoods side by side, on the one grid where they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speechgen.data import SpeakerVectors
from speechgen.errors import ModelError
from speechgen.evaluation.likelihood import (
    BITS_16BIT,
    RIGHT,
    score_likelihood,
)
from speechgen.evaluation.summary import mean_and_interval
from speechgen.store import read_config, resolve_model


def score_likelihoods(
    models: Sequence[str | Path],
    data_dir: str | Path,
    speaker_vectors: str | Path | SpeakerVectors | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> list[dict[str, Any]]:
    """:func:`score_likelihood` of each of ``models`` over the same utterances.

    Parameters
    ----------
    models
        Model directories or shipped names; each is called in the report what it is called here.
    data_dir, speaker_vectors, limit, seed, device
        As there.

    Raises
    ------
    SpeechgenError
        As there; also if the models do not work at one sample rate, since they would then give
        probabilities to different recordings.
    """
    rates = {}
    for model in models:
        config = read_config(resolve_model(model, "synthesize"))
        rates[config.arguments.get("sample_rate", 16000)] = model
    if len(rates) > 1:
        found = ", ".join(f"{model} {rate} Hz" for rate, model in sorted(rates.items()))
        raise ModelError(f"models of one sample rate can be compared, not {found}")
    return [
        score_likelihood(
            model, data_dir, speaker_vectors, limit=limit, seed=seed, device=device,
            system=str(model),
        )
        for model in models
    ]  # fmt: skip


def compare_likelihoods(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What tells models apart: bits on the grid, and how far each is above the first one.

    Parameters
    ----------
    results
        Of :func:`score_likelihoods`.

    Returns
    -------
    list
        For each model ``system``, ``output``, ``own_bits`` (in its own units), "bits_16bit" with
        its interval, and ``above_first``: mean, low and high of the differences to the first model,
        paired by utterance. A value is None where no utterance could be scored.
    """
    rows = []
    for result in results:
        shared = [name for name in result["files"] if name in results[0]["files"]]
        above = [
            result["files"][name][BITS_16BIT] - results[0]["files"][name][BITS_16BIT]
            for name in shared
        ]
        seed = result["context"]["seed"]
        rows.append(
            {
                "system": result["context"]["system"],
                "output": result["context"]["output"],
                "own_bits": result["mean"].get(RIGHT),
                BITS_16BIT: result["intervals"].get(BITS_16BIT),
                "above_first": mean_and_interval(above, seed) if above else None,
            }
        )
    return rows
