"""What is shown of results: pages, tables, pictures and contact sheets."""

from __future__ import annotations

from speechgen.reporting.ablation import write_ablation
from speechgen.reporting.listening_page import write_listening_page
from speechgen.reporting.pictures import draw_pictures
from speechgen.reporting.plots import spectrogram_figure
from speechgen.reporting.report import report, write_report
from speechgen.reporting.results import find_results, write_result
from speechgen.reporting.table import Table
from speechgen.reporting.voice_map import draw_voice_map, plane

__all__ = [
    "Table",
    "draw_pictures",
    "draw_voice_map",
    "find_results",
    "plane",
    "report",
    "spectrogram_figure",
    "write_ablation",
    "write_listening_page",
    "write_report",
    "write_result",
]
