"""Two processes train one model: equal to the last digit, and to one process with both batches.

One pair of processes goes through all objectives, as ``torchrun`` would start it. The mathematics
does not let one process with the global batch do the same where a statistic of the batch enters:

- batch norm takes each process's own, and keeps the first one's running statistics;
- so do the minibatch's deviation in progressive GANs, the mean that inverse graphics clamps latents
  to, losses with a ratio of sums over a batch (feature matching), free bits of a whole batch;
- pools of old fakes are the first process's.

Where batch norm is the only reason, it goes by kept statistics here. The cases ``OF_ITS_OWN_BATCH``
are compared between the processes alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits, save_images
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.objectives import CATALOGUE
from tests.training.equal_runs import run_all
from tests.training.pairs import quiet_pair

SMALL = "{channels: 4, latent_size: 5, smallest: 2}"
PLAIN = "objective.discriminator.arguments={channels: 4, smallest: 2, norm: none}"
#: objectives of images: an experiment, and what makes it small
IMAGES: dict[str, list[str]] = {
    "pixel_likelihood": ["pixelcnn", "model.arguments={blocks: 1, channels: 4, head_channels: 4}"],
    "variational": ["vae", "model.arguments={hidden: [8], latent: 3}"],
    "deep_features": ["dfc_vae", "model.arguments={channels: [4], features: 8, latent: 3}"],
    "inverse_graphics": [
        "inverse_graphics", "model.arguments={channels: [4], features: 8, latent: 6}",
    ],
    "reconstruction": [
        "autoencoder", "model.arguments={hidden: [8], latent: 3}", "objective.layer_steps=1",
    ],
    "compression": ["compressive_autoencoder", "model.arguments={channels: [4], latent: 3}"],
    "classification": ["classifier", "model.arguments={channels: [4], latent: 3}"],
    "contrastive_divergence": ["dbn", "model.arguments.hidden_units=[6, 4]", "objective.chains=5"],
    "rbm": ["rbm", "model.arguments.hidden_units=6", "objective.chains=4"],
    "boltzmann": ["boltzmann", "model.arguments.hidden_units=3", "objective.chains=4"],
    "associative_memory": ["hopfield"],
    "gan": [
        "dcgan_wasserstein", f"model.arguments={SMALL}",
        "objective.discriminator.arguments={channels: 4, smallest: 2, norm: layer}",
        "objective.schedule.discriminator_steps=2",
    ],
    "dcgan": ["dcgan", f"model.arguments={SMALL}", "objective.replay=4"],
    "progressive": [
        "progressive_gan", f"model.arguments={SMALL}",
        "objective.discriminator.arguments={channels: 4, smallest: 2}",
    ],
    "vae_gan": ["vae_gan", f"model.arguments={SMALL}", PLAIN],
    "ali": [
        "ali", f"model.arguments={SMALL}",
        "objective.discriminator.arguments={channels: 4, smallest: 2, hidden: 8, dropout: 0}",
    ],
    "translation": [
        "pix2pix", "model.arguments={channels: 3, dropout: 0}",
        "objective.discriminator.arguments={channels: 3, norm: instance}",
    ],
    "cycle_gan": [
        "cycle_gan", "model.arguments={channels: 3, halvings: 1, blocks: 1}",
        "objective.discriminator.arguments={channels: 3, norm: instance}", "objective.replay=0",
    ],
    "super_resolution": [
        "srgan", "model.arguments={channels: 3, blocks: 1}",
        "objective.discriminator.arguments={channels: [3, 4], hidden: 5}",
    ],
    "inpainting": [
        "inpainting_gan", "model.arguments={channels: 4, halvings: 1, dilations: [2]}",
        "objective.discriminator.arguments={channels: 3, code: 4}",
    ],
}  # fmt: skip
#: compared between the processes alone, for the reasons above
OF_ITS_OWN_BATCH = ["dcgan", "progressive", "inverse_graphics", "text", "speaking"]
SPEECH = (
    *("likelihood", "segan", "metricgan", "vocoder", "conversion", "ctc", "speaker"),
    *("speaking", "text"),
    "latent_audio",
)
CASES = (*SPEECH, "latent_audio_gan", *IMAGES)
#: other utterances of a process's own batch are the babble
UNCHANGED = (
    "{speed: 0, voice_share: 0, echo_share: 0, noise_share: 0, babble_share: 0, "
    "frequency_masks: 0, time_masks: 0}"
)
STEPS = 2
QUICK = [
    f"trainer.max_steps={STEPS}", "trainer.log_every_steps=1", "trainer.validate_every_steps=100",
    "trainer.checkpoint_every_steps=100", "trainer.validation_items=2", "trainer.precision=32",
]  # fmt: skip


@pytest.fixture(scope="module")
def cases(
    tiny: dict[str, list[str]], data: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """Overrides of a small run of each objective, every discriminator taking part at once."""
    images = tmp_path_factory.mktemp("images") / "digits.npz"
    save_images(images, digits().take(slice(20)))
    waves = [
        f"data.train={data / 'speech'}", f"data.valid={data / 'speech'}", "data.crop_seconds=0.1",
        "model.arguments={sample_rate: 8000, strides: [4, 4], channels: [6, 8], latent: 3, "
        "dilations: [1]}", "data.batch_size=2", "objective.windows=[32, 64]",
    ]  # fmt: skip
    critic = "objective.discriminator.arguments={windows: [32], periods: [2], channels: 4}"
    plain = ["objective.weights={feature: 0}", critic]
    speech = {name: tiny[name] for name in SPEECH if name in tiny}
    speech["latent_audio"] = ["experiment=vae1d", *waves]
    speech["latent_audio_gan"] = ["experiment=vae1d_gan", *waves, *plain]
    speech["metricgan"] = [*speech["metricgan"], "objective.scored_examples=16"]
    found = {
        name: [*given, "objective.schedule.warm_up_steps=0"] if "gan" in name else given
        for name, given in speech.items()
    }
    found["speaker"] = [*found["speaker"], "model.arguments.dropout=0"]
    found["ctc"] += ["model.arguments.dropout=0", f"objective.augmentation={UNCHANGED}"]
    for name in ("vocoder", "conversion"):
        found[name] = [*found[name], "objective.schedule.warm_up_steps=0"]
    # other voices, and the size of features, are those of a process's own batch
    found["conversion"].append("objective.weights={converted: 0, feature_matching: 0}")
    for name, (experiment, *rest) in IMAGES.items():
        files = [f"data.train={images}", f"data.valid={images}", "data.batch_size=3"]
        found[name] = [f"experiment={experiment}", *rest, *files]
        if experiment in ("srgan", "inpainting_gan"):
            found[name].append("objective.schedule.warm_up_steps=0")
    return {name: [*given, *QUICK] for name, given in found.items()}


@pytest.fixture(scope="module")
def runs(cases: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all runs: NAME.0.pt and NAME.1.pt of the pair, NAME.None.pt of one alone."""
    folder = tmp_path_factory.mktemp("runs")
    listed = folder / "cases.json"
    given: dict[str, Any] = {"cases": cases, "of_batches": OF_ITS_OWN_BATCH}
    listed.write_text(json.dumps(given), encoding="utf-8")
    together, alone = folder / "pair", folder / "alone"
    together.mkdir()
    alone.mkdir()
    with quiet_pair("tests.training.equal_runs", listed, together, timeout=300):
        run_all(**given, folder=alone, rank=None)
    return folder


