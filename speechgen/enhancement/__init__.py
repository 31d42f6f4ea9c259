"""Any enhancer model over files, folders and arrays of any length, rate and channel count."""

from speechgen.enhancement.api import enhance
from speechgen.enhancement.batch.folders import enhance_data, enhance_paths
from speechgen.enhancement.batch.report import Report
from speechgen.enhancement.core.protocols import Enhancer, StreamingEnhancer
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.live.pipe import enhance_pipe
from speechgen.enhancement.options import EnhanceOptions
from speechgen.enhancement.single import enhance_file, enhance_wave

__all__ = [
    "EnhanceOptions",
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
