"""Exported models beside PyTorch: differences, speed on one core, and what int8 costs.

    python tools/bench_export.py --markdown export_tables.md      3 minutes
    python tools/bench_export.py --models spectral-small,vocoder-small --json export.json

Every shipped model that can be exported is, in both precisions, to a temporary folder. Recordings
are those of $SPEECHGEN_CORPORA: pairs of the DNS Challenge, CMU ARCTIC, LibriSpeech test-other.
Times are of the processor, on one thread, the best of some runs, without loading; real-time factors
are seconds of work for a second of sound.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from export_measures import MEASURES, Corpora

from speechgen.errors import SpeechgenError
from speechgen.evaluation.provenance import machine
from speechgen.export import export_model
from speechgen.export.families import FAMILIES, family_of
from speechgen.export.forms import Example, Opened
from speechgen.export.session import Session
from speechgen.features import extract
from speechgen.files import write_json, write_text
from speechgen.reporting.table import Table
from speechgen.store import LoadedModel, load_model, locate, read_config, shipped_models

PRECISIONS = ("float32", "int8")


def main() -> None:
    """Measure, print Markdown tables, write JSON."""
    options = parse(sys.argv[1:])
    torch.set_num_threads(1)
    speed: list[list[str]] = []
    cost: list[list[str]] = []
    numbers: list[dict[str, Any]] = []
    try:
        for name in options.models:
            with tempfile.TemporaryDirectory() as folder:
                row = measured(name, Path(folder) / "out", Corpora(options.corpora, options.number))
            numbers.append(row)
            speed += speed_rows(row)
            cost += cost_rows(row)
            print(name, file=sys.stderr, flush=True)
    except SpeechgenError as error:
        sys.exit(f"bench_export: error: {error}")
    heads = (
        ["model", "run", "difference from PyTorch", "PyTorch, real-time factor", "ONNX", "int8"],
        ["model", "MB", "int8, MB", "measure", "float32", "int8"],
    )
    tables = [
        Table(heads[0], speed, word_columns=2).markdown(),
        Table(heads[1], cost).markdown(),
        f"On one core of {machine()}, load {os.getloadavg()[0]:.1f} at the end.\n",
    ]
    print("\n".join(tables))
    if options.markdown:
        write_text(options.markdown, "\n".join(tables))
    if options.json:
        write_json(options.json, {"rows": numbers, "machine": machine()})


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--models", type=lambda text: text.split(","), default=exportable())
    parser.add_argument("--corpora", type=Path, default=os.environ.get("SPEECHGEN_CORPORA"))
    parser.add_argument("--number", type=int, default=8, help="pairs, and recordings of a voice")
    parser.add_argument("--json", help="write every number here")
    parser.add_argument("--markdown", help="write the tables here")
    options = parser.parse_args(words)
    if options.corpora is None or not options.corpora.is_dir():
        parser.error("no recordings: set SPEECHGEN_CORPORA, or give --corpora DIR")
    return options


def exportable() -> list[str]:
    """Names of the shipped models that can be exported."""
    return [name for name, path in shipped_models().items() if read_config(path).name in FAMILIES]


def measured(name: str, folder: Path, corpora: Corpora) -> dict[str, Any]:
    """Everything about one model."""
    done = export_model(name, folder, precision="int8")
    loaded = load_model(locate(name))
    family = family_of(loaded.config.name)
    both = {precision: opener(folder, precision) for precision in PRECISIONS}
    example = example_of(loaded, corpora)
    forms = []
    for form_name, form in family.forms(loaded.model, example).items():
        with torch.inference_mode():
            seconds = seconds_of(loaded, example, form.torch(), form_name)
            times = [best_time(form.torch)]
        times += [best_time(functools.partial(form.onnx, opened)) for opened in both.values()]
        forms.append(
            {
                "run": form_name,
                "difference": form.difference(both["float32"]),
                "real_time_factors": [one / seconds for one in times],
            }
        )
    measures: dict[str, list[float]] = {}
    for opened in both.values():
        for measure, value in MEASURES[FAMILIES[loaded.config.name]](
            loaded, family, opened, both["float32"], corpora
        ).items():
            measures.setdefault(measure, []).append(value)
    sizes = [
        sum(size for file, size in done.files.items() if file.endswith(".int8.onnx") == is_int8)
        for is_int8 in (False, True)
    ]
    return {"model": name, "forms": forms, "measures": measures, "bytes": sizes}


def opener(folder: Path, precision: str) -> Opened:
    """Opens each graph once."""
    return functools.cache(functools.partial(Session, folder, precision=precision))


def example_of(loaded: LoadedModel, corpora: Corpora) -> Example:
    """The first noisy recording, or a recording of a voice with its frames."""
    settings = loaded.config.feature_settings()
    if settings is None:
        return Example(next(corpora.pairs())[1], torch.zeros(0, 0))
    wave = next(corpora.recordings())[1]
    return Example(wave, extract(settings, wave))


def seconds_of(loaded: LoadedModel, example: Example, out: np.ndarray, run: str) -> float:
    """Of sound that one run is about."""
    model: Any = loaded.model
    if loaded.config.task == "say":
        return len(out) * model.hop_samples / model.sample_rate
    if run == "half a second":
        return 0.5
    return out.size / model.sample_rate if "window" in run else len(example.wave) / 16000


def best_time(work: Callable[[], object]) -> float:
    """Seconds of the processor of the best of some runs."""
    found = []
    for _ in range(4):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found[1:])


def speed_rows(row: dict[str, Any]) -> list[list[str]]:
    """Of each way of running."""
    return [
        [
            f"`{row['model']}`" if number == 0 else "",
            form["run"],
            f"{form['difference']:.1e}",
            *(f"{one:.4f}" for one in form["real_time_factors"]),
        ]
        for number, form in enumerate(row["forms"])
    ]


def cost_rows(row: dict[str, Any]) -> list[list[str]]:
    """Of each measure."""
    sizes = [f"{size / 1e6:.1f}" for size in row["bytes"]]
    return [
        [
            *([f"`{row['model']}`", *sizes] if number == 0 else ["", "", ""]),
            measure,
            *(f"{value:.3f}" for value in values),
        ]
        for number, (measure, values) in enumerate(row["measures"].items())
    ]


if __name__ == "__main__":
    main()
