"""The provenance of a number: all that is needed to get it again.

A result is a mapping with the keys a score defines (``mean``, ``files``, ``failed`` and what more
it has) and ``context``: kind, system, estimator, data, split, model, steps, ema, seed, machine,
wall_seconds, commit and command. :mod:`speechgen.reporting` gathers such mappings.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from speechgen.errors import SpeechgenError
from speechgen.files import portable
from speechgen.store import locate, read_config


def make_context(
    kind: str,
    *,
    data: str | Path,
    estimator: str,
    started: float,
    system: str = "",
    model: str | Path | None = None,
    seed: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What a row of RESULTS.md says about a number besides the number.

    Parameters
    ----------
    kind
        ``enhancement``, ``likelihood``, ``synthesis`` or ``speakers``.
    data
        What was scored.
    estimator
        How the number was got, in a few words.
    started
        ``time.monotonic()`` when the work began.
    system
        Name of what was scored, such as ``noisy``; empty where the file's name shall tell.
    model
        Its model directory, which tells step and EMA.
    seed
        Of random choices, where there are any.
    more
        Further entries.
    """
    context = {
        "kind": kind,
        "system": system,
        "estimator": estimator,
        "data": portable(str(data)),
        "split": Path(data).name,
        "seed": seed,
        "machine": machine(),
        "wall_seconds": round(time.monotonic() - started, 1),
        "commit": commit(),
        "command": command_line(),
    }
    return context | _model_facts(model) | more


def command_line() -> str:
    """The command being run, as one would type it."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    return portable(shlex.join([program, *sys.argv[1:]]))


def machine() -> str:
    """Processor, cores and GPU in a few words."""
    import torch

    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    words = f"{name}, {os.cpu_count()} cores"
    return f"{words}, {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else words


def commit() -> str:
    """Short hash of the checkout the package stands in, ``+`` if changed; its version elsewhere."""
    from speechgen import __version__

    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return f"v{__version__}"
    words = ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        run = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return f"v{__version__}"
    return run.stdout.strip()


def _model_facts(model: str | Path | None) -> dict[str, Any]:
    if model is None:
        return {"model": None, "steps": None, "ema": None}
    try:
        training = read_config(locate(model)).training
    except SpeechgenError:
        training = {}
    facts = {"steps": training.get("steps"), "ema": training.get("ema_decay")}
    told = {name: training.get(name) for name in ("seconds", "seed", "data", "command")}
    return {"model": portable(str(model)), **facts, "training": told}
