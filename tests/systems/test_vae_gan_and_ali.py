"""VAE-GAN and ALI, composed of the variational and the adversarial core."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

EXPERIMENTS = ("vae_gan", "ali")
CORES = ("adversarial", "variational")
TOY = {"image_shape": [1, 4, 4], "channels": 16, "latent_size": 4}


def bars(count: int, stream: torch.Generator) -> torch.Tensor:
    """4x4 images of one bright column or row."""
    images = 0.1 * torch.rand(count, 1, 4, 4, generator=stream)
    for image, place in zip(images, torch.randint(8, (count,), generator=stream), strict=True):
        (image[0] if place < 4 else image[0].T)[place % 4] += 0.8
    return images


def batches(count: int) -> list[dict[str, torch.Tensor]]:
    stream = torch.Generator().manual_seed(0)
    return [{"image": bars(64, stream)} for _ in range(count)]


def settings(discriminator: str, rate: float, **arguments: Any) -> dict[str, Any]:
    return {
        "discriminator": {"name": discriminator, "arguments": {"channels": 16} | arguments},
        "optimizer": {"name": "adam", "learning_rate": rate, "schedule": "constant",
                      "betas": [0.5, 0.999]},
    }  # fmt: skip


@pytest.mark.parametrize(("name", "used"), [
    ("vae_gan", {"adversarial", "variational"}), ("ali", {"adversarial"}),
])  # fmt: skip
def test_the_objectives_import_the_cores_and_the_cores_know_nothing_of_them(
    name: str, used: set[str], repository: Path
) -> None:
    path = repository / "speechgen" / "images" / "training" / f"{name}.py"
    tree = ast.parse(path.read_text("utf-8"))
    imported = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {f"speechgen.{core}" for core in used} <= imported
    for core in CORES:
        for path in (repository / "speechgen" / core).rglob("*.py"):
            text = path.read_text(encoding="utf-8").lower()
            for word in ("vae_gan", "vae-gan", "vaegan", "1512.09300", "1606.00704", "ali."):
                assert word not in text, f"{path} speaks of {word}"


def core_names(path: Path) -> set[str]:
    """What a file takes from the cores."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    cores = tuple(f"speechgen.{core}" for core in CORES)
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(cores)
        for alias in node.names
    }


def test_nothing_in_the_cores_is_there_for_their_sake(repository: Path) -> None:
    own = [
        repository / "speechgen" / "images" / room / f"{name}.py"
        for room in ("models/gan", "training")
        for name in EXPERIMENTS
    ]
    others = [path for path in (repository / "speechgen").rglob("*.py") if path not in own]
    used_elsewhere = set().union(*map(core_names, others))
    assert set().union(*map(core_names, own)) <= used_elsewhere


def test_a_vae_gan_learns_to_reconstruct_and_to_sample(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("vae_gan", **TOY)
    images = bars(200, torch.Generator().manual_seed(1))
    weights = {"rate": 0.1, "distortion": 1.0}
    discriminator = settings("dcgan_discriminator", 2e-3, norm="none")
    played("vae_gan", network, batches(120), weights=weights, **discriminator)
    network.eval()
    with torch.no_grad():
        error = (network.reconstruct(images) - images).abs().mean()
        made = network.sample(200, generator=torch.Generator().manual_seed(0))
    trivial = (images.mean(dim=0) - images).abs().mean()
    assert error < 0.5 * trivial
    assert (made.mean(dim=0) - images.mean(dim=0)).abs().mean() < 0.1


def test_ali_learns_an_inverse(configured: Callable[..., Any], played: Callable[..., Any]) -> None:
    network = configured("ali", **TOY)
    discriminator = settings("ali_discriminator", 3e-3, hidden=64)
    images = bars(200, torch.Generator().manual_seed(1))
    played("ali", network, batches(200), gan_loss="least_squares", **discriminator)
    network.eval()
    with torch.no_grad():
        error = (network.reconstruct(images) - images).abs().mean()
        shuffled = (network.reconstruct(images).roll(1, 0) - images).abs().mean()
        made = network.sample(200, generator=torch.Generator().manual_seed(0))
    assert error < 0.85 * shuffled  # an image's own reconstruction is nearer than another's
    assert (made.mean(dim=0) - images.mean(dim=0)).abs().mean() < 0.2
