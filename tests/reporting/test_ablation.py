"""The page of an ablation shows every row, and its JSON file holds what the page was made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from speechgen.evaluation.ablation import gather
from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting import write_ablation

ROWS = {"base": "as it is", "bare": "without"}


def result(system: str, seed: int | None, value: float, **changed: Any) -> dict[str, Any]:
    """A result whose every mean is ``value``."""
    mean = dict.fromkeys(ENHANCEMENT_METRICS, value)
    training = {"seed": seed, "seconds": 9.0, "data": {"hours": 2.0}, "command": f"train {system}"}
    context = {"system": system, "split": "test", "steps": 5, "training": training, "weights": 7}
    if seed is None:
        context |= {"training": None, "steps": None, "weights": None}
    context |= {key: value for key, value in changed.items() if key != "files"}
    return {"mean": mean, "files": changed.get("files", {"a": mean}), "context": context}


def results() -> list[dict[str, Any]]:
    return [
        result("noisy", None, 1.0),
        *(result("base", seed, value) for seed, value in enumerate((2.0, 4.0, 6.0))),
        *(result("bare", seed, value) for seed, value in enumerate((3.0, 4.0, 5.0))),
    ]


def test_the_page_shows_every_row_with_its_spread(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("# two\nbase  as it is\n\nbare  without\n", encoding="utf-8")
    (tmp_path / "scores").mkdir()
    for index, one in enumerate(results()):
        (tmp_path / "scores" / f"{index}.json").write_text(json.dumps(one), encoding="utf-8")
    text = write_ablation(tmp_path, tmp_path / "rows").read_text("utf-8")
    assert "| noisy | the noisy input | - | 1.000 |" in text
    assert "| base | as it is | 3 | 4.000 ± 2.000 (2.000 to 6.000) |" in text
    assert "| bare | without | 3 | +0.000 ± 1.000 |" in text
    assert "5 steps; 2.0 hours" in text
    kept = json.loads((tmp_path / "results" / "ablation.json").read_text("utf-8"))
    assert kept["facts"]["trainings"] == ["train bare", "train base"]
    assert kept["tables"] == json.loads(json.dumps(gather(results(), ROWS)))
