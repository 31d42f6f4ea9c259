"""The rule of GANs, watched from inside a real run: no network learns in the other's step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.training import run
from speechgen.training.objectives.gan import GANObjective


def snapshot(module: torch.nn.Module) -> dict[str, Tensor]:
    """Copies of all weights and buffers."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def changed(before: dict[str, Tensor], module: torch.nn.Module) -> set[str]:
    return {name for name, value in module.state_dict().items() if not value.equal(before[name])}


class Watch:
    """Replaces the optimiser update by one that looks at both networks before and after it."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def __call__(self, objective: GANObjective, optimizer: Any, loss: Tensor) -> None:
        generator, discriminator = objective.network, objective.discriminator
        own = {id(p) for group in optimizer.param_groups for p in group["params"]}
        is_generator = own <= {id(p) for p in generator.parameters()}
        network, other = (generator, discriminator) if is_generator else (discriminator, generator)
        assert own == {id(p) for p in network.parameters() if p.requires_grad}
        assert all(p.grad is None for p in [*network.parameters(), *other.parameters()])
        before = snapshot(network), snapshot(other)
        optimizer.zero_grad(set_to_none=True)
        objective.manual_backward(loss)
        assert all(p.grad is None for p in other.parameters()), "the other network got a gradient"
        assert any(p.grad is not None and p.grad.any() for p in network.parameters())
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        assert changed(before[0], network), "the network did not learn"
        assert not changed(before[1], other), "the other network moved, weights or buffers"
        assert all(p.grad is None for p in network.parameters())
        self.steps.append("G" if is_generator else "D")


@pytest.mark.parametrize("name", ["segan", "metricgan", "vocoder", "conversion", "speaking"])
def test_steps_route_gradients(
    name: str, tiny: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    monkeypatch.setattr(GANObjective, "_update", lambda self, *args: watch(self, *args))
    run(
        [
            *tiny[name],
            f"output={tmp_path}",
            "trainer.max_steps=4",
            "objective.schedule={discriminator_steps: 2, warm_up_steps: 1}",
        ]
    )
    assert "".join(watch.steps) == "G" + "DDG" * 3


def test_reference_is_the_first_batch_with_a_discriminator_and_stays(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    from speechgen.training.loop.checkpoint import checkpoint_path

    references = []
    for steps in (3, 6):
        run([*tiny["segan"], f"output={tmp_path}", f"trainer.max_steps={steps}"])
        kept = torch.load(checkpoint_path(tmp_path), weights_only=True)["state_dict"]
        assert kept["discriminator.reference_chosen"]
        references.append(kept["discriminator.reference"])
    assert references[0].any()
    torch.testing.assert_close(references[0], references[1], rtol=0, atol=0)


def test_losses_are_logged_without_their_weights(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    from speechgen.training.loop.metrics_log import read_metrics

    logged = []
    for name, weight in (("one", 1.0), ("many", 500.0)):
        run(
            [
                *tiny["segan"],
                f"output={tmp_path / name}",
                "trainer.max_steps=1",
                f"objective.weights={{l1: {weight}, stft: 1, segmental_snr: 1, adversarial: 0}}",
            ]
        )
        rows = read_metrics(tmp_path / name / "metrics.csv")
        logged.append({r["name"]: float(r["value"]) for r in rows if r["split"] == "train"})
    assert logged[0] == logged[1]
    assert set(logged[0]) == {"l1", "stft", "segmental_snr"}
