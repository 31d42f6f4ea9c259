"""Text models: alignments that are learnt from nothing but symbols and sounds."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.data.datasets.spoken_text import SpokenTextDataset
from speechgen.errors import ConfigError
from speechgen.models.text.monotonic import best_path, durations_of
from speechgen.models.text.text_model import TextModel
from speechgen.text import symbol_ids
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.text import TextObjective

SMALL: dict[str, Any] = {
    "local_features": 12, "content_features": 6, "speaker_features": 4, "channels": 24,
    "hidden_channels": 32, "encoder_blocks": 1, "decoder_blocks": 1, "recurrent_channels": 16,
    "aligner_channels": 16,
}  # fmt: skip
SAID = (
    "_bɑ_",
    "_di bu_",
    "_mu,dɑ._",
    "_bi mɑ,du_",
    "_dɑ_",
    "_mi bɑ du_",
    "_bu_",
    "_mɑ di_",
    "_du,bi_",
    "_mu._",
    "_bɑ mi._",
    "_dɑ mu_",
)


def utterance(said: str, seed: int) -> tuple[dict[str, Tensor], Tensor]:
    """Sounds of symbols, each of its own kind, and how many frames each has."""
    symbols = list(said)
    ids = torch.tensor(symbol_ids(symbols))
    generator = torch.Generator().manual_seed(seed)
    durations = torch.randint(3, 9, ids.shape, generator=generator)
    durations[ids == symbol_ids([" "])[0]] = 0  # no pause between words
    kinds = torch.randn(60, 16, generator=torch.Generator().manual_seed(0))
    frames = kinds[ids.repeat_interleave(durations)].T
    frames = frames + 0.1 * torch.randn(frames.shape, generator=generator)
    item = {
        "symbols": ids,
        "stress": torch.zeros_like(ids),
        "content": frames[:6].tanh(),
        "mel": frames[6:],
        "pitch": torch.full((2, frames.shape[1]), 0.5),
        "gain_db": torch.tensor(0.0),
        "height": torch.tensor(0.0),
        "speaker": torch.ones(4),
    }
    return item, durations


@pytest.fixture(scope="module")
def learnt() -> tuple[TextObjective, dict[str, Tensor], list[Tensor], list[float]]:
    torch.manual_seed(0)
    items, durations = zip(*(utterance(said, i) for i, said in enumerate(SAID)), strict=True)
    batch = SpokenTextDataset.collate(list(items))
    module = TextObjective(TextModel(**SMALL), optimizer=OptimizerSettings(), prior_steps=60)
    optimizer = torch.optim.Adam(module.network.parameters(), 4e-3)
    losses = []
    for _ in range(150):
        loss = module.training_step(batch, 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        module.steps_done += 1
        losses.append(float(loss.detach()))
    module.eval()
    return module, batch, list(durations), losses


def test_alignments_are_found_and_skip_what_is_not_said(learnt: Any) -> None:
    module, batch, durations, losses = learnt
    network = module.network
    skippable = network.skippable[batch["symbols"]]
    count, frames = batch["num_symbols"], batch["num_frames"]
    with torch.no_grad():
        embedded = network.encoder.embedded(batch["symbols"], batch["stress"], count)
        scores, _ = network.align(embedded, count, batch["content"], batch["mel"])
        found = durations_of(
            best_path(scores, frames, count, skippable), frames, skippable.shape[1]
        )
        values = module.validation_values(batch)
    for ours, true in zip(found, durations, strict=True):
        assert (ours[: len(true)] - true).abs().max() <= 1
    assert losses[-1] < 0.5 * losses[0]
    assert values["sureness"] > 0.7
    assert 0.8 < values["deviation"] < 1.2


def test_what_is_learnt_is_said(learnt: Any) -> None:
    module, batch, durations, _ = learnt
    frames = torch.full((1, len(durations[0])), -1)
    frames[0] = durations[0]
    track = module.network.generate(
        batch["symbols"][:1, : len(durations[0])], batch["stress"][:1, : len(durations[0])],
        batch["speaker"][:1], frames=frames, temperature=0,
    )  # fmt: skip
    wanted = batch["content"][:1, :, : track.content.shape[2]]
    assert (track.content - wanted).abs().mean() < 0.25
    assert (track.voicing - 0.5).abs().max() < 0.3


def test_pictures_show_the_alignment(learnt: Any) -> None:
    module, batch, _, _ = learnt
    with torch.no_grad():
        panels = dict(module.panels(batch))
    symbols, frames = int(batch["num_symbols"][0]), int(batch["num_frames"][0])
    assert panels["alignment"].shape == (1, 2 * symbols, frames)
    assert panels["content"].shape == (1, 6, frames)


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="unknown loss 'mel'"):
        TextObjective(TextModel(**SMALL), optimizer=OptimizerSettings(), weights={"mel": 1.0})
    with pytest.raises(ConfigError, match="prior_steps"):
        TextObjective(TextModel(**SMALL), optimizer=OptimizerSettings(), prior_steps=-1)
