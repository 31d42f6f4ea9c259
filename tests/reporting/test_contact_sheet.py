"""The sheet holds every picture, unchanged where it fits, under a name that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from speechgen.errors import DataError
from speechgen.reporting.contact_sheet import KINDS, draw_contact_sheet, sections_of


def paint(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (60, 40)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def drawn(folder: Path, title: str = "digits") -> np.ndarray:
    """(row, column, colour) of the sheet of what is in ``folder``."""
    target = folder.parent / "a sheet.png"
    draw_contact_sheet(sections_of(folder), title, target)
    with Image.open(target) as sheet:
        return np.asarray(sheet.convert("RGB"))


def found_box(sheet: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what has the colour, to the precision of the palette."""
    near = (np.abs(sheet.astype(int) - colour) <= 8).all(axis=-1)
    rows, columns = np.nonzero(near)
    box = int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    assert near.sum() == box[2] * box[3], "not one whole rectangle"
    return box


def test_models_stand_under_their_kinds_and_utterances_under_their_folders(tmp_path: Path) -> None:
    names = ["vae_2d_samples", "vae_samples", "inpainting_gan_inpaintings", "vae_latents"]
    names += ["fileid_0", "test/slt-arctic_a0002", "a b/p225_001"]
    for name in names:
        paint(tmp_path / f"{name}.png", (9, 9, 9))
    found = sections_of(tmp_path)
    labels = {title: [picture.label for picture in group] for title, group in found.items()}
    assert labels == {
        "samples": ["vae", "vae_2d"],
        "inpaintings": ["inpainting_gan"],
        "latents": ["vae"],
        "a b": ["p225_001"],
        "": ["fileid_0"],
        "test": ["slt-arctic_a0002"],
    }
    assert list(labels)[:3] == ["samples", "inpaintings", "latents"]


def test_every_kind_of_picture_in_the_gallery_is_known(repository: Path) -> None:
    source = (repository / "speechgen" / "images" / "jobs" / "grids.py").read_text()
    kinds = re.findall(r'\bpath\("(\w+)"\)', source)
    assert len(kinds) > 5 and set(kinds) <= set(KINDS)


def test_pictures_that_fit_keep_their_size_and_do_not_overlap(tmp_path: Path) -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 0, 250)]
    for number, colour in enumerate(colours):
        paint(tmp_path / "figures" / f"u{number}.png", colour, (700, 100 + 20 * number))
    sheet = drawn(tmp_path / "figures")
    boxes = [found_box(sheet, colour) for colour in colours]
    assert [box[2:] for box in boxes] == [(700, 100), (700, 120), (700, 140), (700, 160)]
    assert boxes[0][1] == boxes[1][1] == boxes[2][1] < boxes[3][1]
    assert sheet.shape[1] <= 2436


def test_many_pictures_are_made_smaller_together(tmp_path: Path) -> None:
    for number in range(80):
        colour = (0, 250, 0) if number == 79 else (99, 99, 99)
        paint(tmp_path / "figures" / f"model{number:02d}_samples.png", colour, (900, 900))
    sheet = drawn(tmp_path / "figures")
    assert sheet.shape[0] <= 3600 and sheet.shape[1] <= 2436
    left, top, width, height = found_box(sheet, (0, 250, 0))
    assert 150 < width == height < 900
    assert left + width <= sheet.shape[1] and top + height <= sheet.shape[0]


def test_a_picture_wider_than_the_sheet_is_fitted(tmp_path: Path) -> None:
    paint(tmp_path / "figures" / "wide.png", (250, 0, 0), (4000, 400))
    left, _, width, height = found_box(drawn(tmp_path / "figures"), (250, 0, 0))
    assert left > 0 and 2300 < width < 2436 and abs(height - width / 10) <= 1


def test_small_sections_share_a_row(tmp_path: Path) -> None:
    colours = {"a_samples": (250, 0, 0), "b_samples": (0, 250, 0), "c_larger": (0, 0, 250)}
    for name, colour in {**colours, "d_samples": (9, 99, 9)}.items():
        paint(tmp_path / "figures" / f"{name}.png", colour)
    paint(tmp_path / "figures" / "e_latents.png", (250, 0, 250))
    sheet = drawn(tmp_path / "figures")
    larger, latents = found_box(sheet, (0, 0, 250)), found_box(sheet, (250, 0, 250))
    samples = found_box(sheet, (250, 0, 0))
    assert larger[1] == latents[1] > samples[1] and larger[0] < latents[0]


def test_long_names_stay_within_their_column(tmp_path: Path) -> None:
    paint(tmp_path / "figures" / f"{'long_' * 9}name_samples.png", (250, 0, 0), (300, 50))
    paint(tmp_path / "figures" / "z_samples.png", (0, 0, 250), (300, 50))
    sheet = drawn(tmp_path / "figures")
    left, top, width, _ = found_box(sheet, (250, 0, 0))
    dark = (sheet[top - 24 : top - 1] < 128).all(axis=-1).any(axis=0)
    columns = np.nonzero(dark)[0]
    first_label = columns[columns < left + width + 6]
    assert len(first_label) > 100 and first_label.max() < left + width


def test_what_shines_through_is_white_and_drawing_twice_is_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(folder / "a.png")
    target = tmp_path / "sheet.png"
    draw_contact_sheet(sections_of(folder), "t", target)
    first = target.read_bytes()
    with Image.open(target) as sheet:
        assert min(sheet.convert("RGB").getpixel((40, sheet.height - 40))) > 250  # type: ignore[type-var]
    draw_contact_sheet(sections_of(folder), "t", target)
    assert target.read_bytes() == first


def test_without_pictures_or_with_broken_ones_nothing_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        draw_contact_sheet({}, "digits", tmp_path / "sheet.png")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.png").write_text("no picture")
    with pytest.raises(DataError, match=r"a\.png: is no picture"):
        draw_contact_sheet(sections_of(tmp_path / "figures"), "digits", tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()
