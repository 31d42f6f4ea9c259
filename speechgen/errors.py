"""Errors a user can mend: one line that says what is wrong, where, and what to do about it.

The command line prints the message of a :class:`SpeechgenError` without a traceback and exits
with status 1. Anything else that escapes is a bug of ours and keeps its traceback.
"""

import importlib.util
from collections.abc import Iterable


class SpeechgenError(Exception):
    """Base of all errors that come from what the user gave us, not from our own mistakes."""


class AudioError(SpeechgenError):
    """A sound file or array is missing, empty, truncated, not audio, or holds NaN or infinity."""


class DamagedAudioError(AudioError):
    """A sound file is cut short or has a hole; what there is of it can be used with ``salvage``."""


class NoVoiceError(AudioError):
    """A recording in which no voice can be heard: silence, too little sound, a steady noise."""


class ArrayError(AudioError, ValueError):
    """An array that is to be sound is none, by its shape, its type or its values."""


class DataError(SpeechgenError):
    """A data directory or corpus is not what its format demands."""


class NothingToSayError(DataError):
    """A text without anything that can be said."""


class ModelError(SpeechgenError):
    """A model directory is missing, malformed, hostile, or does not fit its use."""


class ConfigError(SpeechgenError):
    """A configuration value is unknown, of the wrong type or out of range."""


class OutputError(SpeechgenError):
    """An output cannot be written: it exists, collides with an input, or the disk refuses."""


class PeerError(SpeechgenError):
    """Another process of the same run failed and has said why; the command line adds nothing."""


class SpeechgenWarning(UserWarning):
    """What is left undone and why, in one line; the command line prints it on stderr."""


def check_packages(what: str, packages: Iterable[str], extra: str) -> None:
    """Raise :class:`ConfigError` where one of ``packages`` is missing that ``what`` needs.

    ``extra`` is the one of speechgen that installs them.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"{what}: needs the package {package}, which is not installed; install the extra: "
                f"pip install 'speechgen[{extra}]'"
            )
