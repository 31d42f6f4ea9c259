"""Headline tables of the report: pure functions from result mappings to Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from speechgen.evaluation.likelihood import BITS_16BIT, CONDITIONS, GRID, RIGHT
from speechgen.evaluation.synthesis import SEPARATOR
from speechgen.metrics import ENHANCEMENT_METRICS, METRICS, SYNTHESIS_METRICS, bootstrap_interval

Result = dict[str, Any]
NONE = "-"
_LABELS = dict(zip(GRID, ["nats per 16-bit sample", "bits per 16-bit sample"], strict=True))
_BASELINES = ("noisy", "linear filter", "log-MMSE", "mean spectrum")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    cells = ([str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def enhancement_tables(results: Sequence[Result]) -> str:
    """One table for each test set: systems by measures, means with 95 % intervals.

    Under it, how far each system is above the noisy input, paired by file, and what the diagnosis
    of the scores found.
    """
    text = ""
    for data, group in by_data(of_kind(results, "enhancement")).items():
        header = ["system", "files", *(heading(name) for name in ENHANCEMENT_METRICS)]
        rows = []
        for result in group:
            scores = [column(result, name) for name in ENHANCEMENT_METRICS]
            failed = len(result.get("failed", {}))
            count = f"{len(result['files'])}" + (f" ({failed} failed)" if failed else "")
            rows.append([system(result), count, *(with_interval(values) for values in scores)])
        text += f"### Test set {data}\n\n{markdown_table(header, rows)}\n{_gains(group)}"
        text += _notes(group)
    return text


def _notes(group: Sequence[Result]) -> str:
    """What the diagnosis of the scores found, as a list."""
    lines = [
        f"- {system(result)}: {note}\n"
        for result in group
        for note in result.get("diagnosis", {}).get("notes", [])
    ]
    return "".join([*lines, "\n"]) if lines else ""


def _gains(group: Sequence[Result]) -> str:
    noisy = next((result for result in group if system(result) == "noisy"), None)
    rows = []
    for result in group:
        if noisy is None or result is noisy:
            continue
        shared = sorted(result["files"].keys() & noisy["files"].keys())
        cells = [
            with_interval(
                [
                    result["files"][name][metric] - noisy["files"][name][metric]
                    for name in shared
                    if both_have(metric, result["files"][name], noisy["files"][name])
                ],
                signed=True,
            )
            for metric in ENHANCEMENT_METRICS
        ]
        rows.append([system(result), f"{len(shared)}", *cells])
    if not rows:
        return ""
    header = ["gain over noisy, paired", "files", *(heading(name) for name in ENHANCEMENT_METRICS)]
    return markdown_table(header, rows) + "\n"


def likelihood_tables(results: Sequence[Result]) -> str:
    """Bits per sample under right and wrong conditions, with paired differences.

    Models of one output distribution can be compared in its own bits, all of them on the grid.
    """
    rows = []
    for result in of_kind(results, "likelihood"):
        grid = _interval(result.get("intervals", {}).get(BITS_16BIT), ".4f")
        output = _text(result["context"].get("output"))
        count = f"{len(result['files'])}"
        for condition, mean in in_order(result["mean"], CONDITIONS):
            if condition in GRID:
                continue
            gap = _interval(result.get("differences", {}).get(condition), "+.4f")
            on_grid = grid if condition == RIGHT else NONE
            front = [_where(result), system(result), output, condition, _number(mean)]
            rows.append([*front, gap, on_grid, count])
    if not rows:
        return ""
    header = ["data", "model", "output", "conditions", "bits per sample (lower is better)"]
    header += ["wrong - right, 95 % interval", "bits on 16-bit grid, 95 % interval", "utterances"]
    return markdown_table(header, rows) + "\n"


def synthesis_tables(results: Sequence[Result]) -> str:
    """MCD and its companions, over the utterances that every system of a test set was scored on."""
    text = ""
    for data, group in by_data(of_kind(results, "synthesis")).items():
        measured = [
            {
                name.partition(SEPARATOR)[0]: scores["MCD"]
                for name, scores in result["files"].items()
                if scores.get("MCD") is not None
            }
            for result in group
        ]
        shared = sorted(set.intersection(*(set(values) for values in measured)))
        rows = []
        for result, values in zip(group, measured, strict=True):
            distortion = with_interval([values[name] for name in shared])
            others = [with_interval(column(result, name)) for name in SYNTHESIS_METRICS[1:]]
            rows.append([system(result), distortion, *others])
        header = ["system", *(heading(name) for name in SYNTHESIS_METRICS)]
        note = f"MCD over the {len(shared)} utterances that all systems were scored on.\n\n"
        if any("timing" in result["context"] for result in group):
            header.append("real-time factor ↓")
            for row, result in zip(rows, group, strict=True):
                row.append(_real_time(result))
            note = (
                f"{note.rstrip()} The real-time factor is the seconds of work for a second of"
                " sound, analysis and files aside; all utterances were made in one go.\n\n"
            )
        text += f"### Recordings {data}\n\n{markdown_table(header, rows)}\n{note}"
    return text


def speaker_tables(results: Sequence[Result]) -> str:
    """Equal error rate and mean cosines."""
    rows = []
    for result in of_kind(results, "speakers"):
        mean = result["mean"]
        trials = f"{mean.get('target trials')} + {mean.get('impostor trials')}"
        cosines = [_number(mean.get(name)) for name in ("cosine within", "cosine between")]
        rows.append([_where(result), f"{100 * mean['EER']:.2f} %", *cosines, trials])
    if not rows:
        return ""
    header = ["data", "EER", "cosine within speakers", "between", "trials (same + different)"]
    return markdown_table(header, rows) + "\n"


def model_table(results: Sequence[Result]) -> str:
    """How the scored models were trained: one row each, from what their directories tell."""
    rows = {}
    for result in results:
        context = result["context"]
        training = context.get("training") or {}
        if not training.get("command"):
            continue
        data = ", ".join(f"{value} {key}" for key, value in (training.get("data") or {}).items())
        seconds = training.get("seconds")
        rows[context["model"]] = [
            f"`{context['model']}`",
            _text(context.get("steps")),
            NONE if seconds is None else f"{seconds / 60:.0f} min",
            _text(context.get("ema")),
            _text(training.get("seed")),
            data or NONE,
            f"`{training['command']}`",
        ]
    if not rows:
        return ""
    header = ["model", "steps", "training time", "EMA", "seed", "data", "command"]
    return markdown_table(header, rows.values())


def all_rows(results: Sequence[Result]) -> str:
    """Every number with estimator, data, checkpoint, seed, machine, time, commit and command."""
    header = ["metric", "value", "system", "estimator", "data, split", "step", "EMA", "seed"]
    header += ["machine", "wall time", "commit", "command"]
    rows = []
    for result in results:
        context = result["context"]
        origin = [_text(context.get(key)) for key in ("steps", "ema", "seed", "machine")]
        seconds = context.get("wall_seconds")
        origin.append(NONE if seconds is None else f"{seconds:.0f} s")
        origin += [_text(context.get("commit")), f"`{context.get('command', '')}`"]
        place = f"{context.get('data', '')}, {context.get('split', '')}"
        for name, value in in_order(result["mean"], (*METRICS, *CONDITIONS, *GRID)):
            label = _LABELS.get(name, f"bits per sample, {name}")
            if context["kind"] != "likelihood":
                label = name
            front = [label, _number(value), system(result), _text(context.get("estimator")), place]
            rows.append([*front, *origin])
    return markdown_table(header, rows)


def of_kind(results: Sequence[Result], kind: str) -> list[Result]:
    """Those of one kind."""
    return [result for result in results if result["context"].get("kind") == kind]


def by_data(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results grouped by what was scored, baselines first."""
    groups: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda r: (_rank(system(r)), system(r))):
        groups.setdefault(_where(result), []).append(result)
    return dict(sorted(groups.items()))


