"""The centred convolution: torch's own with the same padding, and symmetrical."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.layers import CentredConv1d


@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (3, 4), (5, 2), (3, 50)])
def test_equals_torchs_convolution_with_padding_on_both_sides(kernel, dilation):
    conv = CentredConv1d(3, 4, kernel, dilation=dilation).double()
    x = torch.randn(2, 3, 21, dtype=torch.float64)
    wanted = torch.nn.functional.conv1d(
        x, conv.weight, conv.bias, dilation=dilation, padding=conv.reach
    )
    assert torch.allclose(conv(x), wanted, atol=1e-12)
    assert conv.receptive_field == 2 * conv.reach + 1 == 1 + (kernel - 1) * dilation


@pytest.mark.parametrize("sizes", [(0, 1, 3, 1), (1, 1, 2, 1), (1, 1, 3, 0), (1, 1, 0, 1)])
def test_impossible_sizes_are_refused(sizes):
    *channels, kernel, dilation = sizes
    with pytest.raises(ConfigError, match="centred convolution"):
        CentredConv1d(*channels, kernel, dilation=dilation)
