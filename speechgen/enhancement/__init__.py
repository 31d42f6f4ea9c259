"""Any enhancer model over files, folders and arrays of any length, rate and channel count."""

from speechgen.enhancement.api import enhance
from speechgen.enhancement.contract import Enhancer
from speechgen.enhancement.directory import enhance_data
from speechgen.enhancement.folders import Report, enhance_paths
from speechgen.enhancement.single import enhance_file, enhance_wave
from speechgen.enhancement.stream import StreamEnhancer

__all__ = [
    "Enhancer",
    "Report",
    "StreamEnhancer",
    "enhance",
    "enhance_data",
    "enhance_file",
    "enhance_paths",
    "enhance_wave",
]
