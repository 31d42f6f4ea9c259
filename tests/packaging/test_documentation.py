"""The documentation: a short README, pages that are reached from it, and no dead link."""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

import speechgen

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


def test_every_page_is_reached_from_the_readme_or_the_front_page() -> None:
    front = ROOT / "tools" / "docs" / "index.md"
    reached = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in (ROOT / "README.md", front)
        for target in links(page)
    }
    assert front in reached
    assert set(front.parent.glob("*.md")) <= reached


def blocks(page: Path, *languages: str) -> list[str]:
    """The code of a page in one of these languages."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [code for language, code in found if language in languages]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_compiles_and_names_what_there_is(page: Path) -> None:
    for code in blocks(page, "python"):
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("speechgen"):
                module = importlib.import_module(str(node.module))
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{node.module}.{alias.name}"
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith("speechgen"):
                        importlib.import_module(alias.name)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "speechgen":
                assert hasattr(speechgen, node.attr), f"speechgen.{node.attr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_on_a_page_name_scripts_and_experiments_there_are(page: Path) -> None:
    """Options are compared with those of the verbs in tests/cli/test_examples.py."""
    from speechgen.training.composition import experiments

    known = {path.stem for path in (ROOT / "egs").rglob("conf/experiment/*.yaml")}
    known |= set(experiments())
    for code in blocks(page, "bash"):
        for script in re.findall(r"\b(?:bash|python) ((?:tools|egs|recipes)/\S+)", code):
            assert (ROOT / script).is_file(), script
        for names in re.findall(r"\bexperiment=([\w,]+)", code):
            assert set(names.split(",")) <= known, names


def table_rows(page: Path) -> dict[tuple[str, str], dict[str, str]]:
    """(head, first cell) of each row of a page's tables -> its cells by column."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    head: list[str] = []
    name = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not head:
            head = cells
            continue
        if set("".join(cells)) <= set("-:"):
            continue
        name = cells[0] or name
        key = f"{name}, {cells[1]}" if head[1] == "tracker" else name
        found[head[0], key] = dict(zip(head, cells, strict=False))
    return found


def test_numbers_beside_other_toolkits_are_those_of_the_pages_that_measured_them() -> None:
    docs = ROOT / "tools" / "docs"
    here, measured = table_rows(docs / "compare.md"), {}
    for name in ("enhancement", "results"):
        measured.update(table_rows(docs / f"{name}.md"))
    ours = {key: row for key, row in here.items() if key[0] != "speech"}  # tracks: below
    assert len(ours) >= 17
    for key, row in ours.items():
        for column, cell in row.items():
            assert measured[key][column] == cell, f"compare.md: {key}, {column}; see its source"
    engines = (docs / "engines.md").read_text(encoding="utf-8")
    for key, row in here.items():
        if key[0] == "speech":
            lines = [line for line in engines.splitlines() if f"| {row['tracker']} |" in line]
            numbers = [cell for name, cell in row.items() if name not in ("speech", "tracker")]
            assert any(set(numbers) <= {one.strip() for one in line.split("|")} for line in lines)


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
