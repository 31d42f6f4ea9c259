"""Drawing images, or what is missing in them, pixel by pixel; all engines agree under one noise."""

from __future__ import annotations

from speechgen.images.sampling.pixels.interface import PIXEL_ENGINES, draw_pixels, sample_pixels
from speechgen.images.sampling.pixels.task import PixelDraw, PixelTask

__all__ = ["PIXEL_ENGINES", "PixelDraw", "PixelTask", "draw_pixels", "sample_pixels"]
