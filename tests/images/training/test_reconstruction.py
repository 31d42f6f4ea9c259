"""Corruption, layers one after the other, frozen encoders: what the objectives do with a batch."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, DataError
from speechgen.images.models.autoencoder.autoencoder import Autoencoder, ConvAutoencoder
from speechgen.images.models.autoencoder.classifier import ConvClassifier, load_encoder
from speechgen.images.training.classification import ClassificationObjective
from speechgen.images.training.corruption import corrupt
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training.loop.optimisation import OptimizerSettings

SHAPE = (1, 5, 4)
ADAM = OptimizerSettings(learning_rate=1e-2)


def images(count: int = 6) -> torch.Tensor:
    return torch.rand(count, *SHAPE) * 0.8 + 0.1


@pytest.mark.parametrize("kind", ["masking", "salt_and_pepper", "gaussian"])
def test_corruption_affects_the_given_share(kind: str) -> None:
    clean = images(2000)
    generator = torch.Generator().manual_seed(3)
    worse = corrupt(clean, kind, 0.3, generator)
    assert worse.shape == clean.shape
    hit = (worse != clean).float().mean().item()
    if kind == "gaussian":
        assert (worse - clean).std().item() == pytest.approx(0.3, rel=0.02)
    else:
        assert hit == pytest.approx(0.3, abs=0.01)
        values = worse[worse != clean].unique().tolist()
        assert values == ([0.0] if kind == "masking" else [0.0, 1.0])
    again = corrupt(clean, kind, 0.3, torch.Generator().manual_seed(3))
    assert torch.equal(worse, again)


def test_no_corruption_changes_nothing_and_nonsense_is_refused() -> None:
    clean = images()
    assert corrupt(clean, "none", 0.0) is clean
    with pytest.raises(ConfigError, match="corruption"):
        corrupt(clean, "blur", 0.1)
    with pytest.raises(ConfigError, match="corruption_level"):
        corrupt(clean, "masking", 1.5)


def stack(**options: object) -> ReconstructionObjective:
    network = Autoencoder(image_shape=SHAPE, hidden=(7, 6), latent=5, activation="sigmoid")
    return ReconstructionObjective(network, optimizer=ADAM, **options)  # type: ignore[arg-type]


def test_each_stage_trains_one_layer_and_its_mirror_image() -> None:
    objective = stack(layer_steps=2)
    names = set(dict(objective.network.named_parameters()))
    for step in range(8):
        objective.zero_grad(set_to_none=True)
        objective.steps_done = step
        objective.training_step({"image": images()}, 0).backward()
        learnt = {n for n, p in objective.network.named_parameters() if p.grad is not None}
        layer = step // 2
        if layer < 3:
            assert objective.layer_in_training == layer
            roots = (f"encoder.layers.{layer}.", f"decoder.layers.{2 - layer}.")
            assert learnt == {name for name in names if name.startswith(roots)}
        else:
            assert objective.layer_in_training is None
            assert learnt == names


def test_a_layer_learns_to_restore_the_clean_outputs_of_those_below() -> None:
    objective = stack(layer_steps=1, corruption="masking", corruption_level=1.0)
    x = images()
    hidden = objective.network.hidden(x, 1)
    # everything the layer sees is zero, what it is compared with is not
    back = objective.network.autoencode_layer(1, torch.zeros_like(hidden))
    expected = (back - hidden).square().sum(1).mean()
    torch.testing.assert_close(objective.layer_loss(x, 1), expected)


def test_whole_depth_is_the_encoder_itself() -> None:
    network = stack().network
    x = images()
    torch.testing.assert_close(network.hidden(x, 3), network.latents(x))


def test_networks_without_layers_cannot_be_stacked() -> None:
    with pytest.raises(ConfigError, match="layer_steps"):
        ReconstructionObjective(
            ConvAutoencoder(image_shape=SHAPE, channels=(2,), latent=3),
            optimizer=ADAM, layer_steps=3,
        )  # fmt: skip


def test_frozen_encoders_rest_and_heads_learn() -> None:
    sizes = {"image_shape": SHAPE, "channels": (3,), "latent": 4}
    donor, network = ConvAutoencoder(**sizes), ConvClassifier(**sizes)
    load_encoder(network, donor)
    objective = ClassificationObjective(network, optimizer=ADAM, freeze=True)
    optimizer = objective.configure_optimizers()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = {"image": images(), "label": torch.tensor([0, 1, 2, 3, 4, 5])}
    objective.training_step(batch, 0).backward()
    optimizer.step()
    moved = {n for n, value in network.state_dict().items() if not torch.equal(value, before[n])}
    assert moved == {"head.1.weight", "head.1.bias"}


def test_labels_beyond_the_classes_are_one_clear_line() -> None:
    network = ConvClassifier(image_shape=SHAPE, num_classes=3, channels=(2,), latent=4)
    objective = ClassificationObjective(network, optimizer=ADAM)
    batch = {"image": images(2), "label": torch.tensor([0, 3])}
    with pytest.raises(DataError, match="num_classes"):
        objective.training_step(batch, 0)


def test_weights_are_applied_once_and_values_logged_without_them() -> None:
    x = {"image": images()}
    plain = stack(weights={"cross_entropy": 1.0})
    heavy = stack(weights={"cross_entropy": 3.0})
    heavy.network.load_state_dict(plain.network.state_dict())
    losses = [objective.training_step(x, 0) for objective in (plain, heavy)]
    torch.testing.assert_close(losses[1], 3.0 * losses[0])
    torch.testing.assert_close(heavy.values["cross_entropy"], losses[0].detach())
