"""The engines by name; each is imported when used, so that none is required."""

from __future__ import annotations

import torch

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.protocol import Engine

ENGINES = {
    "reference": "speechgen.sampling.reference:ReferenceSampler",
    "cached": "speechgen.sampling.cached:CachedSampler",
    "numba": "speechgen.sampling.compiled.engine:float32_sampler",
    "numba_bf16": "speechgen.sampling.compiled.engine:bfloat16_sampler",
    "numba_int8": "speechgen.sampling.compiled.engine:int8_sampler",
    "cuda_graph": "speechgen.sampling.cuda.cuda_graph:CudaGraphSampler",
    "triton": "speechgen.sampling.cuda.triton_engine:triton_sampler",
    "triton_fp16": "speechgen.sampling.cuda.triton_engine:triton_fp16_sampler",
}


def engine_named(name: str, model: WaveNet, batch: int) -> Engine:
    """The engine called ``name``; "auto" is the fastest one that gives exact samples there."""
    if name == "auto":
        name = best_engine(next(model.parameters()).device, model, batch)
    if name not in ENGINES:
        raise ConfigError(f"unknown engine {name!r}; known are: auto, {', '.join(ENGINES)}")
    return registry.resolve(ENGINES[name])


def best_engine(device: torch.device, model: WaveNet, batch: int) -> str:
    """What "auto" means on ``device``."""
    if device.type == "cuda":
        from speechgen.sampling.cuda.choice import best_cuda_engine

        return best_cuda_engine(model, batch)
    exact = next(model.parameters()).dtype == torch.float32
    return "numba" if device.type == "cpu" and exact else "cached"
