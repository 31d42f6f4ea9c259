"""Speaker verification."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.speakers import OF_STATISTICS
from speechgen.reporting.cells import NONE, number
from speechgen.reporting.results import Result, data_of
from speechgen.reporting.table import Table

_HEADER = (
    "data",
    "EER ↓",
    "minDCF ↓",
    "mel statistics: EER",
    "minDCF",
    "cosine within speakers",
    "between",
    "trials (same + different)",
)


def speaker_tables(results: Sequence[Result]) -> str:
    """Equal error rate and detection cost, of the encoder and of mel statistics; mean cosines."""
    rows = []
    for result in results:
        mean = result["mean"]
        errors = [
            cell
            for kind in ("", OF_STATISTICS)
            for cell in (_percent(mean.get(f"EER{kind}")), number(mean.get(f"minDCF{kind}"), ".3f"))
        ]
        cosines = [number(mean.get(name)) for name in ("cosine within", "cosine between")]
        trials = f"{mean.get('target trials')} + {mean.get('impostor trials')}"
        rows.append([data_of(result), *errors, *cosines, trials])
    return Table(_HEADER, rows).markdown() + "\n" if rows else ""


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.2f} %"
