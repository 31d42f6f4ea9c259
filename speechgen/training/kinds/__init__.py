"""The kinds of objectives, one list a family; each names its settings, builder, data and task."""

from __future__ import annotations

from speechgen.training.kinds import (
    audio,
    autoencoders,
    energy,
    games,
    latent_audio,
    latents,
    pixels,
    translation,
)
from speechgen.training.kinds.kind import Kind

_LISTS = (audio, pixels, latents, latent_audio, autoencoders, energy, games, translation)
KINDS: dict[str, Kind] = {name: kind for part in _LISTS for name, kind in part.KINDS.items()}

__all__ = ["KINDS", "Kind"]
