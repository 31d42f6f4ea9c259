"""Audio files: their properties, reading, resampling, and atomic writing.

Waves read from files are (channel, time) arrays with full scale at 1. Rates are in Hz. Everything
libsndfile reads is read; soxr resamples with zero delay.
"""

from speechgen.audio.arrays import (
    as_floats,
    as_mono,
    as_pair,
    as_waves,
    check_chunk,
    check_rate,
    to_array,
    without_offset,
)
from speechgen.audio.containers import AudioInfo, info
from speechgen.audio.finding import find_audio
from speechgen.audio.mixing import mix_down
from speechgen.audio.reading import AudioReader, read, read_mono
from speechgen.audio.resampling import StreamResampler, resample
from speechgen.audio.writing import AudioWriter, write

__all__ = [
    "AudioInfo",
    "AudioReader",
    "AudioWriter",
    "StreamResampler",
    "as_floats",
    "as_mono",
    "as_pair",
    "as_waves",
    "check_chunk",
    "check_rate",
    "find_audio",
    "info",
    "mix_down",
    "read",
    "read_mono",
    "resample",
    "to_array",
    "without_offset",
    "write",
]
