"""Published pages are what the report writes of the results beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.reporting.report import linked_files, report
from speechgen.reporting.results import find_results

EXPERIMENTS = Path(__file__).resolve().parents[2] / "egs"
PUBLISHED = [folder for folder in sorted(EXPERIMENTS.iterdir()) if find_results(folder)]


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_the_page_is_what_the_report_writes(folder: Path) -> None:
    """Where it is not: ``speechgen score report --exp egs/NAME``."""
    results = [result for _, result in find_results(folder)]
    page = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert page == report(results, linked_files(folder))


def test_there_are_published_pages() -> None:
    assert len(PUBLISHED) >= 6
