"""Latent-variable models of images."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
