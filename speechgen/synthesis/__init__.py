"""Synthesis and voice conversion: the words of a recording in any voice."""

from __future__ import annotations

from speechgen.synthesis.api import synthesize
from speechgen.synthesis.batch import Job, synthesize_batch
from speechgen.synthesis.directory import plan_data, synthesize_data
from speechgen.synthesis.embedding import EmbedReport, embed_paths
from speechgen.synthesis.hearing import embed_wave
from speechgen.synthesis.mixtures import mix
from speechgen.synthesis.vector_files import read_vector
from speechgen.synthesis.voices import speaker_vector

__all__ = [
    "EmbedReport",
    "Job",
    "embed_paths",
    "embed_wave",
    "mix",
    "plan_data",
    "read_vector",
    "speaker_vector",
    "synthesize",
    "synthesize_batch",
    "synthesize_data",
]
