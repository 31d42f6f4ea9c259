"""Serving the pages: on this machine unless told otherwise, files in a folder that goes with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, check_packages

_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
MEGABYTES = 200  # of an upload, where nothing is said


def check_installed() -> None:
    """Raise :class:`ConfigError` where the extra is missing."""
    check_packages("demo", ["gradio"], "demo")


def closed(megabytes: int = MEGABYTES) -> dict[str, Any]:
    """What Gradio is told wherever the pages run: nothing shared or watched, limits, no files."""
    return {
        "share": False, "max_file_size": f"{megabytes}mb", "enable_monitoring": False,
        "ssr_mode": False, "mcp_server": False, "pwa": False, "show_error": True,
        "blocked_paths": [str(Path.home())],
    }  # fmt: skip


def launch(
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    seconds: float = 900.0,
    megabytes: int = MEGABYTES,
    queue: int = 16,
    device: str = "auto",
    browser: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve the pages until interrupted.

    Parameters
    ----------
    host, port
        Where. 0.0.0.0 is every address of the machine: whoever reaches it can use it.
    seconds, megabytes
        Longest and largest recording that is taken.
    queue
        How many visitors may wait.
    device
        "auto" is a GPU where there is one.
    browser
        Whether to open the page.
    ready
        Told the address when the pages answer.

    Raises
    ------
    ConfigError
        The extra is missing, a limit is none, or the port cannot be had.
    """
    check_installed()
    if min(seconds, megabytes, queue) <= 0 or not 0 < port < 65536:
        raise ConfigError("limits must be above 0, and a port is 1 to 65535")
    os.environ.update(_QUIET)
    with tempfile.TemporaryDirectory(prefix="speechgen-demo-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        from speechgen.demo.app import application, look
        from speechgen.demo.models import Models
        from speechgen.demo.uploads import Limits

        blocks = application(Models(device), Limits(seconds, megabytes), queue)
        try:
            _, address, _ = blocks.launch(
                server_name=host, server_port=port, inbrowser=browser, quiet=True,
                prevent_thread_lock=True, **closed(megabytes), **look(),
            )  # fmt: skip
        except OSError as error:
            raise ConfigError(
                f"--port {port}: cannot be had on {host}; is another demo running? Give another"
            ) from error
        ready(address)
        try:
            blocks.block_thread()
        finally:
            blocks.close(verbose=False)
