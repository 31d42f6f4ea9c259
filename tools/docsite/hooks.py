"""What mkdocs calls as it builds the site: adds pages and files, mends links, has sounds play."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import links
import notebooks
import pages
from mkdocs.structure.files import File, InclusionLevel

_HIDDEN = InclusionLevel.NOT_IN_NAV
_origins: dict[str, Path] = {}  # name on the site -> file in the repository
_places: dict[Path, str] = {}  # and back, what is linked to included


def on_config(config: Any) -> Any:
    """Completes the menu by what is found: results, cards, reference."""
    found = pages.included()
    for section in config.nav:
        (title,) = section
        if title == "Results":
            section[title] += _menu(found, "experiments/")
            section[title].append({"Shipped models": _menu(found, "models/")})
    reference = ["api/index.md", *({f"speechgen.{one}": f"api/{one}.md"} for one in pages.API)]
    config.nav.insert(3, {"Reference": reference})
    shown = [{title: f"notebooks/{name}.md"} for name, title in notebooks.titles()]
    config.nav.insert(3, {"Notebooks": shown})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages from outside of docs_dir, and every file that some page links to."""
    _origins.clear()
    _places.clear()
    texts = {}
    for file in files.documentation_pages():
        _origins[file.src_uri] = pages.DOCS / file.src_uri
        texts[file.src_uri] = file.content_string
    for name, path in pages.included().items():
        _origins[name] = path
        texts[name] = pages.titled(name, path.read_text(encoding="utf-8"))
        files.append(File.generated(config, name, content=texts[name]))
    for name, text in pages.api_pages().items():
        files.append(File.generated(config, name, content=text))
    for name, _ in notebooks.titles():
        _add_notebook(files, config, name)
    _places.update({path: name for name, path in _origins.items()})
    _places[pages.ROOT / "README.md"] = "index.md"
    for name, _ in notebooks.titles():
        _places[notebooks.FOLDER / f"{name}.ipynb"] = f"notebooks/{name}.md"
    for name, text in texts.items():
        for target in links.repository_links(text):
            _add_file(files, config, _origins[name], target.partition("#")[0])
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links from places in the repository to places on the site."""
    name = page.file.src_uri
    if name not in _origins:
        return markdown
    return links.rewritten(markdown, _origins[name], name, _places.get)


def on_page_content(html: str, **_: Any) -> str:
    """Sounds play, and pictures are seen, where they are linked to."""
    return links.with_pictures(links.with_players(html))


def _add_notebook(files: Any, config: Any, name: str) -> None:
    """A page of a notebook, and what it shows."""
    text, shown = notebooks.page(name)
    files.append(File.generated(config, f"notebooks/{name}.md", content=text))
    for file, content in shown.items():
        place = f"notebooks/{file}"
        files.append(File.generated(config, place, content=content, inclusion=_HIDDEN))


def _menu(names: Iterable[str], folder: str) -> list[dict[str, str]]:
    return [{Path(name).stem: name} for name in names if name.startswith(folder)]


def _add_file(files: Any, config: Any, origin: Path, target: str) -> None:
    """Puts what ``target`` names, seen from ``origin``, on the site, once."""
    path = (origin.parent / links.unquote(target)).resolve()
    if path in _places or not path.exists():  # a dead link is mkdocs's to report
        return
    inside = str(path.relative_to(pages.ROOT))
    if path.is_relative_to(pages.DOCS):
        return
    if path.is_dir() or path.suffix in pages.SOURCES:
        name = f"files/{inside}.md"
        content = pages.source_page(path)
        files.append(File.generated(config, name, content=content, inclusion=_HIDDEN))
    else:
        name = f"files/{inside}"
        files.append(File.generated(config, name, abs_src_path=str(path), inclusion=_HIDDEN))
    _places[path] = name
