"""Any enhancer model over files, folders and arrays of any length, rate and channel count."""

from speechgen.enhancement.api import enhance
from speechgen.enhancement.contract import Enhancer, StreamingEnhancer
from speechgen.enhancement.directory import enhance_data
from speechgen.enhancement.folders import enhance_paths
from speechgen.enhancement.pipe import enhance_pipe
from speechgen.enhancement.running import Report
from speechgen.enhancement.single import enhance_file, enhance_wave
from speechgen.enhancement.stream import StreamEnhancer

__all__ = [
    "Enhancer",
    "Report",
    "StreamEnhancer",
    "StreamingEnhancer",
    "enhance",
    "enhance_data",
    "enhance_file",
    "enhance_paths",
    "enhance_pipe",
    "enhance_wave",
]
