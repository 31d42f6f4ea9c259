"""The page: whole in its folder, told in words too, with harmonics that can be seen."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from speechgen.audio import info, read, write
from speechgen.data import write_data_directory
from speechgen.errors import DataError
from speechgen.reporting import write_listening_page, write_report
from speechgen.reporting.narrow_band import HIGHEST_HZ, narrow_band_db, narrow_band_figure


def voice(f0_hz: float, seconds: float = 1.0, rate: int = 16000) -> np.ndarray:
    """Harmonics up to 5 kHz, falling by 6 dB an octave."""
    time = np.arange(round(seconds * rate)) / rate
    count = int(5000 / f0_hz)
    tones = [np.sin(2 * np.pi * k * f0_hz * time) / k for k in range(1, count)]
    return (0.1 * np.sum(tones, axis=0)).astype(np.float32)


class Elements(HTMLParser):
    """The tags of a page with their attributes, in order, and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data) -> None:
        self.text += data

    def each(self, tag: str, name: str) -> list[str]:
        return [found[name] or "" for kind, found in self.tags if kind == tag and name in found]


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Folders ``data``, ``fast one`` and ``slow``, which copies one of two utterances."""
    wavs, texts = {}, {"bö-1": 'He said <b>"&amp;"</b>.', "cy-1": "So."}
    for name, f0_hz in (("bö-1", 110.0), ("cy-1", 220.0)):
        wavs[name] = tmp_path / "wav" / f"{name}.wav"
        write(wavs[name], voice(f0_hz), 16000)
        write(tmp_path / "fast one" / f"{name}.wav", voice(f0_hz, rate=24000), 24000)
    write(tmp_path / "slow" / "bö-1__as__cy.wav", voice(220.0), 16000)
    speakers = {name: name[:2] for name in wavs}
    write_data_directory(tmp_path / "data", wavs, speakers, texts=texts)
    return tmp_path


def systems(folder: Path) -> list[Path]:
    return [folder / "fast one", folder / "slow"]


def test_the_page_is_whole_in_its_folder(copies: Path) -> None:
    page = write_listening_page(copies / "data", systems(copies), copies / "out")
    (moved := copies / "elsewhere").symlink_to(page.parent)
    found = Elements(moved / page.name)
    sources = found.each("audio", "src") + found.each("img", "src")
    assert len(sources) == 2 * (3 + 2)
    for source in sources:
        assert ":" not in unquote(source) and not source.startswith("/")
        assert (moved / unquote(source)).is_file()
    assert not {"script", "link", "iframe"} & {tag for tag, _ in found.tags}
    assert "http" not in page.read_text(encoding="utf-8")
    there = {path.relative_to(page.parent).as_posix() for path in page.parent.rglob("*.*")}
    assert there == {page.name, *map(unquote, sources)}


def test_rows_hold_the_recording_and_every_system(copies: Path) -> None:
    page = write_listening_page(copies / "data", systems(copies), copies / "out", title="A & B")
    labels = Elements(page).each("audio", "aria-label")
    assert labels == [
        "bö-1, recording", "bö-1, fast one", "bö-1, slow as cy", "cy-1, recording", "cy-1, fast one"
    ]  # fmt: skip
    rates = {path.name: info(path).sample_rate for path in (copies / "out" / "sounds").iterdir()}
    assert set(rates.values()) == {24000}  # of all, that none sounds duller for its file
    copy, _ = read(copies / "out" / "sounds" / "cy-1__fast_one.wav")
    assert np.allclose(copy[0], voice(220.0, rate=24000), atol=1 / 32768)
    one = write_listening_page(copies / "data", copies / "slow", copies / "one", limit=1)
    assert len(Elements(one).each("audio", "src")) == 2


def test_the_page_can_be_used_without_seeing_and_without_a_mouse(copies: Path) -> None:
    page = write_listening_page(copies / "data", systems(copies), copies / "out")
    found = Elements(page)
    assert found.each("html", "lang") == ["en"]
    kinds = [tag for tag, _ in found.tags]
    assert [kinds.count(tag) for tag in ("main", "h1", "h2", "title")] == [1, 1, 2, 1]
    alts = found.each("img", "alt")
    assert "F0 110 to 110 Hz" in alts[0] and "recording" in alts[0]
    assert len(alts) == kinds.count("img") == kinds.count("figcaption") == kinds.count("audio")
    assert all("controls" in tag for kind, tag in found.tags if kind == "audio")
    assert not any("autoplay" in tag for _, tag in found.tags)
    ids = [tag["id"] for _, tag in found.tags if "id" in tag]
    assert len(set(ids)) == len(ids) == 2
    assert [unquote(link) for link in found.each("a", "href")] == [f"#{name}" for name in ids]
    assert found.each("section", "aria-labelledby") == ids
    assert 'He said <b>"&amp;"</b>.' in found.text and "b" not in kinds


@pytest.mark.parametrize("f0_hz", [90.0, 150.0, 250.0])
def test_harmonics_are_lines_with_gaps_between_them(f0_hz: float) -> None:
    levels = narrow_band_db(voice(f0_hz), 16000)[:, 50:-50].mean(axis=1)
    per_hz = (len(levels) - 1) / HIGHEST_HZ
    for number in range(1, int(HIGHEST_HZ / f0_hz)):
        line, gap = (levels[round(k * f0_hz * per_hz)] for k in (number, number + 0.5))
        assert line > gap + 15


def test_pictures_are_told_in_words(tmp_path: Path) -> None:
    import matplotlib.image

    words = narrow_band_figure(voice(125.0), 16000, tmp_path / "voice.png")
    assert words.startswith("1.0 s, 0 to 4 kHz; voiced in") and "median 125 Hz" in words
    noise = 0.1 * np.random.default_rng(0).standard_normal(8000)
    assert "no voice" in narrow_band_figure(noise, 16000, tmp_path / "noise.png")
    image = matplotlib.image.imread(tmp_path / "voice.png")[:, :, :3]
    red = (image[:, :, 0] > 0.8) & (image[:, :, 1] < 0.3)
    assert image.shape[:2] == (480, 768) and red.sum() > 300  # the trace of F0


def test_folders_of_one_name_and_of_others_are_refused(copies: Path) -> None:
    (copies / "more" / "slow").mkdir(parents=True)
    both = [copies / "slow", copies / "more" / "slow"]
    with pytest.raises(DataError, match="two folders are called 'slow'"):
        write_listening_page(copies / "data", both, copies / "out")
    write(copies / "other" / "x.wav", voice(100.0), 16000)
    with pytest.raises(DataError, match="no file is called after an utterance"):
        write_listening_page(copies / "data", copies / "other", copies / "out")
    assert not (copies / "out").exists()


def test_a_report_links_to_the_page_and_not_to_what_is_in_it(copies: Path) -> None:
    write_listening_page(copies / "data", systems(copies), copies / "exp" / "vocode" / "listening")
    result = {"mean": {}, "files": {}, "failed": {}, "context": {"kind": "synthesis"}}
    (copies / "exp" / "r.json").write_text(json.dumps(result), encoding="utf-8")
    text = write_report(copies / "exp").read_text(encoding="utf-8")
    assert "[index.html](vocode/listening/index.html)" in text
    assert "bö-1" not in text
