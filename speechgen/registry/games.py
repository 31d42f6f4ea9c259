"""Generators of images from a latent, and their opponents."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
