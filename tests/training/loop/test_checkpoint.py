"""Checkpoints on full disks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.demos.boring_classes import BoringModel

from speechgen.training.loop.checkpoint import _save


def test_a_checkpoint_that_does_not_fit_leaves_the_one_before(
    tmp_path: Path, small_files: None
) -> None:
    trainer = Trainer(max_steps=0, logger=False, enable_checkpointing=False, accelerator="cpu",
                      enable_progress_bar=False, enable_model_summary=False)  # fmt: skip
    trainer.strategy.connect(BoringModel())
    _save(trainer, tmp_path / "last.ckpt")
    before = (tmp_path / "last.ckpt").read_bytes()
    model = BoringModel()
    model.layer = torch.nn.Linear(100, 100)
    trainer.strategy.connect(model)
    with pytest.raises(OSError):
        _save(trainer, tmp_path / "last.ckpt")
    assert os.listdir(tmp_path) == ["last.ckpt"]
    assert (tmp_path / "last.ckpt").read_bytes() == before
