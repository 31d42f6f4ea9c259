"""Tiny data directories of invented voices, and runs short enough for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen import registry
from speechgen.audio import write
from speechgen.data import SpeakerVectors, save_vectors, write_data_directory
from speechgen.store import ModelConfig, save_model

SAMPLE_RATE = 8000
VOICES = ("ann", "ben", "cid")


def voice(pitch_hz: float, seed: int, num_samples: int = 6000) -> np.ndarray:
    """A buzz with a wandering pitch and a varying loudness."""
    rng = np.random.default_rng(seed)
    time = np.arange(num_samples) / SAMPLE_RATE
    phase = 2 * np.pi * pitch_hz * (time + 0.01 * np.sin(2 * np.pi * 3 * time + rng.uniform(0, 6)))
    wave = sum(np.sin(k * phase) / k for k in range(1, 8)) * (0.6 + 0.4 * np.sin(9 * time))
    return (0.2 * wave + 0.002 * rng.standard_normal(num_samples)).astype(np.float32)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``speech`` (three voices, four utterances each), ``noise``, and vectors.npz."""
    root = tmp_path_factory.mktemp("data")
    speech, noise = [], []
    for index, name in enumerate(VOICES):
        for take in range(4):
            path = root / "wav" / f"{name}-{take}.wav"
            write(path, voice(90 + 60 * index, 10 * index + take)[None], SAMPLE_RATE)
            speech.append((path.stem, name, path))
    rng = np.random.default_rng(0)
    for take in range(2):
        path = root / "wav" / f"hiss-{take}.wav"
        write(path, 0.1 * rng.standard_normal((1, 8000)).astype(np.float32), SAMPLE_RATE)
        noise.append((path.stem, "hiss", path))
    for folder, rows in (("speech", speech), ("noise", noise)):
        write_data_directory(
            root / folder,
            wavs={key: path for key, _, path in rows},
            speakers={key: who for key, who, _ in rows},
            phones={key: "b ɑ d i" for key, _, _ in rows},
        )
        said = "_ b ˈɑ | d i . _"
        lines = [f"{key} {said}\n" for key in sorted(key for key, _, _ in rows)]
        (root / folder / "symbols").write_text("".join(lines), encoding="utf-8")
    table = np.eye(3, dtype=np.float32)
    save_vectors(
        root / "vectors.npz",
        SpeakerVectors(
            tuple(key for key, _, _ in speech),
            tuple(who for _, who, _ in speech),
            np.stack([table[VOICES.index(who)] for _, who, _ in speech]),
        ),
    )
    recogniser = {
        "sample_rate": SAMPLE_RATE, "hop_samples": 80, "local_features": 20, "channels": 8,
        "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8, "content_features": 6,
        "look_ahead": 3,
    }  # fmt: skip
    frames = {"sample_rate": SAMPLE_RATE, "hop_samples": 80, "local_features": 22,
              "speaker_features": 3, "channels": 8, "hidden_channels": 8}  # fmt: skip
    _save(root / "recogniser", "phone_recogniser", "recognise", recogniser)
    voices = {"speakers": list(VOICES), "speaker_f0_hz": [90.0, 150.0, 210.0], "blocks": 2}
    _save(
        root / "converter", "voice_converter", "synthesize",
        {"recogniser": recogniser, **frames, **voices},
    )  # fmt: skip
    small = {"encoder_blocks": 1, "decoder_blocks": 1, "recurrent_channels": 8}
    _save(
        root / "text", "text_model", "say",
        {**frames, **small, "content_features": 6, "aligner_channels": 8},
    )  # fmt: skip
    return root


def _save(folder: Path, name: str, task: str, arguments: dict) -> None:
    torch.manual_seed(0)
    model = registry.build(name, arguments)
    if hasattr(model, "speaker_table"):
        model.speaker_table.copy_(torch.eye(3))
    save_model(folder, model, ModelConfig(name, task, arguments))


