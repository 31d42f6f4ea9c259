"""Two processes on this machine, as ``torchrun`` would start them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def pair(module: str, *words: Path, **options: Any) -> Iterator[list[subprocess.Popen[str]]]:
    """Both processes of ``python -m module words``, of which none is left after the block.

    ``options`` are those of Popen; ``env`` is added to what ``torchrun`` sets.
    """
    shared = {
        "MASTER_ADDR": "127.0.0.1", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
        "TORCHELASTIC_RUN_ID": "pair", "GROUP_RANK": "0", "OMP_NUM_THREADS": "1",
    } | options.pop("env", {})  # fmt: skip
    both = [
        subprocess.Popen(
            [sys.executable, "-m", module, *map(str, words)], text=True, cwd=REPOSITORY,
            env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}, **options,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        yield both
    finally:
        for one in both:
            one.kill()


@contextlib.contextmanager
def quiet_pair(module: str, *words: Path, timeout: float) -> Iterator[None]:
    """A :func:`pair` that meets at a free port, works during the block and has ended well after it.

    The second process must not say anything.
    """
    port = {"MASTER_PORT": str(free_port())}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with pair(module, *words, env=port, **pipes) as both:
        yield
        said = [one.communicate(timeout=timeout) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert said[1] == ("", ""), "the second process has something to say"
