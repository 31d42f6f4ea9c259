"""``speechgen demo``: pages in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from speechgen.cli.common import Device, print_line

EXAMPLES = [
    "speechgen demo --open",
    "speechgen demo --host 0.0.0.0 --port 8080 --max-minutes 5",
]


def demo(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in.", metavar="H")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.", metavar="N")] = 7860,
    max_minutes: Annotated[
        float, typer.Option(help="Longest recording that is taken.", metavar="M")
    ] = 15.0,
    max_megabytes: Annotated[
        int, typer.Option(help="Largest file that is taken.", metavar="N")
    ] = 200,
    queue: Annotated[
        int, typer.Option(help="How many visitors may wait for their turn.", metavar="N")
    ] = 16,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    device: Device = "auto",
) -> None:
    """Try everything in a browser: enhance, change voices, say a text.

    All models run on this machine, nothing is sent elsewhere, and what visitors upload is removed
    after a quarter of an hour, or when the program ends (Ctrl-C).

    Needs the extra "demo" (gradio): pip install 'speechgen\\[demo]'.
    """
    from speechgen.demo import launch

    launch(
        host=host, port=port, seconds=60 * max_minutes, megabytes=max_megabytes, queue=queue,
        device=device, browser=open_page,
        ready=lambda address: print_line(f"listening on {address}"),
    )  # fmt: skip
