"""The notebooks: they run from nothing, alone and quietly, and are kept without outputs."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tools" / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def notebooks() -> Iterator[ModuleType]:
    """tools/docsite/notebooks.py."""
    path = ROOT / "tools" / "docsite" / "notebooks.py"
    spec = importlib.util.spec_from_file_location("docsite_notebooks", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("docsite_notebooks", None)


def kept(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")))


def sources(name: str, kind: str) -> list[str]:
    cells = kept(name)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def test_every_notebook_is_on_the_site_and_on_the_front_pages(notebooks):
    assert sorted(notebooks.NAMES) == NAMES
    titles = [title for _, title in notebooks.titles()]
    assert all(titles) and len(set(titles)) == len(titles)
    index = (ROOT / "tools" / "docs" / "index.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"../notebooks/{name}.ipynb" in index
        assert f"tools/notebooks/{name}.ipynb" in readme


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_kept_but_words_and_code(name):
    for cell in kept(name)["cells"]:
        assert not cell.get("outputs") and not cell.get("execution_count"), cell["source"]
        assert not cell.get("attachments") and not cell["metadata"]
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 60_000


@pytest.mark.parametrize("name", NAMES)
def test_it_teaches_and_names_no_place_of_one_machine(name):
    prose, code = sources(name, "markdown"), sources(name, "code")
    assert prose[0].startswith("# ")
    assert sum(text.startswith("## ") for text in prose) >= 3
    assert sum("assert" in text for text in code) >= 5
    absolute = re.compile(r"""["'](?:/(?!\w*["'])|~|[A-Z]:\\)""")
    for text in code:
        assert not absolute.search(text), text


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_from_nothing_alone_and_quietly(name, notebooks, tmp_path):
    """In an empty folder, without the network; what it claims, it asserts itself."""
    for package in ("nbclient", "nbformat", "ipykernel"):
        pytest.importorskip(package, reason="bash tools/setup.sh installs it")
    pytest.importorskip("espeakng_loader", reason="the mini corpus needs it")
    notebook = notebooks.executed(FOLDER / f"{name}.ipynb", tmp_path)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [one.text for one in outputs if one.output_type == "stream" and one.name == "stderr"]
    assert not said
    assert sum("image/png" in one.get("data", {}) for one in outputs) >= 3


def test_a_notebook_that_reaches_for_the_network_fails(notebooks, tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="bash tools/setup.sh installs it")
    nbclient = pytest.importorskip("nbclient", reason="bash tools/setup.sh installs it")
    cell = nbformat.v4.new_code_cell(
        "import urllib.request\nurllib.request.urlopen('http://example.org', timeout=5)"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="reached for the network"):
        notebooks.executed(tmp_path / "a.ipynb", tmp_path)


def test_an_executed_notebook_is_a_page_with_pictures_sounds_and_tables(
    notebooks, tmp_path, monkeypatch
):
    nbformat = pytest.importorskip("nbformat", reason="bash tools/setup.sh installs it")
    for name in ("FOLDER", "EXECUTED"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(notebooks, name, tmp_path / name)
    v4 = nbformat.v4
    html = '<audio><source src="data:audio/wav;base64,AAAB" type="audio/wav"/></audio>'
    outputs = [
        v4.new_output("stream", text="\x1b[31mred\x1b[0m\n"),
        v4.new_output("display_data", {"image/png": "AAAC", "text/plain": "<Figure>"}),
        v4.new_output("display_data", {"text/html": html, "text/plain": "<Audio>"}),
        v4.new_output("display_data", {"text/markdown": "| a |\n| --- |\n", "text/plain": "T"}),
    ]
    cells = [v4.new_markdown_cell("# Title\n\nWords."), v4.new_code_cell("x = 1")]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "FOLDER" / "a.ipynb")
    text, files = notebooks.page("a")
    assert text.startswith("# Title\n") and notebooks._NO_OUTPUTS in text
    source = (tmp_path / "FOLDER" / "a.ipynb").read_bytes()
    assert files == {"a.ipynb": source}

    cells[1].outputs = outputs
    ran = v4.new_notebook(cells=cells)
    ran.metadata["fingerprint"] = notebooks.fingerprint(tmp_path / "FOLDER" / "a.ipynb")
    nbformat.write(ran, tmp_path / "EXECUTED" / "a.ipynb")
    text, files = notebooks.page("a")
    assert "```text\nred\n```" in text and "| a |" in text and "<Figure>" not in text
    assert files == {"a.ipynb": source, "a-01-1.png": b"\0\0\2", "a-01-2.wav": b"\0\0\1"}
    for file in files:
        assert file in text
    assert notebooks._NO_OUTPUTS not in text

    ran.metadata["fingerprint"] = "of older code"
    nbformat.write(ran, tmp_path / "EXECUTED" / "a.ipynb")
    assert set(notebooks.page("a")[1]) == {"a.ipynb"}
