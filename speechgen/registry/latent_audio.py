"""Latent-variable models of waveforms."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
