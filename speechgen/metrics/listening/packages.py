"""Which measure needs which package of the extra ``eval``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib import metadata
from types import ModuleType

from speechgen.errors import ConfigError, check_packages

MEASURES: dict[str, tuple[str, ...]] = {
    "dnsmos": ("speechmos", "onnxruntime"),
    "wer": ("pocketsphinx",),
    "similarity": ("resemblyzer", "webrtcvad"),
}
"""Name of a measure -> the modules that it needs."""


def choose_measures(
    asked: Sequence[str], *, among: Sequence[str] = tuple(MEASURES), texts: bool
) -> list[str]:
    """The measures that the words of an option ``--measure`` name.

    Parameters
    ----------
    asked
        Names; or "all" alone; or "installed" alone, which leaves out what cannot be measured.
    among
        The measures that there are for what is scored.
    texts
        Whether there are texts, which "wer" compares with.

    Raises
    ------
    ConfigError
        As :func:`check_installed`.
    """
    measures = list(among) if list(asked) == ["all"] else list(asked)
    if measures == ["installed"]:
        there = installed_measures()
        measures = [name for name in among if name in there and (texts or name != "wer")]
    check_installed(measures, among)
    return measures


def check_installed(measures: Sequence[str], among: Sequence[str] = tuple(MEASURES)) -> None:
    """Refuse names that are not ``among`` the measures, and measures whose package is missing.

    Raises
    ------
    ConfigError
        One line that says how to install what is missing.
    """
    for measure in measures:
        if measure not in among:
            raise ConfigError(f"measure {measure!r}: needs one of {', '.join(among)}")
        check_packages(f"measure {measure}", MEASURES[measure], "eval")


def installed_measures() -> list[str]:
    """The names of the measures whose packages are all there."""
    return [
        measure
        for measure, packages in MEASURES.items()
        if all(importlib.util.find_spec(package) is not None for package in packages)
    ]


def load_package(name: str) -> ModuleType:
    """Import a package of a measure; webrtcvad asks pkg_resources for its version and no more."""
    if name == "resemblyzer" and importlib.util.find_spec("pkg_resources") is None:
        stand_in = ModuleType("pkg_resources")
        vars(stand_in)["get_distribution"] = metadata.distribution
        sys.modules["pkg_resources"] = stand_in
        try:
            return importlib.import_module(name)
        finally:
            del sys.modules["pkg_resources"]
    return importlib.import_module(name)
