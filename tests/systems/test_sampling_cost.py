"""The cost of sampling: step by step equals all at once, each step at the same cost."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from speechgen.images.sampling.pixels import draw_pixels, engines_for, sample_pixels
from tests.images.models.autoregressive.pixel_networks import MASKED, SMALL, stirred

EXPERIMENTS = (*SMALL, "wavenet_mel")


def numbers_kept(state):
    """How many numbers a state holds."""
    if isinstance(state, torch.Tensor):
        return state.numel()
    if dataclasses.is_dataclass(state):
        return sum(numbers_kept(getattr(state, field.name)) for field in dataclasses.fields(state))
    return sum(map(numbers_kept, state)) if isinstance(state, list | tuple) else 0


def test_steps_of_wavenet_are_the_columns_of_its_forward(configured):
    network = configured("wavenet_mel", stacks=2, layers_per_stack=3, classes=16)
    symbols = torch.randint(0, 16, (2, 40))
    state, sizes = network.initial_state(2), set()
    previous = torch.full((2,), network.initial_symbol)
    with torch.no_grad():
        params = network(symbols)
        for t in range(40):
            found, state = network.step(previous, state)
            torch.testing.assert_close(found, params[..., t], rtol=1e-5, atol=1e-5)
            sizes.add(numbers_kept(state))
            previous = symbols[:, t]
    assert len(sizes) == 1  # nothing grows: a step costs the same at every t


@pytest.mark.parametrize("shape", [(1, 4, 5), (3, 3, 4)])
@pytest.mark.parametrize("experiment", MASKED)
def test_steps_of_a_pixel_are_the_params_of_the_whole_image(configured, experiment, shape):
    arguments = SMALL[experiment] | {"num_classes": 2}
    network = configured(experiment, image_shape=shape, **arguments).eval()
    images = torch.randint(0, 2, (2, *shape)).float()
    labels = torch.tensor([1, 0])
    with torch.no_grad():
        params = network.params(images, labels)
        state, sizes = network.initial_state(2, labels), []
        for row in range(shape[1]):
            network.begin_row(state, images[:, :, row - 1] if row else None)
            sizes.append(numbers_kept(state))
            for column in range(shape[2]):
                for group in range(shape[0]):  # with what is known of the pixel so far
                    pixel = images[:, :, row, column].clone()
                    pixel[:, group:] = 0.3
                    found = network.step(pixel, state, column)[..., group]
                    wanted = params[:, :, group, row, column]
                    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
                network.finish(images[:, :, row, column], state, column)
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("experiment", list(SMALL))
def test_all_engines_draw_the_same_images(configured, experiment):
    network = stirred(configured(experiment, image_shape=[1, 4, 5], **SMALL[experiment]))
    engines = engines_for(network)
    assert ("cached" in engines) == (experiment in MASKED)
    drawn = {name: draw_pixels(network, 3, seed=2, engine=name) for name in engines}
    for result in drawn.values():
        assert torch.equal(result.images, drawn["naive"].images)
    assert drawn["naive"].passes == 20
    assert drawn["fixed_point"].passes <= 21
    auto = sample_pixels(network, 3, seed=2)
    assert torch.equal(auto, drawn["naive"].images)


def test_the_benchmark_reports_rates(configured, script):
    tool = script("bench_pixels")
    network = configured("gated_pixelcnn", image_shape=[1, 4, 4], **SMALL["gated_pixelcnn"]).eval()
    rows = tool.measure(network, "small", batch=2, repeats=1, naive_values=4)
    assert [row["engine"] for row in rows] == ["naive", "cached", "compiled", "fixed_point"]
    assert all(row["images_per_second"] > 0 and row["times_naive"] > 0 for row in rows)
