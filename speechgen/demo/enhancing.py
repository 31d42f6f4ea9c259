"""The page that enhances a recording."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import speechgen
from speechgen.audio import read, write
from speechgen.demo.models import Models, names_of
from speechgen.demo.uploads import Limits, telling
from speechgen.errors import AudioError


def enhancing_page(models: Models, limits: Limits) -> None:
    """Components and what they do, within the tab that is open."""
    import gradio as gr

    def enhance(path: str | None, name: str) -> Iterator[tuple[str, str, str, float]]:
        source = Path(limits.check(path))
        with tempfile.TemporaryDirectory() as folder:
            clean = Path(folder) / f"{source.stem}_enhanced.wav"
            network = models.loaded(name, "enhance")
            speechgen.enhance(
                source, output=clean, model=network, device=models.device, salvage=True,
                chart=folder,
            )  # fmt: skip
            yield str(clean), str(clean), f"{clean}.png", 1.0

    def blend(path: str | None, enhanced: str | None, wet: float) -> Iterator[str]:
        if not path or not enhanced:
            raise AudioError("enhance a recording first, then mix it with what it was")
        with tempfile.TemporaryDirectory() as folder:
            mixed = Path(folder) / f"{Path(path).stem}_{100 * wet:.0f}_percent.wav"
            write_blend(path, enhanced, wet, mixed)
            yield str(mixed)

    gr.Markdown("Upload or record noisy speech, and hear it without the noise.")
    with gr.Row():
        with gr.Column():
            source = gr.Audio(
                type="filepath", label="Noisy recording", buttons=["download"], elem_id="noisy"
            )
            model = gr.Radio(
                names_of("enhance"), value="spectral-small", label="Model",
                info="spectral-tiny is for live use; classical has no weights",
            )  # fmt: skip
            button = gr.Button("Enhance", variant="primary", elem_id="enhance")
        with gr.Column():
            result = gr.Audio(
                label="Enhanced", interactive=False, buttons=["download"], elem_id="enhanced"
            )
            wet = gr.Slider(0, 1, 1, step=0.05, label="From the recording (0) to the enhanced (1)")
    picture = gr.Image(
        show_label=False, label="Spectrograms: noisy, enhanced", interactive=False,
        buttons=["download", "fullscreen"], elem_id="spectrograms",
    )  # fmt: skip
    whole = gr.File(visible=False)
    button.click(
        telling(enhance), [source, model], [result, whole, picture, wet],
        concurrency_id="models", api_name="enhance",
    )  # fmt: skip
    wet.release(
        telling(blend), [source, whole, wet], result, concurrency_id="models", api_name="blend"
    )


def write_blend(noisy: str | Path, enhanced: str | Path, wet: float, target: Path) -> None:
    """``wet`` parts of the enhanced sound and 1 - ``wet`` of the recording, as a WAV file.

    Raises
    ------
    AudioError
        The two are not of one shape.
    """
    before, rate = read(noisy, salvage=True)
    after, _ = read(enhanced)
    if before.shape != after.shape:
        raise AudioError("the recording has changed since; enhance it again")
    write(target, np.float32(wet) * after + np.float32(1 - wet) * before, rate)
