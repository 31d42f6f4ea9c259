"""Which engine "auto" means on an NVIDIA GPU."""

from __future__ import annotations

from speechgen.models.wavenet.wavenet import WaveNet


def best_cuda_engine(model: WaveNet, batch: int) -> str:
    """The captured graph, for every model and batch.

    By arithmetic the Triton kernel is faster while every utterance has a multiprocessor to itself;
    a graph's sample takes as long as its some hundred kernels in a row. But neither has been timed
    on a GPU yet, and a kernel of ours can go wrong in more ways than operations of PyTorch can, so
    ``engine="triton"`` must be chosen explicitly.
    """
    return "cuda_graph"
