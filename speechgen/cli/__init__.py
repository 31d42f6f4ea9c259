"""The command line: one thin file a verb, each of which composes, builds and calls.

``speechgen`` and ``python -m speechgen`` both run :func:`main`. No verb imports a room of the
package before it is called, so that help is there at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

__all__ = ["main"]

# Threads of torch that wait for one another sleep after some microseconds, as they do where there
# are more of them than cores; otherwise each burns a millisecond, time and again, while a program
# beside it has the core that the other needs. What the environment says comes first.
_BRIEF_WAITS = ("GOMP_SPINCOUNT", "1000")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status, as :func:`speechgen.cli.entry.main` says."""
    try:
        usual = signal.default_int_handler
        ours = threading.current_thread() is threading.main_thread()
        if quick := ours and signal.getsignal(signal.SIGINT) is usual:
            signal.signal(signal.SIGINT, _leave_at_once)
    except KeyboardInterrupt:  # before the handler was set
        _leave_at_once(signal.SIGINT, None)
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault(*_BRIEF_WAITS)
    try:
        from speechgen.cli import entry
    finally:
        if quick:
            signal.signal(signal.SIGINT, usual)
    entry.main(arguments)


def _leave_at_once(number: int, frame: FrameType | None) -> NoReturn:
    """While the program is read nothing is begun, and an exception would not come through whole."""
    os._exit(128 + number)
