"""``trainer.strategy=fsdp`` with two real processes: less in each, and nothing else differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from speechgen.images.data.dataset import digits, save_images
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop import fitting
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.metrics_log import read_metrics
from tests.training.equal_runs import DoubledBatches
from tests.training.pairs import quiet_pair
from tests.training.sharded_runs import REFUSED
from tests.training.test_processes import SMALL

#: a likelihood of layers that compute as one, a model of many kinds of layers, and two networks
KINDS = ("likelihood", "text", "segan")
STEPS = 4
CLIP = 0.01  # always less than the norm
TOLD = [
    f"trainer.max_steps={STEPS}", "trainer.validate_every_steps=2", "trainer.ema_decay=0.9",
    "trainer.validation_items=2", f"trainer.gradient_clip_norm={CLIP}", "trainer.precision=32",
    "trainer.log_every_steps=1", "trainer.checkpoint_every_steps=3",
]  # fmt: skip


@pytest.fixture(scope="module")
def cases(
    tiny: dict[str, list[str]], data: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Overrides of small runs; "images" is the one without noise, for other process counts."""
    images = tmp_path_factory.mktemp("images") / "digits.npz"
    save_images(images, digits().take(slice(40)))
    found = {name: [*tiny[name], *TOLD] for name in ("text", "segan")}
    found["likelihood"] = [
        "experiment=wavenet_mel", f"data.train={data / 'speech'}", f"data.valid={data / 'speech'}",
        "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
        "num_mels: 20}", "data.crop_seconds=0.1", "data.batch_size=2",
        "model.arguments={sample_rate: 8000, stacks: 1, layers_per_stack: 4, residual_channels: 8, "
        "gate_channels: 16, skip_channels: 8, upsampler_channels: 8}", *TOLD,
    ]  # fmt: skip
    found["segan"].append("objective.schedule.warm_up_steps=0")
    found["images"] = [
        "experiment=autoencoder", "model.arguments={hidden: [16], latent: 3}", *TOLD,
        f"data.train={images}", "data.batch_size=4", "objective.layer_steps=1",
    ]  # fmt: skip
    small = ["data.batch_size=2", f"data.train={images}", *TOLD]
    found["rbm"] = ["experiment=rbm", "model.arguments.hidden_units=6", *small]
    found["penalty"] = [
        "experiment=dcgan_wasserstein", f"model.arguments={SMALL}", *small,
        "objective.discriminator.arguments={channels: 4, smallest: 2, norm: layer}",
    ]  # fmt: skip
    return found


