"""``speechgen score alignment``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speechgen.data.label_files import Label, ctm

PHONES = [Label(0.1, 0.15, "ð"), Label(0.15, 0.2, "ə")]


def test_the_verb_writes_json_and_markdown(run: Any, tmp_path: Path) -> None:
    (tmp_path / "phones.ctm").write_text(ctm("u1", PHONES))
    outcome = run(
        "score", "alignment", "--reference", tmp_path, "--estimate", tmp_path,
        "--json", tmp_path / "a.json", "--markdown", tmp_path / "a.md",
    )  # fmt: skip
    assert outcome.status == 0 and "1 scored, 0 failed" in outcome.out
    assert "mean (ms) | 0.000" in (tmp_path / "a.md").read_text()
    assert '"alignment"' in (tmp_path / "a.json").read_text()
