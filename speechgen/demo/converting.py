"""The page that says a recording again in another voice, or in a mixture of voices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import speechgen
from speechgen.audio import read_mono
from speechgen.demo.models import Models
from speechgen.demo.uploads import Limits, telling


def converting_page(models: Models, limits: Limits) -> None:
    """Components and what they do, within the tab that is open."""
    import gradio as gr

    def convert(
        path: str | None, own: str | None, first: str, second: str, share: float,
        semitones: float, formants: float,
    ) -> Iterator[tuple[int, np.ndarray]]:  # fmt: skip
        wave = read_mono(limits.check(path), models.sample_rate)
        if own is not None:
            limits.check(own)
        made = speechgen.synthesize(
            wave, speaker=mixture_of(own or first, second, share), model=models.converter,
            encoder=models.encoder, semitones=semitones, formants=formants, device=models.device,
            sample_rate=models.sample_rate,
        )  # fmt: skip
        yield models.sample_rate, as_int16(made)

    names = models.voices
    gr.Markdown("The words and the melody of a recording, in another voice.")
    with gr.Row():
        with gr.Column():
            source = gr.Audio(
                type="filepath", label="Recording", buttons=["download"], elem_id="source"
            )
            with gr.Row():
                first = gr.Dropdown(names, value=names[0], label="Voice", filterable=True)
                second = gr.Dropdown(names, value=names[1], label="mixed with", filterable=True)
            share = gr.Slider(0, 1, 0, step=0.05, label="Share of the second voice")
            own = gr.Audio(
                type="filepath", label="Or the voice of this recording, five seconds or more",
                buttons=["download"], elem_id="target",
            )  # fmt: skip
        with gr.Column():
            semitones = gr.Slider(-12, 12, 0, step=0.5, label="Melody up or down (semitones)")
            formants = gr.Slider(0.7, 1.4, 1, step=0.02, label="Formants (1.1: a smaller head)")
            button = gr.Button("Convert", variant="primary", elem_id="convert")
            result = gr.Audio(
                label="In the other voice", interactive=False, buttons=["download"],
                elem_id="converted",
            )  # fmt: skip
    button.click(
        telling(convert), [source, own, first, second, share, semitones, formants], result,
        concurrency_id="models", api_name="convert",
    )  # fmt: skip


def mixture_of(first: str, second: str, share: float) -> Any:
    """The voice that ``synthesize`` is told: one of the two, or both with their weights."""
    if share <= 0 or first == second:
        return first
    return second if share >= 1 else {first: 1.0 - share, second: share}


def as_int16(wave: np.ndarray) -> np.ndarray:
    """(time,) floats in [-1, 1] as 16-bit samples, which is what the page is sent."""
    return np.round(np.clip(wave, -1.0, 1.0) * 32767).astype(np.int16)
