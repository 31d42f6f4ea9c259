"""``speechgen score enhancer`` and ``speechgen score ablation``: many trainings side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import (
    Device,
    Json,
    load_for,
    print_line,
    print_table,
    report_failures,
    report_scores,
)

ENHANCER_EXAMPLES = [
    "speechgen score enhancer --data exp/data/pairs --json scores.json",
    "speechgen score enhancer --data exp/a --data exp/b --model exp/segan/model --windows apart",
    "speechgen score enhancer --data exp/data/pairs --noisy --system noisy",
]
ABLATION_EXAMPLES = ["speechgen score ablation --exp exp/ablate --rows rows"]


class Windows(StrEnum):
    """How a file is cut for a model that works in windows."""

    OVERLAPPING = "overlapping"
    APART = "apart"


def enhancer(
    data: Annotated[
        list[Path],
        typer.Option(help="Data directory with noisy.scp; again for more.", metavar="DIR"),
    ],
    model: Annotated[
        str | None, typer.Option(help="Model directory or name of a shipped model.", metavar="DIR")
    ] = None,
    noisy: Annotated[
        bool, typer.Option("--noisy", help="Measure the noisy side itself, without a model.")
    ] = False,
    windows: Annotated[
        Windows,
        typer.Option(help="Windows that overlap and are cross-faded, or side by side."),
    ] = Windows.OVERLAPPING,
    system: Annotated[str, typer.Option(help="What to call it in reports.", metavar="NAME")] = "",
    jobs: Annotated[int, typer.Option(help="Processes; 0 is one a core.", metavar="N", min=0)] = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """All measures of a model on noisy and clean pairs, at 16 kHz; no sound is written.

    As speechgen enhance --data followed by speechgen score enhancement, but for the rounding of
    samples in files. SEGAN's paper has its windows apart; speechgen enhance overlaps them.
    """
    import numpy as np

    from speechgen.errors import ConfigError
    from speechgen.evaluation import score_enhancer
    from speechgen.evaluation.enhancement import SAMPLE_RATE
    from speechgen.store import choose_device, resolve_model

    options: dict[str, Any] = {"system": system, "jobs": jobs or None}
    if noisy:
        if model is not None:
            raise ConfigError("give --model DIR or --noisy, one of the two")
        _report([score_enhancer(pairs, lambda wave: wave, **options) for pairs in data], json)
        return
    from speechgen.enhancement import enhance_wave
    from speechgen.enhancement.core.no_overlap import enhance_apart

    device = str(choose_device(device))
    network = load_for("enhance", model, device)
    if windows is Windows.APART and getattr(network, "sample_rate", None) != SAMPLE_RATE:
        raise ConfigError(f"--windows apart needs a model of {SAMPLE_RATE} Hz; leave it out")

    def enhance(wave: np.ndarray) -> np.ndarray:
        if windows is Windows.APART:
            return enhance_apart(network, wave[None], device=device)[0]
        return enhance_wave(network, wave[None], SAMPLE_RATE, device=device)[0]

    options |= {"model": resolve_model(model, "enhance"), "windows": windows.value}
    options["weights"] = sum(parameter.numel() for parameter in network.parameters())
    _report([score_enhancer(pairs, enhance, **options) for pairs in data], json)


def _report(results: list[dict[str, Any]], target: Path | None) -> None:
    """Print and write what one set or several gave; status 1 where a file failed."""
    from speechgen.files import write_json

    if len(results) == 1:
        report_scores(results[0], target)
        return
    if target is not None:
        write_json(target, {"results": results})
    for result in results:
        print_line(result["context"]["data"])
        print_table(result["mean"], "mean")
    if sum(report_failures(result) for result in results):
        raise typer.Exit(1)


def ablation(
    exp: Annotated[
        Path, typer.Option(help="Folder with scores/*.json of score enhancer.", metavar="DIR")
    ],
    rows: Annotated[
        Path,
        typer.Option(
            help="Table of contents: on each line a system's name and, in words, what it is. The "
            "first is the base.",
            metavar="FILE",
        ),
    ],
) -> None:
    """One table of many trainings: mean and spread over seeds, and differences to the base.

    Writes DIR/RESULTS.md and DIR/results/ablation.json. All trainings must have had the same number
    of steps and the same data.
    """
    from speechgen.evaluation import write_ablation

    print_line(f"{write_ablation(exp, rows)}")
