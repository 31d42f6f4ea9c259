"""``speechgen serve``: speech for other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from speechgen.cli.common import Device, print_line

EXAMPLES = [
    "speechgen serve",
    "speechgen serve --preload --port 9000 --model exp/enhancer",
    "speechgen serve --wyoming 10200",
    "SPEECHGEN_TOKEN=$(openssl rand -hex 16) speechgen serve --host 0.0.0.0",
]


def serve(
    host: Annotated[
        str,
        typer.Option(help="Where to listen; 0.0.0.0 lets other machines in.", metavar="HOST"),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for a free one.", metavar="N")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="SPEECHGEN_TOKEN",
            show_envvar=False,
            help="What clients have to send (OpenAI's: api_key). Better in the environment, as "
            "SPEECHGEN_TOKEN: others see the command line.",
            metavar="TOKEN",
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let everybody in who reaches --host.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Serve this model directory or run folder too, by the name of its folder or as "
            "NAME=DIR. May be given more than once.",
            metavar="DIR",
        ),
    ] = None,
    preload: Annotated[
        bool, typer.Option("--preload", help="Load the default models before the first request.")
    ] = False,
    workers: Annotated[
        int, typer.Option(help="Threads that compute; 0 for one a core.", metavar="N")
    ] = 0,
    queue: Annotated[
        int,
        typer.Option(help="Requests at work or waiting; others get 429.", metavar="N"),
    ] = 64,
    streams: Annotated[
        int, typer.Option(help="Live connections at the same time.", metavar="N")
    ] = 8,
    max_bytes: Annotated[
        int, typer.Option(help="Largest upload, in bytes.", metavar="N")
    ] = 50_000_000,
    max_seconds: Annotated[
        float,
        typer.Option(
            help="Longest recording to be converted; to be enhanced, if it is stereo at 48 kHz.",
            metavar="S",
        ),
    ] = 600.0,
    max_text: Annotated[int, typer.Option(help="Longest text, in characters.", metavar="N")] = 4096,
    stop_seconds: Annotated[
        float,
        typer.Option(help="What runs may go on for so long after a request to stop.", metavar="S"),
    ] = 20.0,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A web page that may call, as https://example.org; none otherwise.",
            metavar="URL",
        ),
    ] = None,
    wyoming: Annotated[
        int | None,
        typer.Option(
            help="Say texts for home assistants, too, by the Wyoming protocol, at this port (10200 "
            'is usual). Needs the extra "wyoming"; the protocol has no token.',
            metavar="N",
        ),
    ] = None,
    device: Device = "auto",
) -> None:
    """Serve text to speech, enhancement and voice conversion to other programs, over HTTP.

    POST /v1/audio/speech speaks as OpenAI's does, so that its clients work with
    base_url="http://127.0.0.1:8000/v1": formats mp3, opus, flac, wav and pcm, streamed as they are
    made. POST /v1/audio/enhance and /v1/audio/convert take a sound file and give one; the WebSocket
    /v1/audio/live does the same with raw samples as they come. GET /v1/models, /v1/audio/voices,
    /health, /metrics and /openapi.json tell the rest.

    Ctrl-C or SIGTERM ends it when what runs is done. Each model is in memory once, from its first
    request on. Texts and sounds are neither kept nor logged.

    Needs the extra "serve": pip install 'speechgen\\[serve]'.
    """
    from speechgen.errors import ConfigError

    try:
        import fastapi  # noqa: F401 - to say what is missing, before anything else is read
        import multipart  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"serving needs {error.name}; install it with: pip install 'speechgen[serve]'"
        ) from error
    from speechgen.serving.running import serve as run
    from speechgen.serving.settings import Settings

    settings = Settings(
        host=host, port=port, token=token, no_token=no_token, max_bytes=max_bytes,
        max_seconds=max_seconds, max_text=max_text, queue=queue, streams=streams, workers=workers,
        stop_seconds=stop_seconds, models=tuple(model or ()), preload=preload,
        origins=tuple(origin or ()), device=device, wyoming_port=wyoming,
    )  # fmt: skip
    run(settings, tell=lambda line: print_line(f"speechgen: {line}", error=True))
