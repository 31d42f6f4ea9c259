"""The documentation: a short README, pages that are reached from it, and no dead link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / ".github" / "CONTRIBUTING.md",
    *sorted((ROOT / "tools" / "docs").glob("*.md")),
    *sorted((ROOT / "egs").glob("*/RESULTS.md")),
]


def links(page: Path) -> list[str]:
    """Targets of a page's links and pictures that lie in the repository."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in found if not target.startswith(("http", "#"))]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    from urllib.parse import unquote

    for target in links(page):
        assert (page.parent / unquote(target.partition("#")[0])).exists(), target


def test_every_page_is_reached_from_the_readme() -> None:
    reached = {(ROOT / target).resolve() for target in links(ROOT / "README.md")}
    assert {page.resolve() for page in (ROOT / "tools" / "docs").glob("*.md")} <= reached


def test_the_map_names_every_room() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    rooms = {path.parent.name for path in (ROOT / "speechgen").glob("*/__init__.py")}
    assert {"adversarial", "images", "reporting"} <= rooms
    for room in rooms:
        assert re.search(rf"`{room}[`/]", text), room
