"""Pixel-by-pixel sampling and inpainting; all engines agree under the same noise."""

from __future__ import annotations

from speechgen.images.sampling.pixels.interface import (
    PIXEL_ENGINES,
    draw_pixels,
    engines_for,
    sample_pixels,
)
from speechgen.images.sampling.pixels.task import PixelDraw, PixelTask

__all__ = ["PIXEL_ENGINES", "PixelDraw", "PixelTask", "draw_pixels", "engines_for", "sample_pixels"]
