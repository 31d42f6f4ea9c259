"""GANs of images, step by step: who learns what from whom."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from speechgen import registry
from speechgen.adversarial import frozen
from speechgen.errors import ConfigError
from speechgen.training.objectives import build_objective, objective_settings

SHAPE = [1, 8, 8]
DCGAN = ("dcgan", {"channels": 4, "latent_size": 5, "smallest": 2}, "dcgan_discriminator")
BIDIRECTIONAL = {"channels": 4, "latent_size": 5, "smallest": 2}
PLAIN = {"channels": 4, "smallest": 2}
GANS: dict[str, tuple[tuple[str, dict, str], dict[str, Any], dict[str, Any]]] = {
    "dcgan": (DCGAN, PLAIN, {}),
    "spectral": (DCGAN, PLAIN | {"norm": "spectral"}, {"gan_loss": "hinge"}),
    "penalty": (
        DCGAN, PLAIN | {"norm": "layer"},
        {"gan_loss": "wasserstein", "weights": {"penalty": 10.0}},
    ),
    "clipped": (
        DCGAN, PLAIN | {"norm": "none"}, {"gan_loss": "wasserstein", "clip_bound": 0.05},
    ),
    "heuristics": (DCGAN, PLAIN, {"smoothing": 0.1, "flip": 0.2, "replay": 8}),
    "divergence": (DCGAN, PLAIN, {"gan_loss": "squared_hellinger"}),
    "conditional": (("dcgan", DCGAN[1] | {"num_classes": 3}, DCGAN[2]), PLAIN, {}),
    "dense": (
        ("gan_mlp", {"hidden": [8], "latent_size": 5}, "mlp_discriminator"),
        {"hidden": [8], "dropout": 0.3}, {},
    ),
    "infogan": (
        ("infogan", {"channels": 4, "noise_size": 3, "categories": [4], "continuous": 1},
         "infogan_discriminator"),
        {"channels": 4}, {},
    ),
    "progressive": (
        ("progressive_gan", {"channels": 4, "latent_size": 5, "smallest": 2},
         "progressive_discriminator"),
        PLAIN, {"gan_loss": "wasserstein", "weights": {"penalty": 10.0}},
    ),
    "vae_gan": (("vae_gan", BIDIRECTIONAL, "dcgan_discriminator"), PLAIN, {"kind": "vae_gan"}),
    "ali": (("ali", BIDIRECTIONAL, "ali_discriminator"), PLAIN | {"hidden": 8}, {"kind": "ali"}),
}  # fmt: skip


def make_gan(name: str, **settings: Any) -> Any:
    """A gan with plain optimisers; ``seen`` notes, after each backward, who has gradients."""
    (generator, size, discriminator), discriminator_size, options = GANS[name]
    torch.manual_seed(0)
    network = registry.build(generator, size | {"image_shape": SHAPE})
    values = {"kind": "gan"} | options | settings
    values["discriminator"] = {"name": discriminator, "arguments": discriminator_size}
    gan = build_objective(objective_settings(values, "images"), network, None, None).train()
    networks = gan.configure_optimizers()
    seen: list[set[str]] = []

    def backward(loss: Tensor) -> None:
        loss.backward()
        seen.append({part for part, module in parts(gan).items() if has_gradient(module)})

    gan.optimizers = lambda: networks
    gan.manual_backward = backward
    gan.seen = seen
    gan.progress = 1.0
    return gan


def parts(gan: Any) -> dict[str, nn.Module]:
    """The networks by name; a network with an encoder counts as two."""
    if hasattr(gan.network, "encoder"):
        both = {"encoder": gan.network.encoder, "decoder": gan.network.decoder}
        return both | {"D": gan.discriminator}
    return {"G": gan.network, "D": gan.discriminator}


def has_gradient(module: nn.Module) -> bool:
    return any(parameter.grad is not None for parameter in module.parameters())


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def changed(module: nn.Module, before: dict[str, Tensor]) -> set[str]:
    return {n for n, value in module.state_dict().items() if not torch.equal(value, before[n])}


def batch(count: int = 6) -> dict[str, Tensor]:
    stream = torch.Generator().manual_seed(1)
    return {
        "image": torch.rand(count, *SHAPE, generator=stream),
        "label": torch.arange(count) % 3,
    }


GENERATOR_STEPS = {"vae_gan": [{"encoder"}, {"decoder"}], "ali": [{"encoder", "decoder"}]}


@pytest.mark.parametrize("name", GANS)
def test_each_step_trains_its_network_alone(name: str) -> None:
    gan = make_gan(name, schedule={"discriminator_steps": 2})
    gan.training_step(batch(), 0)
    assert gan.seen == [{"D"}, {"D"}, *GENERATOR_STEPS.get(name, [{"G"}])]
    assert not has_gradient(gan.network)
    assert not has_gradient(gan.discriminator)


@pytest.mark.parametrize("name", ["penalty", "clipped", "conditional"])
def test_every_step_of_a_critic_draws_anew(name: str) -> None:
    """Algorithm 1 of arXiv:1701.07875 and of arXiv:1704.00028, lines 2 to 6: real and latent."""
    gan, k = make_gan(name, schedule={"discriminator_steps": 3, "warm_up_steps": 1}), 3
    assert [gan.batches_before(step) for step in range(4)] == [0, 1, 1 + k, 1 + 2 * k]
    shown: list[list[Tensor]] = []
    gan.discriminator.register_forward_pre_hook(
        lambda module, given: shown.append([one.detach().clone() for one in given])
    )
    gan._penalty = lambda real, fake: real[0].new_zeros(())
    gan.steps_done = 1
    given = batch(2 * k)
    gan.training_step(given, 0)
    seen = [example[0] for example in shown]
    assert len(seen) == 2 * k + 1
    torch.testing.assert_close(torch.cat(seen[:-1:2]), 2.0 * given["image"] - 1.0)
    fakes = torch.cat(seen[1::2] + seen[-1:])
    assert len({fake.numpy().tobytes() for fake in fakes}) == 2 * (k + 1)


@pytest.mark.parametrize("name", GANS)
def test_the_generators_step_leaves_the_discriminator_as_it_was(name: str) -> None:
    gan = make_gan(name)
    gan.training_step(batch(), 0)
    before = state(gan.discriminator), state(gan.network)
    gan._generator_step(batch(), True)
    assert not changed(gan.discriminator, before[0])
    moved = changed(gan.network, before[1])
    assert len(moved) > 0.7 * len(before[1]) - 1
    gan.discriminator.train()
    assert all(parameter.requires_grad for parameter in gan.discriminator.parameters())


@pytest.mark.parametrize("name", GANS)
def test_the_discriminators_step_leaves_the_generator_as_it_was(name: str) -> None:
    gan = make_gan(name)
    gan.training_step(batch(), 0)
    before = state(gan.discriminator), state(gan.network)
    gan._discriminator_step(batch())
    assert not changed(gan.network, before[1])
    assert len(changed(gan.discriminator, before[0])) > 0.5 * len(before[0])


@pytest.mark.parametrize("name", GANS)
def test_previews_change_nothing_and_repeat(name: str) -> None:
    gan = make_gan(name)
    gan.training_step(batch(), 0)
    before = state(gan)
    gan.eval()
    with torch.no_grad():
        values = [gan.validation_values(batch()) for _ in range(2)]
        pictures = [gan.panels(batch()) for _ in range(2)]
    assert not changed(gan, before)
    assert not gan.training
    assert not gan.discriminator.training
    if name not in ("spectral", "dense", "ali"):  # those draw in training mode
        torch.testing.assert_close(values[0], values[1])
    for (title, one), (_, two) in zip(*pictures, strict=True):
        assert torch.equal(one, two), title
        assert one.shape[0] == 1
        assert 0 <= one.min() <= one.max() <= 1


def gradients_of_step(name: str, step: str, **settings: Any) -> dict[str, dict[str, Tensor]]:
    """The gradients that one step, from the same start and noise, gives to each part."""
    gan = make_gan(name, **settings)
    found: dict[str, dict[str, Tensor]] = {}

    def backward(loss: Tensor) -> None:
        loss.backward()
        for part, module in parts(gan).items():
            if has_gradient(module):
                found[part] = {n: p.grad.clone() for n, p in module.named_parameters()}

    gan.manual_backward = backward
    for optimizer in gan.optimizers():
        optimizer.step = lambda: None
    torch.manual_seed(3)
    getattr(gan, step)(*([batch()] if step == "_discriminator_step" else [batch(), True]))
    return found


def test_the_encoder_of_a_vae_gan_gets_no_adversarial_gradient() -> None:
    weights = [{"adversarial": a, "distortion": d, "rate": r} for a, d, r in [(1, 1, 1), (7, 3, 1)]]
    one, two = (
        gradients_of_step("vae_gan", "_generator_step", weights=given)["encoder"]
        for given in weights
    )
    torch.testing.assert_close(one, two)
    other = gradients_of_step("vae_gan", "_generator_step", weights={"rate": 5.0})["encoder"]
    assert not torch.allclose(one["params.weight"], other["params.weight"])


def test_the_decoder_of_a_vae_gan_gets_both_losses_each_with_its_weight() -> None:
    def decoders(adversarial: float, distortion: float) -> dict[str, Tensor]:
        weights = {"adversarial": adversarial, "distortion": distortion}
        return gradients_of_step("vae_gan", "_generator_step", weights=weights)["decoder"]

    gan, distortion, both = decoders(1.0, 0.0), decoders(0.0, 1.0), decoders(3.0, 0.5)
    for name, value in both.items():
        torch.testing.assert_close(value, 3.0 * gan[name] + 0.5 * distortion[name])
    assert distortion["dense.weight"].abs().max() > 0
    assert gan["dense.weight"].abs().max() > 0


def test_the_discriminator_of_a_vae_gan_gets_the_gan_loss_alone() -> None:
    one, two = (
        gradients_of_step("vae_gan", "_discriminator_step", weights={"distortion": d, "rate": d})
        for d in (0.1, 9.0)
    )
    torch.testing.assert_close(one["D"], two["D"])


def test_the_discriminator_of_a_vae_gan_sees_reconstructions_and_samples() -> None:
    gan = make_gan("vae_gan")
    torch.manual_seed(5)
    (images,), latents = gan._fake(batch())
    assert images.shape == (12, 1, 8, 8)
    (real,) = gan._real(batch())
    with frozen(gan.network.encoder):
        mean = gan.network.posterior(real).mean
    near = (latents[:6] - mean).square().mean(), (latents[6:] - mean).square().mean()
    assert near[0] != near[1]
    assert not latents[:6].requires_grad


def test_ali_wants_each_side_taken_for_the_other() -> None:
    gan = make_gan("ali")
    gan.discriminator.eval()
    torch.manual_seed(2)
    real, (fake, _) = gan._real(batch()), gan._fake(batch())
    expected = softplus(gan._logits(real)[0]).mean() + softplus(-gan._logits(fake)[0]).mean()
    torch.manual_seed(2)
    gan._generator_step(batch(), True)
    torch.testing.assert_close(gan.values["adversarial"], expected.detach())
    image, latent = real
    torch.testing.assert_close(image, 2 * batch()["image"] - 1)
    assert latent.requires_grad
    assert torch.equal(fake[0], gan.network(fake[1])) or fake[0].requires_grad


def test_information_trains_the_recogniser_and_the_generator() -> None:
    for step, part in (("_discriminator_step", "D"), ("_generator_step", "G")):
        without, once, thrice = (
            gradients_of_step("infogan", step, weights={"information": weight})[part]
            for weight in (1e-12, 1.0, 3.0)
        )
        for name in once:
            torch.testing.assert_close(
                thrice[name] - without[name], 3 * (once[name] - without[name]),
                atol=1e-6, rtol=1e-3,
            )  # fmt: skip
    head = gradients_of_step("infogan", "_discriminator_step")["D"]["recogniser.codes.weight"]
    assert head.abs().max() > 0


def test_more_information_is_what_is_wanted() -> None:
    fast = {"name": "adam", "learning_rate": 5e-3, "schedule": "constant"}
    gan = make_gan("infogan", weights={"adversarial": 0.0, "information": 1.0}, optimizer=fast)
    bounds = []
    for _ in range(60):
        gan._discriminator_step(batch())
        gan._generator_step(batch(), True)
        bounds.append(gan.values["information_nats"].item())
    assert sum(bounds[-10:]) / 10 > sum(bounds[:10]) / 10 + 0.5


def test_clipping_follows_each_of_the_discriminators_turns() -> None:
    gan = make_gan("clipped")
    gan._discriminator_step(batch())
    assert max(p.abs().max().item() for p in gan.discriminator.parameters()) <= 0.05 + 1e-7
    unclipped = make_gan("clipped", clip_bound=None)
    unclipped._discriminator_step(batch())
    assert max(p.abs().max().item() for p in unclipped.discriminator.parameters()) > 0.05


def test_the_penalty_counts_with_its_weight_and_is_logged_without() -> None:
    gan = make_gan("penalty")
    gan._discriminator_step(batch())
    assert gan.values["penalty"] > 0
    light, heavy = (
        gradients_of_step("penalty", "_discriminator_step", weights={"penalty": w})["D"]
        for w in (1e-9, 10.0)
    )
    assert not torch.allclose(light["head.weight"], heavy["head.weight"])


def test_replayed_fakes_replace_half_of_the_new_ones() -> None:
    gan = make_gan("dcgan", replay=6)
    gan.replay(torch.full((6, *SHAPE), 0.25))
    seen = []
    honest = gan._logits
    gan._logits = lambda judged: seen.append(judged[0]) or honest(judged)
    gan._discriminator_step(batch(40))
    old = (seen[1] == 0.25).flatten(1).all(dim=1)
    assert 4 <= old.sum() <= 6
    assert (gan.replay.pool == 0.25).flatten(1).all(dim=1).sum() == 6 - old.sum()


def test_flips_and_smoothing_change_the_discriminators_step_alone() -> None:
    plain = gradients_of_step("dcgan", "_generator_step")["G"]
    for settings in ({"flip": 0.5}, {"smoothing": 0.4}):
        same = gradients_of_step("dcgan", "_generator_step", **settings)["G"]
        torch.testing.assert_close(plain, same)
        one = gradients_of_step("dcgan", "_discriminator_step")["D"]["head.weight"]
        two = gradients_of_step("dcgan", "_discriminator_step", **settings)["D"]["head.weight"]
        assert not torch.allclose(one, two)


def test_conditional_networks_see_the_real_labels() -> None:
    gan = make_gan("conditional")
    real, (fake, _) = gan._real(batch()), gan._fake(batch())
    assert torch.equal(real[1], batch()["label"])
    assert torch.equal(fake[1], batch()["label"])


def test_growth_follows_the_run_in_both_networks() -> None:
    gan = make_gan("progressive", growth={"grown_at": 0.5})
    for progress, growth in [
        (0.0, 0),
        (0.1, 0),
        (0.1875, 500),
        (0.25, 1000),
        (0.5, 2000),
        (1.0, 2000),
    ]:
        gan.progress = progress
        gan.training_step(batch(), 0)
        assert int(gan.network.growth_units) == int(gan.discriminator.growth_units) == growth
    gan.progress = 0.0
    gan._prepare_adversarial_step(batch())
    (real,) = gan._real(batch())
    blocks = real.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)
    assert (blocks.std(dim=-1) < 1e-6).all()  # real images are as coarse as the made ones


def test_a_discriminator_that_has_won_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    gan = make_gan("dcgan")
    gan.diagnostics.patience = 3
    gan.discriminator.head.weight.data.zero_()
    gan._adversarial_loss = lambda real, fake: 1e-4 * gan._logits(real)[0].square().mean()
    with caplog.at_level(logging.WARNING, "speechgen"):
        for _ in range(6):
            gan._discriminator_step(batch())
    assert [record.message.count("has won") for record in caplog.records] == [1]


def test_an_exploding_gradient_is_said(caplog: pytest.LogCaptureFixture) -> None:
    gan = make_gan("dcgan")
    optimizer = gan.optimizers()[0]
    for parameter in gan.network.parameters():
        parameter.grad = torch.full_like(parameter, 1e6)
    with caplog.at_level(logging.WARNING, "speechgen"):
        gan.on_before_optimizer_step(optimizer)
    assert "gradient norm" in caplog.text


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("dcgan", {"smoothing": 1.0}, "smoothing"), ("dcgan", {"flip": -0.1}, "flip"),
        ("dcgan", {"clip_bound": 0.0}, "clip_bound"), ("dcgan", {"replay": -1}, "replay"),
        ("conditional", {"replay": 4}, "classes"), ("ali", {"replay": 4}, "replay"),
        ("vae_gan", {"weights": {"penalty": 1.0}}, "penalty"),
        ("dcgan", {"gan_loss": "no"}, "known"),
    ],
)  # fmt: skip
def test_nonsense_is_one_line(name: str, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        make_gan(name, **settings)
    assert "\n" not in str(caught.value)
