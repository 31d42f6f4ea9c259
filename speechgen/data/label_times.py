"""Reading when words or phones are said: CTM of NIST, tables of the mini corpus."""

from __future__ import annotations

import math
from pathlib import Path

from speechgen.data.label_files import Label
from speechgen.errors import DataError
from speechgen.files import printable

Times = dict[str, list[Label]]


def read_times(path: str | Path, tier: str = "phones") -> Times:
    """Labels of each recording, in order of time.

    Parameters
    ----------
    path
        A CTM; a folder with ``phones.ctm`` or ``words.ctm``, as ``speechgen align`` writes it; or a
        folder with ``ID.tsv`` at any depth, as ``phones`` of the mini corpus.
    tier
        Which of the two of a folder, ``phones`` or ``words``.

    Raises
    ------
    DataError
        There are none, or a line is wrong, with its number.
    """
    path = Path(path)
    if path.is_file():
        return _read_ctm(path)
    if (path / f"{tier}.ctm").is_file():
        return _read_ctm(path / f"{tier}.ctm")
    tables = sorted(path.rglob("*.tsv")) if tier == "phones" else []
    if not tables:
        raise DataError(f"{path}: has no {tier}.ctm; give a CTM, or a folder of speechgen align")
    return {table.stem: _read_table(table) for table in tables}


def _read_ctm(path: Path) -> Times:
    found: Times = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith(";;"):
            continue
        fields = line.split()
        if len(fields) < 5:
            raise DataError(
                f"{path}:{number}: has {len(fields)} fields; a line of a CTM is ID CHANNEL "
                "BEGINNING DURATION TEXT"
            )
        begin, duration = (_seconds(field, path, number) for field in fields[2:4])
        found.setdefault(fields[0], []).append(Label(begin, begin + duration, fields[4]))
    if not found:
        raise DataError(f"{path}: holds no times; give another file")
    return {name: sorted(labels) for name, labels in found.items()}


def _read_table(path: Path) -> list[Label]:
    labels = []
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t")
        if len(fields) != 3:
            raise DataError(f"{path}:{number}: is not BEGINNING, END and TEXT, with tabs between")
        begin, end = (_seconds(field, path, number) for field in fields[:2])
        labels.append(Label(begin, end, fields[2]))
    return sorted(labels)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text ({error.reason}); save it so") from error


def _seconds(field: str, path: Path, number: int) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise DataError(f"{path}:{number}: '{printable(field)}' is no time; give seconds from 0 on")
    return value
