"""The documentation as a site: strict, whole, alone, and drawn from the code as it is."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "docsite"
NEEDED = ("mkdocs", "material", "mkdocstrings_handlers")


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Imports a module of tools/docsite by its name, and forgets it afterwards."""
    names = {path.stem for path in TOOLS.glob("*.py")}
    monkeypatch.syspath_prepend(str(TOOLS))

    def imported(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield imported
    for name in names:
        sys.modules.pop(name, None)


def test_links_become_those_of_the_site(tool):
    links = tool("links")
    origin = ROOT / "tools" / "docs" / "page.md"
    places = {
        ROOT / "egs" / "x" / "RESULTS.md": "experiments/x.md",
        ROOT / "egs" / "x" / "a b.wav": "files/egs/x/a b.wav",
    }
    text = (
        "[r](../../egs/x/RESULTS.md#top) ![s](../../egs/x/a%20b.wav) [h](https://example.org)\n"
        "[own](#part) [other](other.md)\n```\n[r](../../egs/x/RESULTS.md)\n```\n"
    )
    assert links.rewritten(text, origin, "deep/page.md", places.get) == (
        "[r](../experiments/x.md#top) ![s](../files/egs/x/a%20b.wav) [h](https://example.org)\n"
        "[own](#part) [other](other.md)\n```\n[r](../../egs/x/RESULTS.md)\n```\n"
    )
    assert list(links.repository_links(text)) == [
        "../../egs/x/RESULTS.md#top", "../../egs/x/a%20b.wav", "other.md",
    ]  # fmt: skip


def test_a_link_to_a_sound_is_a_player(tool):
    html = tool("links").with_players('<a href="a.flac">hear</a>, <a href="b.wav">too</a>, or not')
    assert '<audio controls preload="none" src="a.flac"></audio>' in html
    assert '<a href="a.flac">hear</a>' in html
    assert html.count("<audio") == 2
    assert html.count(",") == 1
    seen = tool("links").with_pictures('<a href="a.png">see</a> <a href="a.html">read</a>')
    assert seen.startswith('<a href="a.png">see</a>')
    assert seen.count("<img") == 1


def test_the_menu_names_every_page(tool):
    """Pages of tools/docs in the configuration, all else by what is found."""
    listed = set(re.findall(r"[\w-]+\.md", (ROOT / "tools" / "mkdocs.yml").read_text("utf-8")))
    included = tool("pages").included()
    assert listed - set(included) == {path.name for path in (ROOT / "tools" / "docs").glob("*.md")}
    for path in (ROOT / "egs").glob("*/RESULTS.md"):
        assert included[f"experiments/{path.parent.name}.md"] == path


def test_the_reference_has_every_package_that_people_call(tool):
    pages = tool("pages")
    rooms = {path.parent.name for path in (ROOT / "speechgen").glob("*/__init__.py")}
    inside = {"cli", "conf", "demo", "files", "images", "models", "reporting", "serving"}
    assert rooms - inside <= set(pages.API)
    assert {"enhance", "EnhanceOptions"} <= set(pages.public_names("enhancement"))
    index = pages.api_pages()["api/index.md"]
    import speechgen

    for name in speechgen.__all__:
        assert name == "__version__" or f"`speechgen.{name}`" in index


def test_the_diagrams_are_those_of_the_code(tool):
    """All but the fitted densities to the letter, those to two pixels and a hundredth of a nat."""
    diagrams = tool("diagrams")
    number = re.compile(r"-?\d+(?:\.\d+)?")
    assert {path.stem for path in diagrams.FOLDER.glob("*.svg")} == set(diagrams.DRAWINGS)
    for name, draw in diagrams.DRAWINGS.items():
        drawn, kept = str(draw()), (diagrams.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        if name != "likelihoods":
            assert drawn == kept, f"{name}: run python tools/docsite/diagrams.py"
            continue
        assert number.sub("#", drawn) == number.sub("#", kept)
        pairs = zip(number.findall(drawn), number.findall(kept), strict=True)
        assert all(abs(float(one) - float(other)) <= 2 for one, other in pairs)


class References(HTMLParser):
    """What a page loads by itself, what it links to, and the anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self.links: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if "src" in values:
            self.loads.add(values["src"])
        if "href" in values:
            (self.loads if tag == "link" else self.links).add(values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, References]:
    """The pages of the site, built strictly."""
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"no {name}; bash tools/site.sh installs it")
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet",
        "--config-file", "tools/mkdocs.yml", "--site-dir", str(folder),
    ]  # fmt: skip
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    found = {}
    for path in folder.rglob("*.html"):
        found[path] = References()
        found[path].feed(path.read_text(encoding="utf-8"))
    return found


def test_no_page_loads_anything_from_elsewhere(site):
    for path, page in site.items():
        assert not [one for one in page.loads if urlsplit(one).netloc], path
    styles = {style for path in site for style in path.parent.glob("assets/**/*.css")}
    assert styles
    for style in styles:
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(['\"]?https?:", text), style


def test_every_link_leads_to_a_page_a_file_or_an_anchor(site):
    for path, page in site.items():
        if path.name == "404.html" or "examples" in path.parts:
            continue  # of the root, wherever it is shown; and examples, beside which files are laid
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name}: {link}"
            if parts.fragment and target in site:
                anchors = site[target].anchors
                assert unquote(parts.fragment) in anchors, f"{path.name}: {link}"


def test_every_results_page_plays_its_sounds_and_shows_its_pictures(site):
    pages = {path.stem: path for path in site if path.parent.name == "experiments"}
    for results in (ROOT / "egs").glob("*/RESULTS.md"):
        text = results.read_text(encoding="utf-8")
        html = pages[results.parent.name].read_text(encoding="utf-8")
        assert html.count("<audio") == len(re.findall(r"\]\([^)\s]+\.(?:wav|flac)\)", text))
        for picture in re.findall(r"\]\(([^)\s]+\.png)\)", text):
            assert f'{picture}" alt' in html


def test_no_markup_of_docstrings_is_left_in_the_reference(site):
    for path in site:
        if path.parent.name == "api":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r":(?:class|func|meth|mod|data):|``", text), path
