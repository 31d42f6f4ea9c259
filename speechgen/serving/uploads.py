"""Recordings that were sent: read from a file without a name, whatever the client calls it."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from speechgen.audio import AudioReader
from speechgen.serving.problems import Problem

#: what messages call it. The ending names no program that would be asked about other formats.
NAME = "upload.sound"
_MOST_CHANNELS = 32
_LEAST_RATE = 16000  # Hz: to what models work at, slower sound is brought before any work
_numbers = itertools.count(time.time_ns())


@contextlib.contextmanager
def opened(
    upload: BinaryIO | SpooledTemporaryFile,
    *,
    most_samples: int,
    most_seconds: float = math.inf,
    salvage: bool = False,
) -> Iterator[AudioReader]:
    """Read a recording, the name and type of which count for nothing.

    Parameters
    ----------
    upload
        Open; what is in memory goes to a temporary file that has no name.
    most_samples
        Of all channels, and at 16 kHz where the recording has fewer.
    most_seconds
        Likewise, whatever rate and channels are, for work that holds the whole of it.
    salvage
        Whether what is there of a recording that is cut short will do.

    Raises
    ------
    AudioError
        It is no sound that libsndfile reads, or not all of it is there.
    Problem
        There is too much of it.
    """
    if isinstance(upload, SpooledTemporaryFile):
        upload.rollover()
    handle = upload.fileno()
    # The time tells two uploads apart that have one size and, one after the other, one handle.
    os.utime(handle, ns=(next(_numbers),) * 2)
    with AudioReader(NAME, salvage=salvage, content=Path(f"/proc/self/fd/{handle}")) as reader:
        about = reader.info
        longer = max(1.0, _LEAST_RATE / about.sample_rate)
        samples = about.num_samples * about.channels * longer
        if about.duration_seconds > most_seconds:
            raise Problem(
                413,
                f"the recording has {about.duration_seconds:.0f} s; at most {most_seconds:g} s are "
                "converted at once: send it in parts",
                code="recording_too_long", param="file",
            )  # fmt: skip
        if samples > most_samples or about.channels > _MOST_CHANNELS:
            raise Problem(
                413,
                f"the recording has {about.duration_seconds:.0f} s of {about.channels} channels at "
                f"{about.sample_rate} Hz; at most {most_samples} samples and {_MOST_CHANNELS} "
                "channels are taken: send it in parts",
                code="recording_too_long", param="file",
            )  # fmt: skip
        yield reader
