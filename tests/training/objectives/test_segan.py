"""SEGAN and variants: values by hand at every stage, no network moved in the other's step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from speechgen.models.segan.chain import SEGANChain
from speechgen.models.segan.discriminator import SEGANDiscriminator
from speechgen.models.segan.generator import SEGANGenerator
from speechgen.training import run
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.segan import SEGANObjective

SIZE = {"channels": (4, 6), "kernel_size": 9, "stride": 4, "window_samples": 256}


class Adder(nn.Module):
    """Stages that each add one number; a level of 1, so that the domain is the plain one."""

    window_samples = 4

    def __init__(self, *steps: float) -> None:
        super().__init__()
        self.steps = nn.ParameterList(torch.tensor(step) for step in steps)

    def cleaned(self, noisy: Tensor) -> list[Tensor]:
        outputs, x = [], noisy
        for step in self.steps:
            x = x + step
            outputs.append(x)
        return outputs

    def level(self, noisy: Tensor) -> Tensor:
        return torch.ones(noisy.shape[0], 1, 1)

    def to_domain(self, wave: Tensor, level: Tensor) -> Tensor:
        return wave

    def from_domain(self, signal: Tensor, level: Tensor) -> Tensor:
        return signal


class MeanDiscriminator(nn.Module):
    """The logit is the mean of the signal times a weight; it notes what it was shown."""

    reference_chosen = True

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(2.0))
        self.shown: list[Tensor] = []

    def forward(self, pairs: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        self.shown.append(pairs.detach())
        return [self.weight * pairs[:, :1].mean(dim=2)], [[]]


class Plain(SEGANObjective):
    """Training's own steps with plain optimisers; keeps what was minimised."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, optimizer=OptimizerSettings(), **options)
        networks = (self.network, self.discriminator)
        self.plain = [torch.optim.SGD(network.parameters(), 1e-2) for network in networks]
        self.minimised: list[float] = []

    def optimizers(self) -> list[torch.optim.Optimizer]:
        return self.plain

    def manual_backward(self, loss: Tensor) -> None:
        loss.backward()
        self.minimised.append(loss.item())


def constant(value: float) -> Tensor:
    return torch.full((1, 1, 4), value)


def test_values_by_hand_with_two_stages() -> None:
    # Clean 1, noisy 0; the stages add 0.5 and 0.25, so they give 0.5 and 0.75. D doubles.
    # D: real 0.5 (2 - 1)^2; made 0.5 mean(1^2, 1.5^2) = 0.8125; together 1.3125.
    # G: adversarial 0.5 mean((1 - 1)^2, (1.5 - 1)^2) = 0.0625; L1 0.25 + 0.5 / 2 = 0.5, times 100.
    network, discriminator = Adder(0.5, 0.25), MeanDiscriminator()
    gan = Plain(network, discriminator)
    batch = {"clean": constant(1.0), "noisy": constant(0.0)}
    gan._discriminator_step(batch)
    assert gan.minimised == pytest.approx([1.3125])
    discriminator.weight.data.fill_(2.0)
    gan._generator_step(batch, True)
    assert gan.minimised[1] == pytest.approx(0.0625 + 100.0 * 0.5)
    assert gan.values["l1"].item() == pytest.approx(0.5)
    assert gan.values["adversarial"].item() == pytest.approx(0.0625)
    assert [shown.shape[0] for shown in discriminator.shown] == [
        3,
        2,
    ]  # real and both generated; both generated
    assert all(
        shown[:, 1].eq(0.0).all() for shown in discriminator.shown
    )  # beside the noisy signal


def test_values_by_hand_with_three_stages_halve_towards_the_first() -> None:
    # Outputs 0.25, 0.5, 1 against 0: L1 1 + 0.5 / 2 + 0.25 / 4.
    gan = Plain(
        Adder(0.25, 0.25, 0.5), MeanDiscriminator(), weights={"l1": 1.0, "adversarial": 0.0}
    )
    gan._generator_step({"clean": constant(0.0), "noisy": constant(0.0)}, False)
    assert gan.minimised == pytest.approx([1.3125])


def test_every_stage_is_trained() -> None:
    gan = Plain(Adder(0.5, 0.25), MeanDiscriminator())
    before = [step.item() for step in gan.network.steps]
    gan._generator_step({"clean": constant(2.0), "noisy": constant(0.0)}, False)
    moved = [step.item() - old for step, old in zip(gan.network.steps, before, strict=True)]
    # the first stage's step is in both outputs (weights 50 and 100), the second's in one
    assert moved == pytest.approx([0.01 * 150.0, 0.01 * 100.0])


def state(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def moved(network: nn.Module, before: dict[str, Tensor]) -> set[str]:
    now = network.state_dict()
    return {name for name in before if not torch.equal(now[name], before[name])}


VARIANTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "batch": (SEGANGenerator(**SIZE, skips="scaled"), {"norm": "batch", "phase_shift": 2}),
    "spectral": (SEGANGenerator(**SIZE, skips="added"), {"norm": "spectral", "phase_shift": 2}),
    "unconditioned": (SEGANGenerator(**SIZE, latent=False), {"conditioned": False}),
    "iterated": (SEGANChain(**SIZE, stages=2, shared=True), {}),
    "chained": (SEGANChain(**SIZE, stages=2), {"norm": "none", "hidden": (3,)}),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_each_step_moves_one_network_and_none_of_the_other_s_state(name: str) -> None:
    network, options = VARIANTS[name]
    discriminator = SEGANDiscriminator(**SIZE, reference_examples=3, **options)
    gan = Plain(network.train(), discriminator.train())
    clean = 0.1 * torch.randn(3, 1, 256)
    batch = {"clean": clean, "noisy": clean + 0.05 * torch.randn(3, 1, 256)}
    gan.training_step(batch, 0)
    before = state(network), state(discriminator)
    gan._discriminator_step(batch)
    assert not moved(network, before[0])
    assert len(moved(discriminator, before[1])) > 0.5 * len(list(discriminator.parameters()))
    before = state(network), state(discriminator)
    gan._generator_step(batch, True)
    assert not moved(discriminator, before[1])  # running statistics and power iterations included
    assert len(moved(network, before[0])) > 0.8 * len(list(network.parameters()))
    networks = [*network.parameters(), *discriminator.parameters()]
    assert all(parameter.grad is None for parameter in networks)


def test_batch_norm_sees_real_and_made_pairs_apart() -> None:
    discriminator = SEGANDiscriminator(**SIZE, norm="batch")
    sizes: list[int] = []
    discriminator.register_forward_pre_hook(
        lambda _module, inputs: sizes.append(inputs[0].shape[0])
    )
    gan = Plain(SEGANChain(**SIZE, stages=2), discriminator)
    clean = 0.1 * torch.randn(3, 1, 256)
    gan._discriminator_step({"clean": clean, "noisy": clean + 0.05})
    assert sizes == [3, 6]


def test_a_chain_trains_and_is_read_back(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    from speechgen.store import load

    words = [word for word in tiny["segan"] if "model.arguments.channels" not in word]
    extra = "channels: [4, 8], stride: 4, stages: 2, shared: true, window_samples: 1024"
    words += ["model.name=segan_chain", f"model.arguments={{sample_rate: 8000, {extra}}}"]
    run([*words, f"output={tmp_path}", "trainer.max_steps=4"])
    network = load(tmp_path / "model")
    assert isinstance(network, SEGANChain)
    assert network.shared and network.stages == 2
    assert network.enhance(torch.randn(1, 1, 3000)).shape == (1, 1, 3000)