@pytest.fixture(scope="session")
def tiny(data: Path) -> dict[str, list[str]]:
    """Overrides that make each objective's experiment small and fast; without ``output``."""
    common = [
        f"data.train={data / 'speech'}",
        f"data.valid={data / 'speech'}",
        "model.arguments.sample_rate=8000",
        "trainer.max_steps=12",
        "trainer.log_every_steps=1",
        "trainer.checkpoint_every_steps=6",
        "trainer.validate_every_steps=6",
        "trainer.validation_items=4",
        "trainer.precision=32",
    ]
    return {
        "likelihood": [
            "experiment=wavenet_content",
            f"data.speaker_vectors={data / 'vectors.npz'}",
            "data.features={kind: content, hop_samples: 80, window_samples: 200, "
            "fft_samples: 256, num_mels: 20, num_cepstra: 6, f0_min_hz: 70}",
            "data.crop_seconds=0.1",
            "data.batch_size=2",
            "model.arguments.stacks=1",
            "model.arguments.layers_per_stack=4",
            "model.arguments.residual_channels=8",
            "model.arguments.gate_channels=16",
            "model.arguments.skip_channels=8",
            "model.arguments.upsampler_channels=8",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "segan": [
            "experiment=segan",
            f"data.noise={data / 'noise'}",
            "data.batch_size=2",
            "model.arguments.channels=[4, 8]",
            "model.arguments.window_samples=1024",
            "objective.discriminator.arguments={channels: [4, 8], stride: 4, "
            "reference_examples: 2}",
            "objective.schedule.warm_up_steps=2",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "metricgan": [
            "experiment=spectral_enhancer",
            f"data.noise={data / 'noise'}",
            "data.batch_size=2",
            *common,
            "model.arguments={sample_rate: 16000, fft_samples: 256, channels: 8, blocks: 1, "
            "groups: 4, frame_memory: 8, hidden: 8, taps: 2, window_samples: 12000}",
            "objective.discriminator.arguments={channels: [4, 8], bands: 20}",
            "objective.scored_examples=2",
            "objective.schedule.warm_up_steps=2",
            "objective.optimizer.warmup_steps=2",
        ],
        "vocoder": [
            "experiment=parallel_wavegan",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20}",
            "data.crop_seconds=0.3",
            "data.batch_size=2",
            "model.arguments.stacks=1",
            "model.arguments.layers_per_stack=4",
            "model.arguments.residual_channels=8",
            "model.arguments.gate_channels=16",
            "model.arguments.skip_channels=8",
            "model.arguments.upsampler_channels=8",
            "objective.discriminator.arguments={layers: 4, channels: 6}",
            "objective.schedule.warm_up_steps=2",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "harmonic_vocoder": [
            "experiment=harmonic_vocoder",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20, absolute_pitch: true}",
            "data.crop_seconds=0.3",
            "data.batch_size=2",
            "model.arguments.channels=8",
            "model.arguments.hidden_channels=8",
            "model.arguments.blocks=1",
            "objective.discriminator.arguments={periods: [2, 3], period_channels: [4], "
            "resolutions: [128], resolution_channels: 4}",
            "objective.schedule.warm_up_steps=2",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "conversion": [
            "experiment=voice_converter",
            f"objective.recogniser={data / 'recogniser'}",
            f"data.speaker_vectors={data / 'vectors.npz'}",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20, absolute_pitch: true, f0_min_hz: 70}",
            "data.crop_seconds=0.4",
            "data.batch_size=2",
            "model.arguments.channels=8",
            "model.arguments.hidden_channels=8",
            "model.arguments.blocks=2",
            "objective.discriminator.arguments={channels: 4, scales: [1, 2], voiced_scales: [2]}",
            "objective.schedule.warm_up_steps=2",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "speaking": [
            "experiment=speaking_converter",
            f"init_from={data / 'converter'}",
            f"objective.recogniser={data / 'converter'}",
            f"objective.text_model={data / 'text'}",
            f"data.converter={data / 'converter'}",
            f"data.speaker_vectors={data / 'vectors.npz'}",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20, absolute_pitch: true}",
            "data.batch_size=3",
            "objective.crop_frames=40",
            "objective.lead_frames=8",
            "objective.discriminator.arguments={channels: 4, scales: [1, 2], voiced_scales: [2]}",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "speaker": [
            "experiment=speaker_encoder",
            "data.crop_seconds=0.3",
            "data.speakers_per_batch=3",
            "data.crops_per_speaker=2",
            "model.arguments.channels=8",
            "model.arguments.num_blocks=1",
            "model.arguments.pooled_channels=8",
            "model.arguments.embedding_features=4",
            *common,
        ],
        "text": [
            "experiment=text_model",
            f"data.converter={data / 'recogniser'}",
            f"data.speaker_vectors={data / 'vectors.npz'}",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20, absolute_pitch: true}",
            "data.batch_size=3",
            "model.arguments.channels=16",
            "model.arguments.hidden_channels=16",
            "model.arguments.encoder_blocks=1",
            "model.arguments.decoder_blocks=1",
            "model.arguments.recurrent_channels=8",
            "model.arguments.aligner_channels=8",
            "objective.prior_steps=8",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
        "ctc": [
            "experiment=phone_recogniser",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20}",
            "data.batch_size=3",
            "model.arguments.channels=16",
            "model.arguments.hidden_channels=16",
            "model.arguments.blocks=1",
            "model.arguments.recurrent_channels=16",
            "model.arguments.content_features=8",
            "model.arguments.look_ahead=2",
            "objective.optimizer.warmup_steps=2",
            *common,
        ],
    }
