"""Which engine "auto" means on an NVIDIA GPU."""

from __future__ import annotations

import torch

from speechgen.models.wavenet import WaveNet
from speechgen.sampling.cuda.triton_engine import why_not

_TRITON_CAPABILITY = (8, 0)  # what Triton's releases of today are made for


def best_cuda_engine(model: WaveNet, batch: int) -> str:
    """The Triton kernel where it runs and every utterance has a multiprocessor, else the graph.

    A graph's samples take about as long as its some hundred kernels in a row, whatever the batch;
    the Triton kernel has no such floor, but an utterance gets one multiprocessor at the most, and
    beyond their number matrix products over the whole batch use the GPU better. The rule comes from
    this arithmetic, not from measurements.
    """
    device = next(model.parameters()).device
    if why_not(model):
        return "cuda_graph"
    properties = torch.cuda.get_device_properties(device)
    able = (properties.major, properties.minor) >= _TRITON_CAPABILITY
    return "triton" if able and batch <= properties.multi_processor_count else "cuda_graph"