def kept(runs: Path, name: str, rank: int | None) -> dict[str, Any]:
    folder = runs / ("alone" if rank is None else "pair")
    found: dict[str, Any] = torch.load(folder / f"{name}.{rank}.pt", weights_only=True)
    return found


def test_every_objective_is_tried() -> None:
    assert set(CATALOGUE) <= set(CASES)


def test_two_processes_are_equal_and_are_one_with_both_batches(runs: Path) -> None:
    """One test, so that one worker makes the runs."""
    wrong = {name: found for name in CASES if (found := unequal(runs, name))}
    unlike = [name for name in CASES if name not in OF_ITS_OWN_BATCH and unlike_one(runs, name)]
    assert not wrong and not unlike


def unequal(runs: Path, name: str) -> list[str]:
    """What differs between the two processes after a run, or from its checkpoint."""
    first, second = (kept(runs, name, rank) for rank in range(2))
    assert first["steps"] == second["steps"] == STEPS
    found = [key for key in ("seconds",) if first[key] != second[key]]
    for part in ("state", "average"):
        assert first[part].keys() == second[part].keys()
        pairs = ((key, value, second[part][key]) for key, value in first[part].items())
        found += [f"{part} {key}" for key, ours, theirs in pairs if not torch.equal(ours, theirs)]
    saved = torch.load(checkpoint_path(runs / "pair" / name), weights_only=True)["state_dict"]
    return found + [k for k, value in first["state"].items() if not torch.equal(saved[k], value)]


def unlike_one(runs: Path, name: str) -> bool:
    """Whether gradients or values of the first step are not those of one process."""
    pair, alone = (kept(runs, name, rank)["gradients"] for rank in (0, None))
    assert len(pair) == len(alone)
    far = [
        (ours - theirs).norm() > 1e-3 * theirs.norm()
        for ours, theirs in zip(pair, alone, strict=True)
    ]
    rows = [
        {
            (row["step"], row["name"]): float(row["value"])
            for row in read_metrics(runs / side / name / "metrics.csv")
            if row["split"] == "train" and row["step"] == 1
        }
        for side in ("pair", "alone")
    ]
    assert rows[0]
    return any(far) or rows[0] != pytest.approx(rows[1], rel=1e-3, abs=1e-5)
