"""The documentation: a short README, pages that are reached from it, and no dead link."""

from __future__ import annotations

import json
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


SYSTEMS = {
    "noisy": "noisy",
    "100 held-out mixes, noisy": "noisy",
    "50 DNS 2020 pairs, noisy": "noisy",
    "one fixed linear filter": "filter",
    "`classical`, log-MMSE": "classical",
    "`segan-small`": "segan",
    "`spectral-tiny`, for live use": "tiny",
    "`spectral-small`, the default": "causal",
}
SETS = ("test", "eval-dns2020_no_reverb_part")


def published(data: str, system: str, *measures: str) -> list[str]:
    """Means of a set of mixes, rounded once, from what was measured."""
    file = ROOT / "egs" / "librispeech" / "enhance" / "results" / f"{data}_{system}.json"
    means = json.loads(file.read_text(encoding="utf-8"))["mean"]
    return [f"{means[name]:.{3 if name == 'STOI' else 2}f}" for name in measures]


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the table below ``heading``."""
    table = page.read_text(encoding="utf-8").partition(heading)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_tables_of_enhancement_are_rounded_once_from_the_results() -> None:
    head = "| enhancement | PESQ, mixes | SI-SDR (dB) | STOI | PESQ, DNS | SI-SDR (dB) | STOI |\n"
    short = ("PESQ", "SI-SDR", "STOI")
    found = [row for row in rows(ROOT / "README.md", head) if row[0] in SYSTEMS]
    assert len(found) == 5
    for name, *cells in found:
        assert cells == [cell for data in SETS for cell in published(data, SYSTEMS[name], *short)]
    head = "| enhancement | PESQ | STOI | SI-SDR (dB) | SSNR (dB) | CSIG | CBAK | COVL |\n"
    full = ("PESQ", "STOI", "SI-SDR", "SSNR", "CSIG", "CBAK", "COVL")
    found = [row for row in rows(ROOT / "tools" / "docs" / "results.md", head) if row[0] in SYSTEMS]
    assert len(found) == 12
    for number, (name, *cells) in enumerate(found):
        assert cells == published(SETS[number // 6], SYSTEMS[name], *full)
