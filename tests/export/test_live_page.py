"""The live page in a browser, with a file in the place of a microphone: slow, and needs Chromium.

pip install playwright, Debian's package chromium (or CHROMIUM=/path/to/chromium), and in
ONNXRUNTIME_WEB the folder dist of onnxruntime-web, as npm pack fetches it.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from speechgen import enhance
from speechgen.export import export_model

from .conftest import MISSING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason="the extra 'export' is not installed"),
]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
RUNTIME = os.environ.get("ONNXRUNTIME_WEB")
MODEL, DELAY, SECONDS = "spectral-tiny", 128, 6
OPTIONS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking"
MICROPHONE = (
    "--use-fake-ui-for-media-stream --use-fake-device-for-media-stream "
    "--use-file-for-fake-audio-capture={}%noloop"
)


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[str]:
    """The address of the page, its model and its runtime, as its head says to put them."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    if RUNTIME is None:
        pytest.skip("onnxruntime-web: ONNXRUNTIME_WEB is not set")
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(repository / "tools" / "examples" / "live_enhance.html", folder)
    export_model(MODEL, folder / "enhancer")
    (folder / "ort").mkdir()
    for name in ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"):
        shutil.copy(Path(RUNTIME) / name, folder / "ort")
    handler = functools.partial(_Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/live_enhance.html"
        server.shutdown()


@pytest.fixture
def visit(site: str) -> Iterator[Callable[..., Any]]:
    """Open the page in a Chromium of its own with more options; errors of scripts fail the test."""
    wrong: list[str] = []
    with playwright.sync_playwright() as driver:

        def opened(options: str = "", query: str = "") -> Any:
            words = f"{OPTIONS} {options}".split()
            page = driver.chromium.launch(executable_path=CHROMIUM, args=words).new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.goto(site + query)
            page.wait_for_function("!at('says').textContent.startsWith('Loading')")
            return page

        yield opened
    assert not wrong


def test_what_is_heard_live_is_what_the_offline_enhancer_gives(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    rng, time = np.random.default_rng(0), np.arange(16000 * (SECONDS + 4)) / 16000
    speech = np.sin(2 * np.pi * (150 * time + np.sin(2 * np.pi * time)))
    noisy = 0.2 * speech * (np.sin(2 * np.pi * 3 * time) > 0) + 0.03 * rng.standard_normal(
        len(time)
    )
    soundfile.write(tmp_path / "noisy.wav", noisy, 16000)
    page = visit(MICROPHONE.format(tmp_path / "noisy.wav"))
    assert MODEL in page.inner_text("#says")
    page.focus("#run")
    page.keyboard.press("Enter")
    page.wait_for_function("at('says').textContent.includes('16 ms late')")
    page.wait_for_timeout(1000 * SECONDS)
    with page.expect_download() as saved:
        page.click("#save")
    saved.value.save_as(tmp_path / "before_and_after.wav")
    page.focus("#run")
    page.keyboard.press("Space")
    assert page.inner_text("#says") == "Stopped." and page.inner_text("#run") == "Start"

    both, rate = soundfile.read(tmp_path / "before_and_after.wav", dtype="float32")
    before, after = both.T
    assert rate == 16000 and len(before) > (SECONDS - 2) * rate
    assert np.std(before) > 0.03  # the file was heard
    offline = enhance(before, sample_rate=rate, model=MODEL)
    assert np.abs(offline[:-DELAY] - after[DELAY:]).max() < 1e-4


@pytest.mark.parametrize(
    ("options", "query", "says"),
    [
        ("", "", "There is no microphone"),
        ("--use-fake-device-for-media-stream", "", "was refused"),
        ("", "?model=nowhere", "nowhere/settings.json is missing"),
    ],
)
def test_what_is_missing_is_said(
    visit: Callable[..., Any], options: str, query: str, says: str
) -> None:
    page = visit(options, query)
    if not query:
        page.click("#run")
    page.wait_for_function(f"at('says').textContent.includes({says!r})")
    assert page.inner_text("#run") == "Start"
