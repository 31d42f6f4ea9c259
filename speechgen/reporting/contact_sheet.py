"""One picture of many: the pictures of all models side by side, each under its name.

+-----------------------------+
| digits                      |   title: the task
| samples                     |   a section for each kind of picture
| ali      vae      vae_2d    |   a label for each picture
| [    ]   [    ]   [    ]    |
| reconstructions             |
| ...                         |
+-----------------------------+
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechgen.errors import DataError
from speechgen.files import atomic_path

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# What the pictures of a model of images end with, in the order of the sections.
KINDS = (
    "samples",
    "inpaintings",
    "translations",
    "larger",
    "reconstructions",
    "interpolations",
    "manifold",
    "latents",
)
_GAP = 12  # pixels, as all lengths here
_WIDTH = 2400 + 3 * _GAP
_HEIGHT = 3600
_TITLE, _HEADING, _LABEL = 34, 24, 16  # sizes of letters
_LINE = 1.5  # a line of text takes so many times the size of its letters
_COLOURS = 256

Place = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """A picture on disk and what stands over it."""

    label: str
    path: Path


def sections_of(folder: str | Path) -> dict[str, list[Picture]]:
    """The pictures below ``folder``, by kind and by the folder they lie in.

    ``NAME_KIND.png`` with a kind of :data:`KINDS` is a model's and has the label NAME; any other
    is labelled with its whole name, an utterance's.

    Returns
    -------
    dict
        Title of the section, empty for pictures that are in ``folder`` itself and of no kind, to
        its pictures by name.
    """
    folder = Path(folder)
    found: dict[str, list[Picture]] = {}
    for path in sorted(folder.rglob("*.png")):
        below = path.parent.relative_to(folder).as_posix()
        name, _, kind = path.stem.rpartition("_")
        if name and kind in KINDS:
            below, label = kind, name
        else:
            label = path.stem
        found.setdefault("" if below == "." else below, []).append(Picture(label, path))
    titles = [*(kind for kind in KINDS if kind in found), *(t for t in found if t not in KINDS)]
    return {title: sorted(found[title], key=lambda picture: picture.label) for title in titles}


def draw_contact_sheet(
    sections: Mapping[str, Sequence[Picture]], title: str, target: str | Path
) -> None:
    """Draw all pictures on one sheet of at most 2436 pixels' width, in 256 colours.

    There are as few columns as keep the sheet within 3600 pixels' height, if any do. A picture that
    is wider than its column is made smaller; none is made larger.

    Parameters
    ----------
    sections
        Title to pictures, in order; an empty title has no line.
    title
        What stands over the sheet.
    target
        PNG; an older one is replaced.

    Raises
    ------
    DataError
        There are no pictures, or one cannot be read.
    OutputError
        The sheet cannot be written.
    """
    from PIL import Image, ImageDraw

    images = {name: [_load(item.path) for item in group] for name, group in sections.items()}
    widest = max((image.width for group in images.values() for image in group), default=0)
    if not widest:
        raise DataError(f"{title}: there are no pictures to put on a contact sheet")
    most = max(len(group) for group in images.values())
    columns = min(most, max(1, (_WIDTH - _GAP) // (widest + _GAP)))
    while True:
        width = min(widest, (_WIDTH - _GAP) // columns - _GAP)
        boxes, height = _layout(images, columns, width)
        if height <= _HEIGHT or columns >= most:
            break
        columns += 1
    sheet = Image.new("RGB", (_GAP + columns * (width + _GAP), height), "white")
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_GAP, _GAP), title, _TITLE, sheet.width - 2 * _GAP, bold=True)
    for name, group in sections.items():
        start, places = boxes[name]
        room = min(len(group), columns) * (width + _GAP) - _GAP
        _write(draw, start, name, _HEADING, room, bold=True)
        for item, image, (left, upper) in zip(group, images[name], places, strict=True):
            _write(draw, (left, upper), item.label, _LABEL, width)
            sheet.paste(_fitted(image, width), (left, upper + round(_LINE * _LABEL)))
    with atomic_path(target, overwrite=True) as temporary:
        # An octree keeps rare colours, which the median cut gives up for many shades of grey.
        few = sheet.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(temporary, "PNG", optimize=True)


def _layout(
    images: Mapping[str, Sequence[Image]], columns: int, width: int
) -> tuple[dict[str, tuple[Place, list[Place]]], int]:
    """Where everything goes: (left, top) of each heading and of its cells; the sheet's height.

    A section that fits beside the one before it stands there.
    """
    shelf = bottom = _GAP + round(_LINE * _TITLE)
    taken = 0
    boxes = {}
    for name, group in images.items():
        if taken + len(group) > columns:
            shelf, taken = bottom, 0
        left = _GAP + taken * (width + _GAP)
        top = shelf + (round(_LINE * _HEADING) if name else 0)
        places: list[Place] = []
        for first in range(0, len(group), columns):
            row = group[first : first + columns]
            places += [(left + number * (width + _GAP), top) for number in range(len(row))]
            top += round(_LINE * _LABEL) + max(_fitted_size(image, width)[1] for image in row)
            top += _GAP
        boxes[name] = ((left, shelf), places)
        taken += len(group)
        bottom = max(bottom, top + _GAP)
    return boxes, bottom


def _fitted_size(image: Image, width: int) -> tuple[int, int]:
    scale = min(1.0, width / image.width)
    return round(scale * image.width), max(1, round(scale * image.height))


def _fitted(image: Image, width: int) -> Image:
    from PIL import Image

    size = _fitted_size(image, width)
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def _load(path: Path) -> Image:
    from PIL import Image

    try:
        with Image.open(path) as image:
            picture = image.convert("RGBA")
    except OSError as error:
        raise DataError(f"{path}: is no picture that can be read; draw it again") from error
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A"))
    return sheet


def _write(
    draw: ImageDraw, place: Place, text: str, size: int, width: int, *, bold: bool = False
) -> None:
    """Write a line, in smaller letters where it would be wider than ``width``."""
    while size > 6 and draw.textlength(text, _font(size, bold)) > width:
        size -= 1
    draw.text(place, text, fill="black", font=_font(size, bold))


def _font(size: int, bold: bool) -> FreeTypeFont:
    from matplotlib import get_data_path
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", name), size)
