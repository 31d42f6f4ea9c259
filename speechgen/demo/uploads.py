"""What visitors send: looked at before any work, and errors in their own words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgen.audio import info
from speechgen.errors import AudioError, SpeechgenError

_MOST_A_SECOND = 2 * 48000  # samples of all channels; silence in a FLAC takes hardly a byte


@dataclass(frozen=True)
class Limits:
    """Of one upload: its length, its size on the way, and in memory that of stereo at 48 kHz."""

    seconds: float = 900.0
    megabytes: int = 200

    def check(self, path: str | None, what: str = "a recording") -> str:
        """``path``, if it is sound of at most so many seconds.

        Raises
        ------
        AudioError
            There is nothing, it is no sound, it is too long, or there is too much of it.
        """
        if not path:
            raise AudioError(f"give {what} first: upload one, or record it")
        about = info(path, salvage=True)
        seconds = about.num_samples / about.sample_rate
        if seconds > self.seconds:
            raise AudioError(
                f"{path}: lasts {seconds / 60:.0f} minutes; at most {self.seconds / 60:g} here "
                "(speechgen enhance takes any length)"
            )
        if about.num_samples * about.channels > self.seconds * _MOST_A_SECOND:
            raise AudioError(
                f"{path}: has {about.channels} channels at {about.sample_rate} Hz, too much for "
                f"{seconds:.0f} s; at most {self.seconds / 60:g} minutes of stereo at 48000 Hz here"
            )
        return path


def telling(work: Callable[..., Any]) -> Callable[..., Any]:
    """``work``, whose errors are shown on the page in one line, files by their own names."""
    import gradio

    @functools.wraps(work)
    def told(*values: Any) -> Generator[Any, None, None]:
        try:
            yield from work(*values)
        except SpeechgenError as error:
            line = str(error)
            for value in values:
                if isinstance(value, str) and value and value in line and "/" in value:
                    line = line.replace(value, Path(value).name)
            raise gradio.Error(line, duration=None, print_exception=False) from None

    return told
