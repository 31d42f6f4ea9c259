"""Speaker verification."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.reporting.cells import number
from speechgen.reporting.results import Result, data_of
from speechgen.reporting.table import Table

_HEADER = ("data", "EER", "cosine within speakers", "between", "trials (same + different)")


def speaker_tables(results: Sequence[Result]) -> str:
    """Equal error rate and mean cosines."""
    rows = []
    for result in results:
        mean = result["mean"]
        trials = f"{mean.get('target trials')} + {mean.get('impostor trials')}"
        cosines = [number(mean.get(name)) for name in ("cosine within", "cosine between")]
        rows.append([data_of(result), f"{100 * mean['EER']:.2f} %", *cosines, trials])
    return Table(_HEADER, rows).markdown() + "\n" if rows else ""
