"""Small networks of every kind, and a model directory to do harm to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from speechgen import registry
from speechgen.store import ModelConfig, save_model

CONTENT = {"kind": "content", "sample_rate": 16000, "hop_samples": 160}
SMALL: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "segan": (
        "enhance",
        {"channels": [4, 8, 8], "kernel_size": 15, "window_samples": 256, "latent": False},
        {},
    ),
    "wavenet": (
        "synthesize",
        {
            "stacks": 1, "layers_per_stack": 3, "residual_channels": 8, "gate_channels": 8,
            "skip_channels": 8, "classes": 16, "local_features": 18, "hop_samples": 160,
            "speaker_features": 4, "speakers": ["anna", "bert"], "preemphasis": 0.9,
            "upsampler_channels": 8, "upsampler_depth": 1,
        },
        CONTENT,
    ),
    "parallel_wavegan": (
        "synthesize",
        {
            "stacks": 1, "layers_per_stack": 3, "residual_channels": 8, "gate_channels": 8,
            "skip_channels": 8, "local_features": 80, "hop_samples": 256, "fold": 4,
            "preemphasis": 0.9, "upsampler_channels": 8, "upsampler_depth": 1,
        },
        {"kind": "mel", "sample_rate": 16000, "hop_samples": 256},
    ),
    "harmonic_vocoder": (
        "synthesize",
        {
            "local_features": 82, "hop_samples": 256, "channels": 8, "hidden_channels": 8,
            "blocks": 1,
        },
        {"kind": "mel", "sample_rate": 16000, "hop_samples": 256, "absolute_pitch": True},
    ),
    "voice_converter": (
        "synthesize",
        {
            "recogniser": {"channels": 8, "hidden_channels": 8, "blocks": 1, "phones": ["a", "t"],
                           "recurrent_channels": 8},
            "speaker_features": 4, "speakers": ["anna", "bert"], "channels": 8,
            "hidden_channels": 8, "blocks": 1,
        },
        {"kind": "mel", "sample_rate": 16000, "hop_samples": 256, "absolute_pitch": True},
    ),
    "speaker_encoder": (
        "embed",
        {"num_mels": 20, "channels": 8, "num_blocks": 1, "pooled_channels": 8,
         "embedding_features": 4},
        {},
    ),
    "ecapa": (
        "embed",
        {"num_mels": 20, "channels": 16, "pooled_channels": 8, "attention_channels": 4,
         "dilations": [2, 3], "embedding_features": 4},
        {},
    ),
    "identity": ("enhance", {}, {}),
}  # fmt: skip


def small(name: str) -> tuple[Any, ModelConfig]:
    """A small network and its configuration."""
    task, arguments, features = SMALL[name]
    config = ModelConfig(name, task, arguments, features, {"steps": 3, "data": "mini"})
    return registry.build(name, config.arguments), config


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A healthy model directory, a small SEGAN's."""
    model, config = small("segan")
    save_model(tmp_path / "model", model, config, "# A card\n")
    return tmp_path / "model"
