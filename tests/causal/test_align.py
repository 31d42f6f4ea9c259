"""Frames and samples: frame j is samples [j hop, (j + 1) hop), to the sample."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from speechgen.causal import FrameUpsampler, interpolation_taps, repeat_frames


def test_repetition_puts_each_frame_on_its_own_samples():
    frames = torch.tensor([[[1.0, 2.0, 3.0]]])
    assert repeat_frames(frames, 2, 5).tolist() == [[[1, 1, 2, 2, 3]]]


@pytest.mark.parametrize("hop", [1, 2, 5, 160])
def test_interpolation_weights_sum_to_one_and_are_none_negative(hop):
    taps = interpolation_taps(hop)
    assert torch.allclose(taps.sum(dim=1), torch.ones(hop))
    assert (taps >= 0).all()


@pytest.mark.parametrize("hop", [2, 5, 8])
def test_initial_upsampling_is_linear_interpolation_between_frame_centres(hop):
    frames = torch.randn(2, 3, 7, dtype=torch.float64)
    wanted = F.interpolate(frames, scale_factor=hop, mode="linear", align_corners=False)
    assert torch.allclose(FrameUpsampler(hop).double()(frames), wanted, atol=1e-6)


def test_a_sample_depends_on_its_own_frame_and_the_two_beside_it_only():
    upsampler = FrameUpsampler(4).double()
    torch.nn.init.normal_(upsampler.weight)
    frames = torch.randn(1, 1, 6, dtype=torch.float64, requires_grad=True)
    samples = upsampler(frames)
    for t in range(24):
        (gradient,) = torch.autograd.grad(samples[0, 0, t], frames, retain_graph=True)
        seen = set(torch.nonzero(gradient[0, 0]).flatten().tolist())
        assert seen == {j for j in range(6) if abs(j - t // 4) <= 1}


def test_upsampling_commutes_with_a_projection_of_the_features():
    upsampler, project = FrameUpsampler(4).double(), torch.nn.Linear(3, 5, bias=False).double()
    torch.nn.init.normal_(upsampler.weight)
    frames = torch.randn(2, 3, 6, dtype=torch.float64)
    early = upsampler(project(frames.transpose(1, 2)).transpose(1, 2))
    late = project(upsampler(frames).transpose(1, 2)).transpose(1, 2)
    assert torch.allclose(early, late, atol=1e-12)


@pytest.mark.parametrize("time", [21, 24])
def test_adding_is_upsampling_plus_bias_also_where_the_last_frame_is_cut(time):
    upsampler = FrameUpsampler(4).double()
    frames = torch.randn(2, 3, 6, dtype=torch.float64)
    bias = torch.randn(2, 3, dtype=torch.float64)
    x = torch.randn(2, 3, time, dtype=torch.float64)
    added = upsampler.add(x, upsampler.taps(frames.transpose(1, 2), bias))
    wanted = x + upsampler(frames)[..., :time] + bias.unsqueeze(2)
    assert torch.allclose(added, wanted, atol=1e-12)
