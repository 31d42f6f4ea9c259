"""The table of a run's numbers, as a crash may leave it."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.training.loop.metrics_log import read_metrics

GOOD = b"step,seconds,split,name,value\n2,0.09,train,l1,0.5\n4,0.2,valid,l1,0.25\n"


@pytest.mark.parametrize(
    "rest", [b"", b"6,0.3,tr", b"6,0.3,train,l1,", b"\0\0\0\0", b"x,0.3,train,l1,1\n", b"\xff,\n"]
)
def test_whole_rows_are_read_and_damaged_ones_left_out(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(GOOD + rest)
    rows = read_metrics(path)
    assert [(row["step"], row["split"], row["value"]) for row in rows] == [
        (2, "train", "0.5"), (4, "valid", "0.25"),
    ]  # fmt: skip