@pytest.fixture(scope="module")
def runs(cases: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all runs, as KIND-STRATEGY; those cut in step 2 are KIND-cut and go on."""
    folder = tmp_path_factory.mktemp("runs")

    def one(name: str, kind: str, strategy: str, cut_at: int | None = None, *more: str) -> Any:
        where = folder / name.removesuffix(".begun")
        given = [*cases[kind], *more, f"output={where}", f"trainer.strategy={strategy}"]
        return name, given, cut_at

    plan = [one(f"{k}-{how}", k, how) for k in (*KINDS, "images") for how in ("ddp", "fsdp")]
    plan += [
        one("segan-cut.begun", "segan", "fsdp", 1), one("segan-cut", "segan", "fsdp"),
        one("images-changed.begun", "images", "ddp", 1), one("images-changed", "images", "fsdp"),
        one("images-alone", "images", "fsdp", 1),
    ]  # fmt: skip
    parts = "trainer.accumulate_grad_batches=2"
    plan += [one(f"parts-{how}", "images", how, None, parts) for how in ("ddp", "fsdp")]
    plan += [one(f"{kind}-refused", kind, "fsdp", REFUSED) for kind in ("rbm", "penalty")]
    listed = folder / "plan.json"
    listed.write_text(json.dumps(plan), encoding="utf-8")
    with quiet_pair("tests.training.sharded_runs", listed, folder, timeout=200):
        pass
    return folder


def held(runs: Path, name: str, rank: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(runs / f"{name}.{rank}.pt", weights_only=True)
    return found


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "model.safetensors")


def checkpoint(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(checkpoint_path(folder), weights_only=True)
    return found


def assert_close(ours: Any, theirs: Any) -> None:
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], rtol=1e-4, atol=1e-5)


def assert_near(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    """The same layout, and as a whole the same numbers.

    Not one by one: a bias before a norm has a gradient of rounding errors.
    """
    sides = [{key: tuple(value.shape) for key, value in side.items()} for side in (ours, theirs)]
    assert sides[0] == sides[1]
    flat = [torch.cat([one.flatten().float() for one in side.values()]) for side in (ours, theirs)]
    assert (flat[0] - flat[1]).norm() <= 1e-3 * flat[1].norm() + 1e-8


@pytest.mark.parametrize("kind", [*KINDS, "images", "parts"])
def test_weights_and_metrics_are_those_of_ddp(runs: Path, kind: str) -> None:
    """EMA, clipping, validation and several batches a step among what makes them."""
    whole, shared = (runs / f"{kind}-{how}" for how in ("ddp", "fsdp"))
    assert_close(weights(shared), weights(whole))
    rows = [
        {(r["step"], r["split"], r["name"]): float(r["value"]) for r in read_metrics(f)}
        for f in (shared / "metrics.csv", whole / "metrics.csv")
    ]
    assert rows[0] == pytest.approx(rows[1], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_clipped_by_their_norm_over_all_shares(runs: Path, kind: str) -> None:
    whole, shared = (held(runs, f"{kind}-{how}")["gradients"] for how in ("ddp", "fsdp"))
    assert len(whole) == len(shared) == (2 if kind == "segan" else 1)
    for ours, theirs in zip(shared, whole, strict=True):
        assert ours.keys() == theirs.keys()
        flat = torch.cat([one.flatten() for one in ours.values()])
        assert float(flat.norm()) == pytest.approx(CLIP, rel=1e-3)
        other = torch.cat([one.flatten() for one in theirs.values()])
        torch.testing.assert_close(flat, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_each_process_holds_its_share(runs: Path, kind: str) -> None:
    """Of weights, moments and average; what is left whole are biases and the like."""
    whole = held(runs, f"{kind}-ddp")["held"]
    both = [held(runs, f"{kind}-fsdp", rank)["held"] for rank in range(2)]
    for all_of_it, *shares in zip(whole, *both, strict=True):
        assert max(shares) < 0.65 * all_of_it and sum(shares) >= all_of_it


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_looks_as_if_nothing_had_been_shared(runs: Path, kind: str) -> None:
    ours, theirs = (checkpoint(runs / f"{kind}-{how}") for how in ("fsdp", "ddp"))
    assert_near(ours["state_dict"], theirs["state_dict"])
    assert_near(*(one["callbacks"]["moving_average"]["average"] for one in (ours, theirs)))
    for one, other in zip(ours["optimizer_states"], theirs["optimizer_states"], strict=True):
        assert one["param_groups"] == other["param_groups"]
        assert one["state"].keys() == other["state"].keys()
        for number in one["state"]:
            assert_near(one["state"][number], other["state"][number])
    assert type(load_model(runs / f"{kind}-fsdp" / "model").model) is type(
        load_model(runs / f"{kind}-ddp" / "model").model
    )


def test_a_run_that_is_cut_goes_on_as_if_it_had_not_been(runs: Path) -> None:
    cut, whole = (checkpoint(runs / f"segan-{how}") for how in ("cut", "fsdp"))
    for part in ("state_dict", "optimizer_states"):
        torch.testing.assert_close(cut[part], whole[part], rtol=0, atol=0)
    ours, theirs = weights(runs / "segan-cut"), weights(runs / "segan-fsdp")
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_a_run_goes_on_with_another_strategy_and_number_of_processes(
    runs: Path, cases: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = weights(runs / "images-ddp")
    assert_close(weights(runs / "images-changed"), whole)
    shutil.copytree(runs / "images-alone", tmp_path / "alone")
    monkeypatch.setattr(fitting, "StepBatches", DoubledBatches)
    run([*cases["images"], f"output={tmp_path / 'alone'}", "trainer.accelerator=cpu"])
    assert checkpoint(tmp_path / "alone")["speechgen"]["steps_done"] == STEPS
    assert_close(weights(tmp_path / "alone"), whole)


@pytest.mark.parametrize(("kind", "why"), [("penalty", "differentiates"), ("rbm", "no layers")])
def test_what_cannot_be_shared_is_said_in_one_line(runs: Path, kind: str, why: str) -> None:
    first, second = (held(runs, f"{kind}-refused", rank)["refused"] for rank in range(2))
    assert first[0] == "ConfigError" and why in first[1] and first[1].endswith("leave it ddp")
    assert second[0] == "PeerError" and "\n" not in first[1]
