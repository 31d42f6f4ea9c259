"""``speechgen train`` with a fault in one of two processes: how do both end?

Started twice, as ``torchrun`` would. Every case is run in a fork, so that modules are imported
once; NAME.RANK.out, .err and .status are left in the folder.
"""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import hydra  # noqa: F401  (once, before forks would each do it)
import torch
import torch.utils.tensorboard

from speechgen.cli import main
from speechgen.errors import DataError
from speechgen.training import runner
from speechgen.training.loop import checkpoint, fitting
from speechgen.training.objectives.base import Objective

_AT_STEP = 3
_LIMIT_SECONDS = 60


def happen(fault: str, module: Objective) -> None:
    """What one process meets before its step number 3."""
    if fault == "slow":
        time.sleep(0.02)
    if module.steps_done != _AT_STEP:
        return
    if fault.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, fault))
    elif fault == "nan":
        with torch.no_grad():
            next(module.network.parameters()).fill_(math.nan)
    elif fault == "full":
        checkpoint.write_json = no_space
    elif fault == "error":
        raise DataError("b.wav: a file that this process alone has read; mend it")


def no_space(path: Path, content: Any) -> None:
    """What a full disk answers."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def train(fault: str, rank: int, overrides: list[str], kept: Path) -> None:
    """The command, with ``fault`` in process ``rank``; leaves the final state in ``kept``."""
    set_rate = Objective.set_learning_rate

    def with_fault(self: Objective, progress: float) -> float:
        if int(os.environ.get("LOCAL_RANK", "0")) == rank:
            happen(fault, self)
        return set_rate(self, progress)

    def fit(module: Objective, *given: Any, **options: Any) -> str:
        why = fitting.fit(module, *given, **options)
        found = {"state": module.state_dict(), "steps": module.steps_done, "why": why}
        torch.save(found, kept.with_suffix(f".{os.environ.get('LOCAL_RANK', '0')}.pt"))
        return why

    Objective.set_learning_rate = with_fault  # type: ignore[method-assign]
    runner.fit = fit
    main(["train", *overrides])


def in_a_fork(case: dict[str, Any], folder: Path) -> None:
    """Run one case and note how it ended."""
    own = folder / f"{case['name']}.{os.environ['RANK']}"
    child = os.fork()
    if not child:
        signal.alarm(_LIMIT_SECONDS)
        os.environ["MASTER_PORT"] = str(case["port"])
        for number, ending in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{own}.{ending}", os.O_WRONLY | os.O_CREAT), number)
        status: Any = 70
        try:
            train(case["fault"], case["rank"], case["overrides"], folder / case["name"])
        except SystemExit as stop:
            status = stop.code
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    Path(f"{own}.status").write_text(str(os.waitstatus_to_exitcode(status)), encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    if not sys.argv[1].endswith(".json"):  # the command, which starts its own second process
        train(sys.argv[1], 1, sys.argv[3:], Path(sys.argv[2]))
    for listed in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        in_a_fork(listed, Path(sys.argv[2]))
