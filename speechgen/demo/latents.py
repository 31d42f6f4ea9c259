"""The page on which one walks through the latents of two autoencoders: of digits and of speech."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from speechgen.audio import read_mono
from speechgen.demo.converting import as_int16
from speechgen.demo.models import Models
from speechgen.demo.uploads import Limits, telling
from speechgen.errors import ConfigError
from speechgen.sampling.latent_interpolation import mix_latents

DIGITS, SPEECH = "vae-digits", "vae-speech"
SIDE = 13  # digits along each axis of the map
_EDGE = 2.2  # standard deviations of the prior at its edge
_SCALE = 2  # pixels of the map for one of a digit
_LARGE = 10  # likewise, of the digit that is shown
_MOST_SECONDS = 10.0
_EXAMPLES = (("slt", "Seven."), ("bdl", "Nothing."))


def latents_page(models: Models, limits: Limits) -> None:
    """Components and what they do, within the tab that is open."""
    _digits(models)
    _speech(models, limits)


def _digits(models: Models) -> None:
    import gradio as gr

    def network() -> Any:
        return models.loaded(DIGITS, "generate").model

    def show(across: float, upwards: float) -> Iterator[np.ndarray]:
        yield enlarged(decoded(network(), np.array([[across, upwards]]))[0], _LARGE)

    def chosen(event: Any) -> tuple[float, float]:
        column, row = event.index
        return place_of(column, row, network())

    chosen.__annotations__["event"] = gr.SelectData  # by which it is told where the click was

    gr.Markdown(
        "### Digits\nA VAE with two latents has drawn this map. Click on it, or move the sliders: "
        "between any two digits lie more."
    )
    with gr.Row():
        drawn = gr.Image(
            lambda: digit_map(network()), label="Map of the latents", show_label=False,
            interactive=False, buttons=["fullscreen"], elem_id="map",
        )  # fmt: skip
        with gr.Column():
            digit = gr.Image(
                label="Digit", show_label=False, interactive=False, buttons=[], elem_id="digit"
            )
            across = gr.Slider(-3, 3, 0, step=0.05, label="First latent, to the right")
            upwards = gr.Slider(-3, 3, 0, step=0.05, label="Second latent, upwards")
    for slider in (across, upwards):
        slider.change(
            telling(show), [across, upwards], digit, concurrency_id="models", api_name="digit",
            show_progress="hidden",
        )  # fmt: skip
    drawn.select(chosen, None, [across, upwards], show_progress="hidden", api_visibility="private")


def _speech(models: Models, limits: Limits) -> None:
    import gradio as gr

    def examples() -> Iterator[tuple[tuple[int, np.ndarray], ...]]:
        import speechgen

        yield tuple(
            (models.sample_rate, as_int16(speechgen.say(text, voice=models.speaker(voice))))
            for voice, text in _EXAMPLES
        )

    def walk(first: str | None, second: str | None, share: float) -> Iterator[Any]:
        model: Any = models.loaded(SPEECH, "generate").model
        waves = [
            read_mono(limits.check(path, what), model.sample_rate)
            for path, what in ((first, "a first recording"), (second, "a second recording"))
        ]
        if max(map(len, waves)) > _MOST_SECONDS * model.sample_rate:
            raise ConfigError(f"recordings of at most {_MOST_SECONDS:g} s here; cut a word out")
        with torch.inference_mode():
            start, end = (model.latents(torch.from_numpy(wave)[None, None]) for wave in waves)
            made = model.decode(mix_latents(start, end, share))[0, 0].numpy()
        yield model.sample_rate, as_int16(made)

    gr.Markdown(
        "### Speech\nA VAE of waveforms keeps a few numbers for every 16 ms. Those of two "
        "recordings can be mixed; what lies half way is no mixture of sounds."
    )
    with gr.Row():
        kept: dict[str, Any] = {"type": "filepath", "buttons": ["download"]}
        first = gr.Audio(label="First recording", elem_id="first", **kept)
        second = gr.Audio(label="Second recording", elem_id="second", **kept)
        with gr.Column():
            fill = gr.Button("Two words to begin with", elem_id="fill")
            share = gr.Slider(0, 1, 0.5, step=0.05, label="From the first (0) to the second (1)")
            button = gr.Button("Decode", variant="primary", elem_id="walk")
            between = gr.Audio(
                label="In between", interactive=False, buttons=["download"], elem_id="between"
            )
    fill.click(
        telling(examples), None, [first, second], concurrency_id="models",
        api_visibility="private",
    )  # fmt: skip
    button.click(
        telling(walk), [first, second, share], between, concurrency_id="models", api_name="walk"
    )


@torch.inference_mode()
def decoded(model: Any, latents: np.ndarray) -> np.ndarray:
    """Images (number, height, width) of 8-bit grey at ``latents`` (number, 2), ink dark."""
    images = model.decode(torch.from_numpy(latents).float())[:, 0]
    return (255 * (1 - images.clamp(0, 1))).round().to(torch.uint8).numpy()


def digit_map(model: Any) -> np.ndarray:
    """A picture of the latents' plane, the first to the right, the second upwards."""
    axis = np.linspace(-_EDGE, _EDGE, SIDE)
    places = np.array([[across, upwards] for upwards in axis[::-1] for across in axis])
    tiles = decoded(model, places)
    rows = tiles.reshape(SIDE, SIDE, *tiles.shape[1:]).transpose(0, 2, 1, 3)
    return enlarged(rows.reshape(SIDE * tiles.shape[1], -1), _SCALE)


def place_of(column: int, row: int, model: Any) -> tuple[float, float]:
    """The latents at a pixel of :func:`digit_map`."""
    height, width = decoded(model, np.zeros((1, 2))).shape[1:]
    step = 2 * _EDGE / (SIDE - 1)
    across = -_EDGE - step / 2 + step * column / (_SCALE * width)
    upwards = _EDGE + step / 2 - step * row / (_SCALE * height)
    return round(across, 2), round(upwards, 2)


def enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    """Every pixel ``scale`` times in both directions."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
