"""Pieces of a text to groups of a sentence each, however long the text is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from speechgen.text.abbreviations import ends_no_sentence, goes_with_number
from speechgen.text.pieces import End, Fixed, Pause, Piece, Written, joined

#: written words after which a sentence without an end is cut
MOST_WORDS = 40
_ENDS = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*$")
_COMMAS = re.compile(r"[,;:—–)\]][\"'”’»]*$|^[-—–]+$")


@dataclass(frozen=True)
class Group:
    """Pieces of a sentence; ``cut`` where it goes on in the next group."""

    pieces: tuple[Written | Fixed | Pause, ...]
    cut: bool = False


def grouped(pieces: Iterable[Piece], most_words: int = MOST_WORDS) -> Iterator[Group]:
    """One group for each sentence, as soon as its end is known.

    A full stop ends a sentence unless it is part of an abbreviation or a small letter follows. What
    has no end after ``most_words`` is cut at its last comma, or else between two words, where it
    goes on. Pauses after a sentence's end go with it.
    """
    group: list[Written | Fixed | Pause] = []
    ended = False
    for piece in pieces:
        if isinstance(piece, Pause):
            if group and isinstance(last := group[-1], Pause):
                group[-1] = joined(last, piece)
            else:
                group.append(piece)
            continue
        if group and (isinstance(piece, End) or (ended and _may_begin(piece, group[-1]))):
            yield Group(tuple(group))
            group = []
        elif not ended and sum(not isinstance(one, Pause) for one in group) >= most_words:
            place = _comma(group) or len(group)
            yield Group(tuple(group[:place]), cut=True)
            group = group[place:]
        ended = False
        if isinstance(piece, End):
            continue
        group.append(piece)
        ended = isinstance(piece, Written) and _may_end(piece.text)
    if group:
        yield Group(tuple(group))


def _may_end(text: str) -> bool:
    return _ENDS.search(text) is not None and not ends_no_sentence(text)


def _may_begin(piece: Piece, before: Piece) -> bool:
    """Whether a sentence may begin with a piece, after one that may end one."""
    if not isinstance(piece, Written):
        return True
    first = next((one for one in piece.text if one.isalnum()), "")
    if first.isdigit() and isinstance(before, Written) and goes_with_number(before.text):
        return False
    return not first.islower()


def _comma(group: list[Written | Fixed | Pause]) -> int:
    """The number of pieces up to the last comma in the second half of a group; 0 for none."""
    for place in range(len(group), len(group) // 2, -1):
        piece = group[place - 1]
        if isinstance(piece, Pause) or (isinstance(piece, Written) and _COMMAS.search(piece.text)):
            return place
    return 0