def _rank(name: str) -> int:
    return _BASELINES.index(name) if name in _BASELINES else len(_BASELINES)


def in_order(values: dict[str, Any], order: Sequence[str]) -> list[tuple[str, Any]]:
    """Items in the order of their keys in ``order``; other keys behind, by name."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(values.items(), key=lambda item: (places.get(item[0], len(places)), item[0]))


def system(result: Result) -> str:
    """The name of what was scored."""
    return str(result["context"].get("system") or "unnamed")


def column(result: Result, metric: str) -> list[float]:
    """A metric's values over the files that have it."""
    values = (scores.get(metric) for scores in result["files"].values())
    return [value for value in values if value is not None]


def both_have(metric: str, *files: dict[str, Any]) -> bool:
    """Whether a metric has a value in each."""
    return all(scores.get(metric) is not None for scores in files)


def with_interval(values: Sequence[float], *, signed: bool = False) -> str:
    """Mean and 95 % bootstrap interval, as text."""
    if not len(values):
        return NONE
    low, high = bootstrap_interval(list(values))
    form = "+.2f" if signed else ".2f"
    if np.max(np.abs(values)) <= 1.0:
        form = form.replace("2", "3")
    return f"{np.mean(values):{form}} [{low:{form}}, {high:{form}}]"


def heading(metric: str) -> str:
    """A metric's name with unit and direction."""
    facts = METRICS[metric]
    unit = f" ({facts.unit})" if facts.unit else ""
    return f"{metric}{unit} {'↑' if facts.higher_is_better else '↓'}"


def _interval(value: dict[str, float] | None, form: str) -> str:
    """Mean and interval of a mapping that holds them."""
    if not value:
        return NONE
    return f"{value['mean']:{form}} [{value['low']:{form}}, {value['high']:{form}}]"


def _real_time(result: Result) -> str:
    timing = result["context"].get("timing")
    if not timing:
        return NONE
    where = timing["device"]
    if where == "cpu":
        where = f"{timing['threads']} CPU thread" + ("s" if timing["threads"] > 1 else "")
    return f"{timing['real_time_factor']:.3g} ({where})"


def _where(result: Result) -> str:
    return str(result["context"].get("data", "")) or NONE


def _number(value: Any) -> str:
    if isinstance(value, int):
        return f"{value}"
    return NONE if value is None else f"{value:.4f}"


def _text(value: Any) -> str:
    return NONE if value is None or value == "" else str(value)
