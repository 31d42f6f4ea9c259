"""A warm speechgen: its imports done once, each command in a fork of its own.

    python tests/torture/warm.py        commands as JSON lines on stdin, answers on stdout

A command is ``{"arguments": [...], "environment": {...}, "folder": ..., "out": ..., "err": ...}``.
It is answered by ``{"number": n, "pid": p}`` and, once it has ended, by ``{"number": n, "status":
s}``, negative for a signal as in :mod:`subprocess`.
Each child leads a process group, so that it can be killed with all its workers.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import signal
import sys
from typing import Any

HEAVY = (
    "hydra torch torchaudio lightning.pytorch librosa matplotlib.image numba pesq pystoi "
    "safetensors.torch scipy.signal soundfile soxr speechgen.enhancement speechgen.evaluation "
    "speechgen.synthesis speechgen.training.runner speechgen.cli"
)


def become(command: dict[str, Any]) -> None:
    """Turn this fork into ``speechgen ARGUMENTS``; never returns."""
    os.setsid()
    os.chdir(command["folder"])
    os.environ.update(command["environment"])
    for number, name in ((0, os.devnull), (1, command["out"]), (2, command["err"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(name, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    status = 70
    try:
        from speechgen.cli import main

        main(command["arguments"])
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def serve() -> None:
    """Until stdin is closed."""
    children: dict[int, int] = {}
    number, rest = 0, b""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def say(**values: int) -> None:
        os.write(1, json.dumps(values).encode() + b"\n")

    while True:
        ready, _, _ = select.select([0], [], [], 0.01 if children else 1.0)
        if ready:
            piece = os.read(0, 1 << 16)
            if not piece:
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    signal.signal(signal.SIGINT, signal.default_int_handler)
                    become(json.loads(line))
                children[pid] = number
                say(number=number, pid=pid)
                number += 1
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            say(number=children.pop(pid), status=os.waitstatus_to_exitcode(status))


def warm_up() -> None:
    """Import what commands need, and build the command line once for all of them."""
    import importlib

    import torch
    import typer

    torch.set_num_threads(1)
    for name in HEAVY.split():
        importlib.import_module(name)
    typer.main.get_command = functools.cache(typer.main.get_command)  # type: ignore[assignment]
    answers, quiet = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    with contextlib.suppress(SystemExit):
        from speechgen.cli import main

        main(["models"])
    os.dup2(answers, 1)


if __name__ == "__main__":
    warm_up()
    serve()
