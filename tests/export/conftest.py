"""Small models exported once; tests are skipped where the extra is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

MISSING = [
    name for name in ("onnx", "onnxscript", "onnxruntime") if not importlib.util.find_spec(name)
]

_HEARING = {
    "local_features": 8, "hop_samples": 64, "phones": ["a", "b"], "channels": 16,
    "hidden_channels": 64, "blocks": 1, "kernel_size": 3, "recurrent_channels": 8,
    "content_features": 4, "look_ahead": 2,
}  # fmt: skip

SMALL: dict[str, tuple[str, str, dict[str, Any]]] = {
    "spectral": (
        "spectral_enhancer", "enhance",
        {"fft_samples": 192, "hop_samples": 96, "channels": 16, "blocks": 2, "groups": 4,
         "frame_memory": 8, "hidden": 8, "taps": 3, "window_samples": 1920},
    ),
    "low_delay": (
        "spectral_enhancer", "enhance",
        {"fft_samples": 192, "hop_samples": 32, "channels": 16, "blocks": 1, "groups": 4,
         "shared_bands": True, "frame_memory": 0, "hidden": 8, "taps": 2, "lookahead_frames": 0,
         "window_samples": 1920},
    ),
    "segan": (
        "segan", "enhance",
        {"channels": [4, 24, 32], "stride": 4, "window_samples": 2048, "skips": "scaled"},
    ),
    "chain": (
        "segan_chain", "enhance",
        {"channels": [4, 8], "stride": 4, "window_samples": 1024, "preemphasis": 0.0},
    ),
    "voices": (
        "speaker_encoder", "embed",
        {"num_mels": 20, "channels": 16, "num_blocks": 2, "embedding_features": 8},
    ),
    "ecapa": (
        "ecapa", "embed",
        {"num_mels": 20, "channels": 16, "groups": 4, "dilations": [2], "pooled_channels": 16,
         "attention_channels": 8, "embedding_features": 8, "spectrum_weight": 0.2},
    ),
    "recogniser": ("phone_recogniser", "recognise", _HEARING),
    "converter": (
        "voice_converter", "synthesize",
        {"recogniser": _HEARING, "local_features": 10, "hop_samples": 64, "speaker_features": 6,
         "told_features": 4, "speakers": ["ann", "bob"], "channels": 16, "hidden_channels": 24,
         "blocks": 2, "kernel_size": 3, "look_ahead": 3},
    ),
    "vocoder": (
        "harmonic_vocoder", "synthesize",
        {"local_features": 10, "hop_samples": 64, "channels": 16, "hidden_channels": 24,
         "blocks": 2, "kernel_size": 3},
    ),
    "text": (
        "text_model", "say",
        {"channels": 16, "hidden_channels": 24, "encoder_blocks": 1, "decoder_blocks": 1,
         "recurrent_channels": 8, "aligner_channels": 8, "content_features": 4,
         "speaker_features": 6},
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A small untrained model's directory, by its name in ``SMALL``."""
    from speechgen.registry import build
    from speechgen.store import ModelConfig, save_model

    root = tmp_path_factory.mktemp("small")

    def made(name: str) -> Path:
        if not (root / name).exists():
            torch.manual_seed(0)
            kind, task, arguments = SMALL[name]
            config = ModelConfig(kind, task, arguments, {}, {})
            save_model(root / name, build(kind, arguments).eval(), config, f"# {name}\n")
        return root / name

    return made


@pytest.fixture(scope="session")
def exported(
    small: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Any]:
    """What :func:`speechgen.export.export_model` says of a small model, once, int8 too."""
    if MISSING:
        pytest.skip(f"the extra 'export' is not installed: {', '.join(MISSING)} missing")
    from speechgen.export import export_model

    root, done = tmp_path_factory.mktemp("exported"), {}

    def made(name: str) -> Any:
        if name not in done:
            done[name] = export_model(small(name), root / name, precision="int8")
        return done[name]

    return made
