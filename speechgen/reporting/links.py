"""The section of a results page that links to pictures and sounds: written, read and exchanged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

HEADING = "To listen to and look at"
SHEET = "contact_sheet.png"
_NEXT = "All numbers"  # the section after it
_SECTION = re.compile(rf"^## {HEADING}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def link_list(links: Sequence[str]) -> str:
    """One line for each folder with links to its files, given as paths relative to the page."""
    folders: dict[str, list[str]] = {}
    for link in links:
        folder, _, name = link.rpartition("/")
        folders.setdefault(folder, []).append(f"[{name}]({quote(link)})")
    return "\n".join(f"- `{folder}`: {', '.join(names)}" for folder, names in folders.items())


def links_of(page: str) -> list[str]:
    """The paths that the section of ``page`` links to; none where it has no such section."""
    section = _SECTION.search(page)
    return [unquote(link) for link in _LINK.findall(section.group())] if section else []


def with_links(page: str, links: Sequence[str]) -> str:
    """``page`` with a section for ``links`` in place of its own; without one where there are none.

    A page that had none gets it before the section of all numbers, or at its end.
    """
    section = f"## {HEADING}\n\n{link_list(links)}\n" if links else ""
    old = _SECTION.search(page)
    if old:
        start, end = old.span()
    else:
        following = re.search(rf"^## {_NEXT}$", page, re.MULTILINE)
        start = end = following.start() if following else len(page)
    parts = (part.strip("\n") for part in (page[:start], section, page[end:]))
    return "\n\n".join(part for part in parts if part) + "\n"
