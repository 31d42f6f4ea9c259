"""Scores of models of images: which nats can be compared, and what a classifier is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.errors import ModelError
from speechgen.images.data.dataset import ImageSet, save_images
from speechgen.images.scoring.classifier import classifier_scores
from speechgen.images.scoring.likelihood import likelihood_estimate, likelihood_scores
from speechgen.images.scoring.scores import score_images
from speechgen.registry import build
from speechgen.store import ModelConfig, save_model

SIZES: dict[str, dict[str, Any]] = {
    "gated_pixelcnn": {"blocks": 2, "channels": 4, "num_classes": 10},
    "vae": {"hidden": [8], "latent": 2},
    "dcgan": {"channels": 4, "latent_size": 6},
    "classifier": {},
}


def network(name: str) -> Any:
    torch.manual_seed(0)
    return build(name, {"image_shape": [1, 8, 8], **SIZES[name]}).eval()


@pytest.fixture
def images() -> ImageSet:
    """Eleven grey pictures, the first label twice."""
    grey = np.random.default_rng(0).integers(0, 256, (11, 1, 8, 8), dtype=np.uint8)
    return ImageSet(grey, np.arange(11) % 10)


def directory(folder: Path, name: str) -> Path:
    arguments = {"image_shape": [1, 8, 8], **SIZES[name]}
    save_model(folder / name, network(name), ModelConfig(name, "generate", arguments))
    return folder / name


def test_nats_of_other_images_than_asked_for_have_a_name_of_their_own(images: ImageSet) -> None:
    options: dict[str, Any] = {"binarise": "static", "importance_samples": 4, "seed": 0}
    model = network("vae")
    mean, intervals, facts = likelihood_scores(model, images, trained_on="dynamic", **options)
    assert set(mean) == {"nll_nats", "negative_elbo_nats", "bits_per_dim"}
    assert mean["bits_per_dim"] == pytest.approx(mean["nll_nats"] / np.log(2) / 64)
    assert intervals["nll_nats"]["utterances"] == facts["images"] == 11
    assert mean["nll_nats"] <= mean["negative_elbo_nats"]
    grey, _, _ = likelihood_scores(model, images, trained_on="none", **options)
    assert set(grey) == {"own_nll_nats", "own_negative_elbo_nats"}
    assert likelihood_scores(network("dcgan"), images, trained_on="none", **options)[0] == {}


def test_an_exact_likelihood_is_the_models_own(images: ImageSet) -> None:
    model = network("gated_pixelcnn")
    batch = {
        "image": (torch.from_numpy(images.images) > 127).float(),
        "label": torch.from_numpy(images.labels),
    }
    seen: list[tuple[int, int]] = []
    found = likelihood_estimate(
        model, batch, importance_samples=1, seed=0, progress=lambda *done: seen.append(done)
    )
    assert found is not None and found[1] == "exact" and seen == [(11, 11)]
    with torch.no_grad():
        expected = -model.log_prob(batch["image"], batch["label"])
    np.testing.assert_allclose(found[0]["nll_nats"], expected.double().numpy())


def test_held_out_images_stand_for_samples_where_no_model_is_given(
    images: ImageSet, tmp_path: Path
) -> None:
    save_images(tmp_path / "test.npz", images)
    classifier = directory(tmp_path, "classifier")
    found = score_images(None, tmp_path / "test.npz", classifier=classifier, num_samples=11)
    assert found["mean"]["frechet_distance"] == pytest.approx(0.0, abs=1e-6)
    assert found["context"]["num_samples"] == 11
    assert found["context"]["classifier"].endswith("classifier")
    assert score_images(None, tmp_path / "test.npz", num_samples=3)["mean"] == {}


def test_samples_are_brought_to_the_classifiers_size(images: ImageSet, tmp_path: Path) -> None:
    classifier = directory(tmp_path, "classifier")
    samples = torch.rand(5, 3, 16, 16)
    found = classifier_scores(classifier, samples, torch.arange(5), images, binarise="threshold")
    assert set(found) == {"classifier_score", "frechet_distance", "label_accuracy"}
    with pytest.raises(ModelError, match="has no features"):
        classifier_scores(directory(tmp_path, "vae"), samples, None, images, binarise="none")
