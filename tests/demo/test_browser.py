"""Every page by clicks in a browser, at desk and phone width: slow, and needs Chromium.

pip install playwright, and Debian's package chromium (or CHROMIUM=/path/to/chromium).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest

from speechgen.audio import write

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
OPTIONS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking"
MINUTES = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS.split())
        yield opened
        opened.close()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def page(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A visitor, who notices requests to other places, errors of scripts and overflowing pages."""
    width, height = request.param
    opened = browser.new_page(viewport={"width": width, "height": height})
    wrong: list[str] = []
    here = {urlparse(address).hostname, None}
    opened.on("request", lambda r: urlparse(r.url).hostname in here or wrong.append(r.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(address)
    opened.wait_for_selector("#noisy")
    yield opened
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.close()
    assert not wrong


def give(page: Any, place: str, path: Path) -> None:
    page.set_input_files(f"#{place} input[type=file]", path)
    page.wait_for_selector(f"#{place} audio, #{place} #waveform", state="attached")


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def has_sound(page: Any, place: str) -> None:
    page.wait_for_selector(
        f"#{place} audio, #{place} #waveform", state="attached", timeout=3 * MINUTES
    )


def test_main_actions(page: Any, speech: Path) -> None:
    give(page, "noisy", speech)
    page.click("#enhance")
    page.wait_for_selector("#spectrograms img", timeout=MINUTES)
    has_sound(page, "enhanced")
    tab(page, "Voices")
    give(page, "source", speech)
    page.click("#convert")
    has_sound(page, "converted")
    tab(page, "Say")
    page.fill("#text textarea", "One boat, two boats.")
    page.click("#say")
    page.wait_for_selector("#said audio", state="attached", timeout=MINUTES)
    page.evaluate("document.querySelector('#said audio').play()")
    page.wait_for_selector("#said .now", timeout=MINUTES)
    tab(page, "Latents")
    page.click("#map img", position={"x": 20, "y": 20})
    page.wait_for_selector("#digit img", timeout=MINUTES)
    page.click("#fill")
    has_sound(page, "first")
    has_sound(page, "second")
    page.click("#walk")
    has_sound(page, "between")


def test_ten_minutes_and_hostile_uploads(page: Any, speech: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    long = tmp_path / "long.wav"
    write(long, 0.05 * rng.standard_normal((1, 600 * 16000)).astype(np.float32), 16000)
    give(page, "noisy", long)
    page.click("#enhance")
    page.wait_for_selector("#spectrograms img", timeout=5 * MINUTES)
    silence, letter, nothing = (tmp_path / n for n in ("hour.flac", "letter.wav", "empty.wav"))
    write(silence, np.zeros(3600 * 8000, np.float32), 8000)
    letter.write_text("Dear Sir or Madam,\n" * 50, encoding="utf-8")
    nothing.touch()
    for path, line in (
        (silence, "lasts 60 minutes"),
        (letter, "letter.wav"),
        (nothing, "empty"),
    ):
        page.reload()
        page.wait_for_selector("#noisy")
        page.set_input_files("#noisy input[type=file]", path)
        page.wait_for_timeout(2000)
        page.click("#enhance")
        page.get_by_text(line).first.wait_for(timeout=MINUTES)
    page.reload()
    give(page, "noisy", speech)
    page.click("#enhance")
    page.wait_for_selector("#spectrograms img", timeout=MINUTES)


def test_by_keyboard(page: Any) -> None:
    tab(page, "Say")
    page.focus("#text textarea")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "say":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#said audio", state="attached", timeout=MINUTES)
