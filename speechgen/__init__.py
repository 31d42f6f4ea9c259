"""speechgen: generate speech and clean it.

Four functions do the main jobs of the command line:

- :func:`speechgen.enhance` cleans noisy speech (a path, an array or a tensor).
- :func:`speechgen.synthesize` makes speech with a WaveNet, in a voice of your choice.
- :func:`speechgen.say` says a text in a voice, :func:`speechgen.say_sentences` as it goes.
- :func:`speechgen.load` gives the network behind either, ready to call.

Importing the package imports nothing heavy; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.2.0"

_LAZY = {
    "enhance": "speechgen.enhancement",
    "synthesize": "speechgen.synthesis",
    "say": "speechgen.synthesis.say",
    "say_sentences": "speechgen.synthesis.say",
    "load": "speechgen.store",
    "SpeechgenError": "speechgen.errors",
}
__all__ = ["SpeechgenError", "__version__", "enhance", "load", "say", "say_sentences", "synthesize"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'speechgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
