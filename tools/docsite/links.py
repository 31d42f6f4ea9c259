"""Links that are right on GitHub, made right on the site: from files to pages and copies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//", re.IGNORECASE)
_SOUND = re.compile(r'<a href="([^"]+\.(?:wav|flac|mp3|ogg))">([^<]*)</a>(?:,(?=\s*<a\b))?')
_PICTURE = re.compile(r'<a href="([^"]+\.png)">[^<]*</a>')


def repository_links(text: str) -> Iterator[str]:
    """Targets of the links and pictures of a page that are files, without those in code."""
    for piece, is_code in _pieces(text):
        if not is_code:
            for match in _LINK.finditer(piece):
                if not _ELSEWHERE.match(match[2]):
                    yield match[2]


def rewritten(text: str, origin: Path, page: str, place: Callable[[Path], str | None]) -> str:
    """The page with every link to a file turned into one to where that is on the site.

    Parameters
    ----------
    origin
        The file in the repository that the text is from: its links start there.
    page
        What the page is called on the site, such as ``experiments/arctic.md``.
    place
        From a file of the repository to its name on the site; ``None`` where it has none, and the
        link is left as it is.
    """

    def turned(match: re.Match[str]) -> str:
        target, hash_, anchor = match[2].partition("#")
        if _ELSEWHERE.match(match[2]):
            return match[0]
        found = place(Path(os.path.normpath(origin.parent / unquote(target))))
        if found is None:
            return match[0]
        relative = os.path.relpath(found, os.path.dirname(page) or ".")
        return f"{match[1]}{quote(relative)}{hash_}{anchor}{match[3]}"

    pieces = _pieces(text)
    return "".join(piece if is_code else _LINK.sub(turned, piece) for piece, is_code in pieces)


def with_players(html: str) -> str:
    """Every link to a sound as a player, with the link as its caption; no comma after it."""
    return _SOUND.sub(
        r'<span class="sound"><audio controls preload="none" src="\1"></audio>'
        r'<a href="\1">\2</a></span>',
        html,
    )


def with_pictures(html: str) -> str:
    """Every link to a picture with the picture below it."""
    return _PICTURE.sub(r'\g<0><br><a href="\1"><img src="\1" alt="" loading="lazy"></a>', html)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in order, what stands in fences apart."""
    end = 0
    for match in _FENCE.finditer(text):
        yield text[end : match.start()], False
        yield match[0], True
        end = match.end()
    yield text[end:], False
