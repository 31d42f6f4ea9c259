"""PixelRNN: LSTMs over pixels, by rows and by diagonals both ways, a softmax for each pixel."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import lstm, skew, unskew
from tests.images.models.autoregressive.pixel_networks import (
    SMALL,
    all_images,
    sensitivities,
    stirred,
)

EXPERIMENTS = ("pixelrnn_row", "pixelrnn_diagonal")


def small(configured, experiment, shape, **arguments):
    arguments = SMALL[experiment] | {"output": "categorical", "levels": 2} | arguments
    return stirred(configured(experiment, image_shape=shape, **arguments))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_images_sum_to_one_and_nothing_later_is_seen(configured, experiment):
    network = small(configured, experiment, [1, 3, 3])
    with torch.no_grad():
        total = network.log_prob(all_images((1, 3, 3))).exp().sum().item()
    assert total == pytest.approx(1.0, abs=1e-9)
    assert torch.all(torch.triu(sensitivities(network)[0]) == 0.0)


def test_diagonals_see_the_whole_past_and_rows_a_triangle(configured):
    """One scan behind a first layer of 3 x 3 (arXiv:1601.06759, figure 4).

    The last pixel of the row above is in no feature of that row, since the first layer is strict.
    """
    height, width = 5, 7
    for experiment in EXPERIMENTS:
        network = small(configured, experiment, [1, height, width])
        seen = sensitivities(network)[0]
        place = 4 * width + 2
        support = (seen[place] > 0).view(height, width)
        if experiment == "pixelrnn_diagonal":
            earlier = support.flatten()[:place]
            assert torch.nonzero(~earlier).flatten().tolist() == [4 * width - 1]
        else:
            assert not support[3:, 5:].any()  # above, but outside of the triangle
            assert support[0, :].all()


def slow_scan(scan, x):
    """The recurrence as it is written, pixel after pixel, of one image (channel, height, width)."""
    gates = scan.to_gates(x[None])[0]
    height, width = x.shape[1:]
    nothing = x.new_zeros(1, scan.hidden)
    hidden, cell = {}, {}
    for i in range(height):
        for j in range(width):
            above, left = hidden.get((i - 1, j), nothing), hidden.get((i, j - 1), nothing)
            total = gates[:, i, j] + above @ scan.weight[:, :, 0].T + left @ scan.weight[:, :, 1].T
            hidden[i, j], cell[i, j] = lstm(total, cell.get((i, j - 1), nothing))
    rows = [torch.cat([hidden[i, j] for j in range(width)]) for i in range(height)]
    return torch.stack(rows).permute(2, 0, 1)


@pytest.mark.parametrize("shape", [(4, 5), (5, 3), (1, 4), (3, 1)])
def test_the_skewed_scan_equals_the_slow_loop(configured, shape):
    network = small(configured, "pixelrnn_diagonal", [1, *shape])
    scan = network.scans[0]
    x = torch.randn(2, 12, *shape, dtype=torch.float64)
    assert torch.equal(unskew(skew(x)), x)
    with torch.no_grad():
        found = scan(x)
        for index in range(2):
            mirrored = slow_scan(scan.right, x[index].flip(2)).flip(2)
            wanted = slow_scan(scan.left, x[index])
            wanted[:, 1:] += mirrored[:, :-1]
            torch.testing.assert_close(found[index], wanted)
