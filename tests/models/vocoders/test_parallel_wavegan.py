"""Parallel WaveGAN: what a sample depends on, the paper's sizes, conditions in their places."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.vocoders.parallel_wavegan_discriminator import ParallelWaveGANDiscriminator
from speechgen.models.wavenet.conditions import Conditions

SMALL = {
    "stacks": 2,
    "layers_per_stack": 3,
    "residual_channels": 6,
    "gate_channels": 8,
    "skip_channels": 32,  # enough that some unit behind each ReLU is alive
    "local_features": 3,
    "hop_samples": 8,
    "upsampler_channels": 8,
}


def generator(**arguments):
    return ParallelWaveGAN(**{**SMALL, **arguments}).double().eval()


def frames_of(model, num_samples, batch=1):
    count = -(-num_samples // model.hop_samples)
    return Conditions(torch.randn(batch, model.local_features, count, dtype=torch.float64))


def parameters(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("kernel", "fold"), [(3, 1), (5, 1), (3, 2)])
def test_a_sample_depends_on_as_much_noise_after_it_as_before_it(kernel, fold):
    model = generator(kernel_size=kernel, fold=fold)
    reach = (kernel - 1) // 2 * 2 * (1 + 2 + 4)  # positions of the stack
    time = (4 * reach + 6) * fold
    noise = torch.randn(1, 1, time, dtype=torch.float64, requires_grad=True)
    made = model(noise, frames_of(model, time))
    place = 2 * reach + 3
    for sample in range(place * fold, (place + 1) * fold):
        (gradient,) = torch.autograd.grad(made[0, 0, sample], noise, retain_graph=True)
        seen = torch.nonzero(gradient[0, 0]).flatten().tolist()
        assert seen == list(range((place - reach) * fold, (place + reach + 1) * fold))
        assert len(seen) == model.receptive_field
        assert max(sample - seen[0], seen[-1] - sample) <= model.reach
    assert model.reach == reach * fold + fold - 1


def test_the_papers_generator_is_the_default():
    """Section 3.1.2: 30 layers in three stacks, 64 channels, for which it states 1.44 M weights.

    Ours has 1.62 M: the stack is the paper's (0.99 M), but the frames go through a network of
    their own (0.62 M) in place of 1x1 convolutions in the layers; no weight normalisation.
    """
    model = ParallelWaveGAN()
    assert model.stack.dilations == [2**layer for layer in range(10)] * 3
    assert model.receptive_field == 1 + 2 * 3 * 1023
    assert parameters(model.stack) == 30 * (3 * 64 * 128 + 128 + 64 * 128 + 128)
    assert parameters(model) == pytest.approx(1.62e6, rel=0.01)
    assert parameters(model) - parameters(model.conditioning) == pytest.approx(0.995e6, rel=0.01)
    assert parameters(ParallelWaveGANDiscriminator()) == pytest.approx(0.10e6, rel=0.03)


def test_frames_act_on_their_own_samples():
    """With frames repeated, frame j acts on samples [j hop, (j + 1) hop) and the reach."""
    model = generator(upsampler_kernel_size=1)
    with torch.no_grad():
        model.conditioning.upsampler.weight.copy_(torch.tensor([0.0, 1.0, 0.0]).expand(8, 3))
    time = 20 * 8
    noise = torch.randn(1, 1, time, dtype=torch.float64)
    one = frames_of(model, time)
    other = one.local.clone()
    other[:, :, 9] += 1.0
    with torch.no_grad():
        difference = model(noise, Conditions(other)) - model(noise, one)
    touched = torch.nonzero(difference[0, 0]).flatten().tolist()
    beyond = model.reach - 1  # the first block's gates see the frame, so its convolution does not
    assert touched == list(range(9 * 8 - beyond, 10 * 8 + beyond))


@pytest.mark.parametrize("fold", [1, 4])
def test_lengths_that_are_no_whole_frames_or_folds(fold):
    model = generator(fold=fold)
    noise = torch.randn(2, 1, 45, dtype=torch.float64)
    frames = frames_of(model, 45, batch=2)
    made = model(noise, frames)
    assert made.shape == (2, 1, 45)
    more = Conditions(torch.cat([frames.local, torch.randn_like(frames.local)], dim=2))
    assert model(noise, more).shape == (2, 1, 45)
    with pytest.raises(ModelError, match="45 samples need 6 frames of 8 samples"):
        model(noise, Conditions(frames.local[:, :, :5]))


def test_examples_of_a_batch_do_not_touch_each_other():
    model = generator(fold=2)
    noise = torch.randn(3, 1, 64, dtype=torch.float64)
    frames = frames_of(model, 64, batch=3)
    both = model(noise, frames)
    alone = model(noise[1:2], frames.select([1]))
    assert torch.allclose(both[1:2], alone, atol=1e-12)


@pytest.mark.parametrize("coefficient", [0.0, 0.85])
def test_the_domain_is_left_as_it_was_entered_also_in_parts(coefficient):
    model = generator(preemphasis=coefficient)
    wave = torch.randn(2, 1, 300, dtype=torch.float64)
    domain = model.to_domain(wave)
    assert torch.allclose(model.from_domain(domain), wave, atol=1e-10)
    parts, before = [], None
    for part in domain.split([1, 7, 150, 142], dim=2):
        parts.append(model.from_domain(part, before=before))
        before = parts[-1][..., -1:]
    assert torch.allclose(torch.cat(parts, dim=2), wave, atol=1e-10)


def test_the_discriminator_sees_both_sides_of_every_sample():
    discriminator = ParallelWaveGANDiscriminator(layers=5, channels=6).double()
    waves = torch.randn(2, 1, 60, dtype=torch.float64, requires_grad=True)
    logits, features = discriminator(waves)
    assert logits[0].shape == (2, 1, 60)
    assert [f.shape for f in features[0]] == [(2, 6, 60)] * 4
    (gradient,) = torch.autograd.grad(logits[0][0, 0, 30], waves)
    reach = 1 + 1 + 2 + 3 + 1  # dilations 1, 1, 2, 3, 1
    seen = torch.nonzero(gradient[0, 0]).flatten().tolist()
    assert seen == list(range(30 - reach, 30 + reach + 1))
    assert not gradient[1].any()
    louder = ParallelWaveGANDiscriminator(layers=5, channels=6, input_level=0.1).double()
    louder.load_state_dict(discriminator.state_dict())
    assert torch.allclose(louder(0.1 * waves)[0][0], logits[0], atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"stacks": 0}, "stacks"),
        ({"kernel_size": 2}, "odd kernel"),
        ({"preemphasis": 1.0}, "preemphasis"),
        ({"output_level": 0.0}, "output_level"),
        ({"local_features": 0}, "local_features"),
        ({"fold": 3}, "fold"),
        ({"gate_channels": 7}, "gate_channels"),
    ],
)
def test_impossible_arguments_are_refused(arguments, word):
    with pytest.raises(ConfigError, match=word):
        generator(**arguments)


def test_an_impossible_discriminator_is_refused():
    for arguments in ({"layers": 1}, {"channels": 0}, {"input_level": 0.0}):
        with pytest.raises(ConfigError, match="the discriminator needs"):
            ParallelWaveGANDiscriminator(**arguments)
    with pytest.raises(ModelError, match="one channel"):
        ParallelWaveGANDiscriminator()(torch.zeros(1, 2, 50))
