"""Grouping noise files that were cut from one recording."""

from __future__ import annotations

import re

_TAKE = re.compile(r"(.+)-[A-Z](?:-\d+)?")


def recording_of(name: str) -> str:
    """The recording a noise was cut from, as far as its name tells.

    ESC-50 names its clips FOLD-CLIP-TAKE or FOLD-CLIP-TAKE-CLASS (Piczak, 2015), and others have
    followed: the takes A, B, C are cuts of one recording. Any other name stands for itself.
    """
    match = _TAKE.fullmatch(name)
    return match[1] if match else name
