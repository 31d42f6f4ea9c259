"""What the registry knows of one buildable thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One buildable thing.

    ``family`` is its place in the taxonomy of generative models, from the root downwards.
    """

    name: str
    kind: str
    target: str
    family: tuple[str, ...]
    paper: str
    summary: str
