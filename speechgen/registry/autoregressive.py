"""Autoregressive networks of images."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_FAMILY = ("explicit density", "tractable", "autoregressive")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="pixelcnn",
        kind="model",
        target="speechgen.images.models.autoregressive.pixelcnn:PixelCNN",
        family=_FAMILY,
        paper="arXiv:1601.06759",
        summary="Masked convolutions over pixels in raster order",
    ),
    Entry(
        name="gated_pixelcnn",
        kind="model",
        target="speechgen.images.models.autoregressive.gated_pixelcnn:GatedPixelCNN",
        family=_FAMILY,
        paper="arXiv:1606.05328",
        summary="Gated convolutions in two stacks without a blind spot, conditioned on classes",
    ),
    Entry(
        name="pixelrnn",
        kind="model",
        target="speechgen.images.models.autoregressive.pixelrnn:PixelRNN",
        family=_FAMILY,
        paper="arXiv:1601.06759",
        summary="LSTMs over pixels that scan by rows or by diagonals",
    ),
    Entry(
        name="pixelcnnpp",
        kind="model",
        target="speechgen.images.models.autoregressive.pixelcnnpp:PixelCNNPP",
        family=_FAMILY,
        paper="arXiv:1701.05517",
        summary="Two stacks over three sizes with shortcuts, mixtures of logistics over pixels",
    ),
)
