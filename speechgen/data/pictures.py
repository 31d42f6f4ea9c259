"""Grids of images, written and read as PNG."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import DataError
from speechgen.files import atomic_path


def write_png(path: str | Path, picture: np.ndarray, *, overwrite: bool = False) -> None:
    """Write (channel, height, width) values in [0, 1], of one or three channels, losslessly."""
    from matplotlib.image import imsave

    values = np.round(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
    if values.shape[0] == 1:
        values = np.repeat(values, 3, axis=0)
    with atomic_path(path, overwrite=overwrite) as temporary:
        imsave(temporary, np.ascontiguousarray(values.transpose(1, 2, 0)), format="png")


def read_png(path: str | Path) -> np.ndarray:
    """(channel, height, width) float32 values in [0, 1]; a picture without colour has one channel.

    Raises
    ------
    DataError
        There is no such file, or it is not a picture.
    """
    from matplotlib.image import imread

    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        values = np.asarray(imread(path))
    except Exception as error:  # the decoder raises many kinds
        raise DataError(f"{path}: cannot be read as a picture ({error})") from error
    if values.dtype == np.uint8:
        values = values / 255.0
    values = values.astype(np.float32)
    if values.ndim == 2:
        return values[None]
    values = values[..., :3].transpose(2, 0, 1)
    grey = values.shape[0] == 3 and np.array_equal(values[0], values[1])
    return values[:1] if grey and np.array_equal(values[1], values[2]) else values


def image_grid(images: Tensor, *, columns: int | None = None, enlarge: int = 1) -> Tensor:
    """Images (example, channel, height, width) in rows, a pixel of grey between them.

    Parameters
    ----------
    columns
        Images in a row; by default the grid is square.
    enlarge
        Each pixel becomes a square of so many.

    Returns
    -------
    Tensor
        (channel, rows * (height + 1) + 1, columns * (width + 1) + 1), in [0, 1].
    """
    num, channel, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(num))
    rows = math.ceil(num / columns)
    grid = torch.full((channel, rows * (height + 1) + 1, columns * (width + 1) + 1), 0.5)
    for place, image in enumerate(images.detach().cpu().float().clamp(0.0, 1.0)):
        row, column = divmod(place, columns)
        top, left = row * (height + 1) + 1, column * (width + 1) + 1
        grid[:, top : top + height, left : left + width] = image
    if enlarge > 1:
        grid = grid.repeat_interleave(enlarge, dim=1).repeat_interleave(enlarge, dim=2)
    return grid
