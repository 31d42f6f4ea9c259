"""Held-out values of trainings over the hours they took: a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from speechgen.errors import DataError
from speechgen.files import atomic_path
from speechgen.reporting.cells import NONE
from speechgen.reporting.table import Table
from speechgen.training.loop.metrics_log import read_metrics


@dataclass(frozen=True)
class LearningCurve:
    """What ``speechgen train`` wrote of one run.

    ``points`` are (hours, steps, values by name), one for each validation, in order.
    """

    name: str
    points: tuple[tuple[float, int, dict[str, float]], ...]


def read_curve(run: str | Path, name: str | None = None) -> LearningCurve:
    """The validations of a run folder, called after it.

    Raises
    ------
    DataError
        There is no ``metrics.csv`` in it, or no validation in that.
    """
    table = Path(run) / "metrics.csv"
    if not table.is_file():
        raise DataError(f"{run}: holds no metrics.csv; give the output folder of a training")
    found: dict[int, tuple[float, dict[str, float]]] = {}
    for row in read_metrics(table):
        if row["split"] == "valid":
            _, values = found.setdefault(row["step"], (row["seconds"] / 3600, {}))
            values[row["name"]] = float(row["value"])
    if not found:
        raise DataError(f"{table}: no validation yet; train longer, or with data.valid")
    points = tuple((hours, step, values) for step, (hours, values) in sorted(found.items()))
    return LearningCurve(name or Path(run).name, points)


def common_measures(curves: Sequence[LearningCurve], wanted: Sequence[str] = ()) -> list[str]:
    """Names in the order of the first run; of ``wanted`` alone where that is not empty.

    Raises
    ------
    DataError
        A wanted one was measured in no run.
    """
    known = list(dict.fromkeys(key for curve in curves for _, _, v in curve.points for key in v))
    for name in wanted:
        if name not in known:
            raise DataError(f"{name}: was not measured; there are {', '.join(known)}")
    return list(wanted) or known


def curves_table(curves: Sequence[LearningCurve], measures: Sequence[str], most: int = 12) -> Table:
    """At most ``most`` validations of each run, evenly spread, the first and last among them."""
    rows = []
    for curve in curves:
        count = min(most, len(curve.points))
        last = len(curve.points) - 1
        chosen = sorted({round(i * last / max(1, count - 1)) for i in range(count)})
        for place, index in enumerate(chosen):
            hours, step, values = curve.points[index]
            cells = [f"{values[name]:.4g}" if name in values else NONE for name in measures]
            rows.append(["" if place else curve.name, f"{hours:.2f}", f"{step:,}", *cells])
    return Table(["training", "hours", "steps", *measures], rows)


def curves_figure(
    curves: Sequence[LearningCurve], measures: Sequence[str], path: str | Path
) -> None:
    """Draw every measure over the hours, a line a run.

    Raises
    ------
    OutputError
        The picture cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(measures), 3.2), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    for axis, name in zip(
        figure.subplots(1, len(measures), squeeze=False)[0], measures, strict=True
    ):
        for curve in curves:
            points = [(hours, v[name]) for hours, _, v in curve.points if name in v]
            if points:
                axis.plot(*zip(*points, strict=True), marker=".", label=curve.name)
        axis.set(title=name, xlabel="training (h)")
        axis.grid(alpha=0.3)
    if len(curves) > 1:
        figure.axes[0].legend(fontsize="small")
    with atomic_path(path, overwrite=True) as temporary:
        figure.savefig(temporary)
