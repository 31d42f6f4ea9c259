"""Files of times that are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.data.label_files import Label, ctm
from speechgen.data.label_times import read_times
from speechgen.errors import DataError

LABELS = [Label(0.1, 0.3, "a"), Label(0.3, 0.55, "b")]


def rounded(labels: list[Label]) -> list[Label]:
    return [Label(round(one[0], 6), round(one[1], 6), one[2]) for one in labels]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "words.ctm").write_text(ctm("u1", LABELS) + ctm("u2", LABELS[:1]))
    for path in (tmp_path, tmp_path / "words.ctm"):
        found = read_times(path, "words")
        assert rounded(found["u1"]) == LABELS and rounded(found["u2"]) == LABELS[:1]


def test_tables_of_the_mini_corpus_are_read_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "p001").mkdir()
    lines = "".join(f"{begin}\t{end}\t{text}\n" for begin, end, text in LABELS)
    (tmp_path / "p001" / "p001_001.tsv").write_text(lines)
    assert read_times(tmp_path) == {"p001_001": LABELS}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.ctm", "u1 1 0.1 0.2 a\nu1 1 0.1 a\n", r"a\.ctm:2: has 4 fields"),
        ("a.ctm", "u1 1 x 0.2 a\n", r"a\.ctm:1: 'x' is no time"),
        ("a.ctm", "u1 1 -1 0.2 a\n", "'-1' is no time"),
        ("a.ctm", "u1 1 nan 0.2 a\n", "'nan' is no time"),
        ("a.ctm", ";; a remark\n", "holds no times"),
        ("a.tsv", "0.1 0.2 a\n", "with tabs between"),
    ],
)
def test_a_wrong_line_is_refused_by_number(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_times(tmp_path / name if name.endswith("ctm") else tmp_path)


def test_a_folder_without_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no phones\.ctm"):
        read_times(tmp_path)
