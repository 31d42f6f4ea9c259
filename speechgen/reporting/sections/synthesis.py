"""Synthesised speech: how near it is to the recordings, and how fast it is generated."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.synthesis import SEPARATOR
from speechgen.metrics import LISTENING_METRICS, SYNTHESIS_METRICS
from speechgen.reporting.cells import NONE, heading, mean_with_interval
from speechgen.reporting.results import Result, by_data, column, system
from speechgen.reporting.table import Table

_COLUMNS = (
    "MCD",
    "SPTK MCD",
    "F0 RMSE",
    "median F0 RMSE",
    *SYNTHESIS_METRICS[3:],
    *LISTENING_METRICS,
)
_ALWAYS = ("MCD", "F0 RMSE", "voicing error", "speaker similarity")


def synthesis_tables(results: Sequence[Result]) -> str:
    """MCD and its companions, over the utterances that every system of a test set was scored on."""
    text = ""
    for data, group in by_data(results).items():
        measured = [_distortions(result) for result in group]
        compared = [set(values) for values in measured if values]
        shared = sorted(set.intersection(*compared)) if compared else []
        columns = [
            name for name in _COLUMNS if (compared and name in _ALWAYS) or _anywhere(name, group)
        ]
        rows = []
        for result, values in zip(group, measured, strict=True):
            cells = [_cell(result, name) for name in columns]
            if "MCD" in columns:
                common = [values[name] for name in shared if name in values]
                cells[columns.index("MCD")] = mean_with_interval(common)
            rows.append([system(result), *cells])
        header = ["system", *(heading(name) for name in columns)]
        note = _note(group, len(shared) if compared else None)
        if any("timing" in result["context"] for result in group):
            header.append("real-time factor ↓")
            for row, result in zip(rows, group, strict=True):
                row.append(_real_time(result))
            note += (
                " The real-time factor is the seconds of work for a second of sound; of"
                " recordings all at once, analysis and files aside, of texts one by one, with both."
            )
        note = f"{note.strip()}\n\n" if note else ""
        text += f"### Recordings {data}\n\n{Table(header, rows).markdown()}\n{note}"
    return text


def _note(group: Sequence[Result], shared: int | None) -> str:
    note = ""
    if shared is not None:
        note = f"MCD over the {shared} utterances that all systems were scored on."
        if any(result["context"].get("said") for result in group):
            note += " What was said from texts has no timing of recordings, and so no MCD."
    return note


def _anywhere(metric: str, group: Sequence[Result]) -> bool:
    return any(result["mean"].get(metric) is not None for result in group)


def _cell(result: Result, metric: str) -> str:
    """Mean and interval over files; a number where it is no mean over files."""
    values = column(result, metric)
    if metric == "WER" and result["mean"].get(metric) is not None:
        return f"{result['mean'][metric]:.3f}"
    if values or result["mean"].get(metric) is None:
        return mean_with_interval(values)
    return f"{result['mean'][metric]:.2f}"


def _distortions(result: Result) -> dict[str, float]:
    """Utterance to MCD, where it was measured."""
    return {
        name.partition(SEPARATOR)[0]: scores["MCD"]
        for name, scores in result["files"].items()
        if scores.get("MCD") is not None
    }


def _real_time(result: Result) -> str:
    timing = result["context"].get("timing")
    if not timing:
        return NONE
    where = timing["device"]
    if where == "cpu":
        where = f"{timing['threads']} CPU thread" + ("s" if timing["threads"] > 1 else "")
    return f"{timing['real_time_factor']:.3g} ({where})"
