"""The pages as one application of Gradio's, and how it is served."""

from __future__ import annotations

from typing import Any

from speechgen.demo.converting import converting_page
from speechgen.demo.enhancing import enhancing_page
from speechgen.demo.latents import latents_page
from speechgen.demo.models import Models
from speechgen.demo.saying import STYLE, saying_page
from speechgen.demo.uploads import Limits

TITLE = "speechgen"
_SWEEP_SECONDS, _KEPT_SECONDS = 60, 900  # how often, and how old, files of visitors are removed


def application(models: Models | None = None, limits: Limits | None = None, queue: int = 16) -> Any:
    """All pages, ready to be launched with :func:`look`.

    Parameters
    ----------
    models
        What runs behind them; loaded when first needed.
    limits
        Of uploads.
    queue
        How many visitors may wait; further ones are told to come back.
    """
    import gradio as gr

    models, limits = models or Models(), limits or Limits()
    pages = {
        "Enhance": enhancing_page,
        "Voices": converting_page,
        "Say": saying_page,
        "Latents": latents_page,
    }
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(_SWEEP_SECONDS, _KEPT_SECONDS)
    ) as blocks:
        gr.Markdown(
            f"# {TITLE}\nSpeech cleaned, converted and generated. All of it runs where this page "
            "comes from; nothing is sent elsewhere, and sounds are removed after a quarter of an "
            "hour."
        )
        with gr.Tabs():
            for title, page in pages.items():
                with gr.Tab(title):
                    page(models, limits)
    return blocks.queue(max_size=queue, default_concurrency_limit=1)


def look() -> dict[str, Any]:
    """Arguments of ``launch`` that make it look as it should, with nothing from other places."""
    import gradio as gr

    theme = gr.themes.Base(
        primary_hue="amber",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return {"theme": theme, "css": STYLE, "footer_links": [], "run_history": False}
