"""What egs/ publishes: every link leads somewhere, every medium is linked, and it stays small."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.reporting.links import SHEET, links_of
from speechgen.reporting.publishing import MAX_SOUNDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(ROOT.glob("egs/*/RESULTS.md"))
MEDIA = (".png", ".wav", ".flac")


def test_there_are_published_results() -> None:
    assert len(PAGES) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_media_are_those_that_are_linked(page: Path) -> None:
    links = links_of(page.read_text(encoding="utf-8"))
    tasks = [path.parent for path in page.parent.glob("*/results")]
    there = [path for task in tasks for path in task.rglob("*") if path.suffix in MEDIA]
    assert sorted(path.relative_to(page.parent).as_posix() for path in there) == sorted(links)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_one_sheet_a_task_and_few_sounds(page: Path) -> None:
    links = links_of(page.read_text(encoding="utf-8"))
    pictures = [link for link in links if link.endswith(".png")]
    assert all(Path(link).name == SHEET and len(Path(link).parts) == 2 for link in pictures)
    assert len(links) - len(pictures) <= MAX_SOUNDS
    for link in pictures:
        assert (page.parent / link).stat().st_size < 1_500_000, link
