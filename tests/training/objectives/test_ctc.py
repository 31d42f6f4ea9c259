"""CTC: known likelihoods, and a tiny corpus that is learnt by heart."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.data.augment.mel_augment import MelAugmentation
from speechgen.data.datasets.transcribed_speech import TranscribedDataset
from speechgen.models.recogniser.phone_recogniser import PhoneRecogniser
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.ctc import CTCObjective, ctc_loss

COMMON = {"optimizer": OptimizerSettings(), "augmentation": MelAugmentation(speed=0.05)}


def test_the_loss_sums_over_all_paths() -> None:
    """Two frames, one phone of two: three of nine equal paths say it."""
    logits = torch.zeros(1, 3, 2)
    loss = ctc_loss(logits, torch.tensor([2]), torch.tensor([[1]]), torch.tensor([1]))
    assert loss.item() == pytest.approx(-math.log(3 / 9))


def test_what_has_no_path_counts_nothing() -> None:
    logits = torch.zeros(1, 3, 2, requires_grad=True)
    loss = ctc_loss(logits, torch.tensor([2]), torch.tensor([[1, 1]]), torch.tensor([2]))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0


def test_a_tiny_corpus_is_learnt_by_heart() -> None:
    generator = torch.Generator().manual_seed(1)
    spectra = torch.rand(4, 20, generator=generator) - 0.5  # of three phones and silence
    items = []
    for said in ([1, 2, 3], [3, 1], [2, 2, 1], [1, 3, 2]):
        parts = [0, *[sound for phone in said for sound in (phone, 0)]]
        frames = spectra[torch.tensor(parts).repeat_interleave(5)]
        items.append({"local": frames.T, "phones": torch.tensor(said)})
    batch = TranscribedDataset.collate(items)
    network = PhoneRecogniser(
        local_features=20, phones=["a", "b", "c"], channels=32, hidden_channels=32, blocks=1,
        recurrent_channels=32, content_features=16, look_ahead=3, dropout=0.0,
    )  # fmt: skip
    module = CTCObjective(network, **COMMON)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(250):
        optimizer.zero_grad()
        logits, _ = network(batch["local"], batch["num_frames"])
        ctc_loss(logits, batch["num_frames"], batch["phones"], batch["num_phones"]).backward()
        optimizer.step()
    with torch.no_grad():
        assert module.validation_values(batch)["phone_error_rate"] == 0
    assert module.training_step(batch, 0).isfinite()
