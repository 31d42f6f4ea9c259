"""Audio files: their properties, reading, resampling, and atomic writing.

Waves read from files are (channel, time) arrays with full scale at 1. Rates are in Hz. Everything
libsndfile reads is read; soxr resamples with zero delay.
"""

from speechgen.audio.containers import AudioInfo, info
from speechgen.audio.finding import find_audio
from speechgen.audio.reading import AudioReader, read, read_mono
from speechgen.audio.resampling import StreamResampler, resample
from speechgen.audio.writing import AudioWriter, write

__all__ = [
    "AudioInfo",
    "AudioReader",
    "AudioWriter",
    "StreamResampler",
    "find_audio",
    "info",
    "read",
    "read_mono",
    "resample",
    "write",
]
