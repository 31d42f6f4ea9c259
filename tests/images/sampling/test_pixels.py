"""Drawing images: noise, labels, temperature, what is refused."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.autoregressive.gated_pixelcnn import GatedPixelCNN
from speechgen.images.models.autoregressive.pixelcnnpp import PixelCNNPP
from speechgen.images.sampling.pixels import PIXEL_ENGINES, draw_pixels, sample_pixels
from speechgen.images.sampling.pixels.compiled import _CompiledStep
from tests.images.models.autoregressive.pixel_networks import stirred


def network(**arguments):
    small = {"image_shape": (1, 3, 4), "blocks": 2, "channels": 8, "head_channels": 16}
    return stirred(GatedPixelCNN(**small | arguments))


def test_an_image_does_not_hang_on_its_company():
    model = network()
    many = sample_pixels(model, 5, seed=3)
    assert torch.equal(sample_pixels(model, 2, seed=3), many[:2])
    assert not torch.equal(sample_pixels(model, 5, seed=4), many)


def test_the_same_noise_gives_the_same_images_whatever_the_engine():
    model = network(output="categorical", levels=8, image_shape=(3, 3, 4), channels=12)
    noise = torch.rand(4, 3, 3, 4)
    drawn = [
        sample_pixels(model, 4, noise=noise, engine=engine, temperature=0.7)
        for engine in PIXEL_ENGINES
    ]
    assert len(drawn) == 4
    for others in drawn[1:]:
        assert torch.equal(drawn[0], others)


def test_draws_have_the_probabilities_of_the_model():
    """Of 2 x 1 images, all four of them, against the exact probabilities."""
    model = network(image_shape=(1, 2, 1))
    images = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64).view(4, 1, 2, 1)
    with torch.no_grad():
        wanted = model.log_prob(images).exp()
    drawn = sample_pixels(model, 20000, noise=torch.rand(20000, 1, 2, 1))
    code = (2 * drawn[:, 0, 0, 0] + drawn[:, 0, 1, 0]).long()
    shares = torch.bincount(code, minlength=4) / 20000
    assert (shares - wanted).abs().max() < 0.02


def test_a_class_a_time():
    model = network(num_classes=2)
    noise = torch.rand(2, 1, 3, 4)
    labels = torch.tensor([0, 1])
    both = sample_pixels(model, 2, noise=noise, labels=labels)
    with pytest.raises(ModelError, match="needs labels"):
        sample_pixels(model, 2, noise=noise)
    one = sample_pixels(model, 1, noise=noise[1:], labels=labels[1:])
    assert torch.equal(one[0], both[1])


def test_progress_comes_to_its_end():
    for engine in PIXEL_ENGINES:
        seen = []
        sample_pixels(
            network(), 1, seed=0, engine=engine, progress=lambda *both, seen=seen: seen.append(both)
        )
        assert seen[-1][0] == seen[-1][1]


def test_the_engine_is_said_and_chosen():
    assert draw_pixels(network(), 1, seed=0).engine == "compiled"
    assert draw_pixels(network(), 17, seed=0).engine == "cached"
    assert draw_pixels(network().bfloat16(), 1, seed=0).engine == "cached"
    strided = PixelCNNPP(image_shape=(1, 4, 4), layers=1, channels=4).eval()
    assert draw_pixels(strided, 1, seed=0).engine == "fixed_point"
    for engine in ("cached", "compiled"):
        with pytest.raises(ConfigError, match="naive"):
            sample_pixels(strided, 1, seed=0, engine=engine)


@pytest.mark.parametrize("arguments", [
    {}, {"num_classes": 3}, {"blocks": 1}, {"first_kernel_size": 1, "kernel_size": 1},
    {"image_shape": (3, 3, 4), "channels": 12, "head_channels": 18, "output": "categorical",
     "levels": 8}, {"image_shape": (3, 3, 4), "output": "logistic_mixture"},
    {"kernel_size": 5, "first_kernel_size": 3, "channels": 5},
])  # fmt: skip
def test_a_compiled_step_is_the_networks(arguments):
    """Params of every pixel, with other pixels known before, to rounding."""
    model = network(**arguments)
    labels = torch.tensor([0, 2, 1]) if model.num_classes else None
    compiled = _CompiledStep(model)
    images = torch.rand(3, *model.image_shape, dtype=model.last.bias.dtype)
    with torch.no_grad():
        states = [one.initial_state(3, labels) for one in (model, compiled)]
        finished = None
        for row in range(3):
            for one, state in zip((model, compiled), states, strict=True):
                one.begin_row(state, finished)
            for column in range(4):
                pixel = images[:, :, row, column]
                for group in range(model.groups):
                    shown = torch.cat([pixel[:, :group], torch.zeros_like(pixel[:, group:])], dim=1)
                    wanted, found = (
                        one.step(shown, state, column)
                        for one, state in zip((model, compiled), states, strict=True)
                    )
                    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
                for one, state in zip((model, compiled), states, strict=True):
                    one.finish(pixel, state, column)
            finished = images[:, :, row]


def test_known_pixels_stay_whatever_the_engine():
    images, known = torch.rand(2, 1, 3, 4).round(), torch.rand(2, 1, 3, 4) < 0.5
    model, noise = network(), torch.rand(2, 1, 3, 4)
    drawn = [
        sample_pixels(model, 2, noise=noise, images=images, known=known, engine=engine)
        for engine in PIXEL_ENGINES
    ]
    assert torch.equal(drawn[0][known], images[known].double())
    for others in drawn[1:]:
        assert torch.equal(others, drawn[0])


@pytest.mark.parametrize(("arguments", "words"), [
    ({"num_images": 0}, "num_images"), ({"engine": "quick"}, "quick"),
    ({"temperature": 0.0}, "temperature"), ({"noise": torch.rand(2, 1, 3, 3)}, "noise"),
    ({"labels": torch.zeros(3)}, "labels"), ({"seed": -1}, "seed"),
])  # fmt: skip
def test_nonsense_is_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        sample_pixels(network(), **{"num_images": 2, "seed": 0} | arguments)
