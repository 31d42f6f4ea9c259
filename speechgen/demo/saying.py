"""The page that says a text, and shows which word is being said."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Sequence

import numpy as np
import soundfile

import speechgen
from speechgen.demo.models import Models
from speechgen.demo.uploads import Limits, telling
from speechgen.errors import ConfigError
from speechgen.synthesis.say import SILENCE_SECONDS
from speechgen.synthesis.speaking import WordTime
from speechgen.text.unsaid import Unsaid

MOST_CHARACTERS = 1000
EXAMPLE = "The old boat drifted slowly past the green island, and nobody was awake to see it."
# While sound plays, the word that is being said is marked; a click on a word goes there.
_PLAYING = (
    "const a=this,w=a.parentNode.querySelectorAll('[data-start]');(function f(){w.forEach("
    "s=>s.classList.toggle('now',a.currentTime>=s.dataset.start&&a.currentTime<s.dataset.end));"
    "if(!a.paused)requestAnimationFrame(f)})()"
)
_CLICKED = (
    "const s=event.target.closest('[data-start]');"
    "if(s){const a=this.parentNode.querySelector('audio');a.currentTime=s.dataset.start;a.play()}"
)
STYLE = """
.said audio { width: 100%; }
.said p { font-size: 1.25rem; line-height: 1.8; }
.said [data-start] { cursor: pointer; border-radius: .25rem; padding: .1rem; }
.said .now { background: #fc6; color: #000; }
"""


def saying_page(models: Models, limits: Limits) -> None:
    """Components and what they do, within the tab that is open."""
    import gradio as gr

    def say(text: str, voice: str, own: str | None, rate: float, semitones: float) -> Iterator[str]:
        if not text.strip():
            raise ConfigError("type a text first")
        if len(text) > MOST_CHARACTERS:
            raise ConfigError(
                f"at most {MOST_CHARACTERS} characters here; speechgen say has no limit"
            )
        speaker = models.speaker(limits.check(own) if own else voice)
        unsaid: list[Unsaid] = []
        waves: list[np.ndarray] = []
        words: list[WordTime] = []
        before = 0.0
        for utterance in speechgen.say_sentences(
            text, voice=speaker, rate=rate, semitones=semitones, report=unsaid.append
        ):
            words += [WordTime(w.text, before + w.start, before + w.end) for w in utterance.words]
            pause = round(SILENCE_SECONDS * utterance.sample_rate)
            waves += [utterance.wave(), np.zeros(pause, np.float32)]
            before += (utterance.num_samples + pause) / utterance.sample_rate
        for line in dict.fromkeys(unsaid):
            gr.Warning(str(line))
        if not waves:
            raise ConfigError("there is nothing in this text that can be said")
        yield said_html(np.concatenate(waves), speaker.sample_rate, words)

    gr.Markdown("English text in a voice that the converter knows, or in yours.")
    with gr.Row():
        with gr.Column():
            text = gr.Textbox(
                EXAMPLE, label="Text", lines=4, max_length=MOST_CHARACTERS, elem_id="text"
            )
            voice = gr.Dropdown(models.voices, value="slt", label="Voice", filterable=True)
            own = gr.Audio(
                type="filepath", label="Or the voice of this recording", buttons=["download"],
                elem_id="own",
            )  # fmt: skip
        with gr.Column():
            rate = gr.Slider(0.5, 2, 1, step=0.05, label="Speed")
            semitones = gr.Slider(-12, 12, 0, step=0.5, label="Melody up or down (semitones)")
            button = gr.Button("Say it", variant="primary", elem_id="say")
            result = gr.HTML(elem_id="said")
    button.click(
        telling(say), [text, voice, own, rate, semitones], result,
        concurrency_id="models", api_name="say",
    )  # fmt: skip


def said_html(wave: np.ndarray, sample_rate: int, words: Sequence[WordTime]) -> str:
    """A player with the sound in it, and under it the words with their times."""
    sound = io.BytesIO()
    soundfile.write(sound, np.clip(wave, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    spans = " ".join(
        f'<span data-start="{word.start:.3f}" data-end="{word.end:.3f}">'
        f"{html.escape(word.text)}</span>"
        for word in words
    )
    data = base64.b64encode(sound.getvalue()).decode()
    return (
        f'<div class="said"><audio controls onplay="{html.escape(_PLAYING)}" '
        f'src="data:audio/wav;base64,{data}"></audio>'
        f'<p onclick="{html.escape(_CLICKED)}">{spans}</p></div>'
    )
