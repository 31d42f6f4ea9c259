"""The harmonic vocoder: its source, what its samples depend on, its pitch."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.errors import ConfigError, ModelError
from speechgen.features import FeatureSettings, extract, f0
from speechgen.features.pitch_rows import pitch_rows
from speechgen.models.vocoders.harmonic_source import between_frames, onsets, phases, pulses
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.vocoders.multi_discriminator import MultiDiscriminator
from speechgen.models.wavenet.conditions import Conditions

SMALL = {"local_features": 12, "hop_samples": 32, "channels": 8, "hidden_channels": 12, "blocks": 2}


def vocoder(**arguments):
    torch.manual_seed(0)
    model = HarmonicVocoder(**{**SMALL, "kernel_size": 3, **arguments}).double().eval()
    torch.nn.init.normal_(model.filters.head.weight, std=0.3)
    return model


def frames_of(model, count, batch=1):
    torch.manual_seed(1)
    local = 0.3 * torch.randn(batch, model.local_features, count, dtype=torch.float64)
    return Conditions(local)


def noise_of(model, count, batch=1):
    torch.manual_seed(2)
    samples = model.noise_samples(count * model.hop_samples)
    return torch.randn(batch, 1, samples, dtype=torch.float64)


def test_pulses_are_all_harmonics_of_the_fundamental_in_phase():
    """By hand: 2,000 Hz at 16 kHz has three below 7,840 Hz, the fourth has no place yet."""
    f0_hz = torch.full((1, 64), 2000.0, dtype=torch.float64)
    cycles = phases(f0_hz, 16000)
    wave = pulses(f0_hz, cycles, 16000)
    number = 0.98 * 8000 / 2000  # 3.92
    times = 2 * np.pi * cycles[0].numpy()
    wanted = sum(np.cos(k * times) for k in (1, 2, 3)) + (number - 3) * np.cos(4 * times)
    wanted *= np.sqrt(4 * 2000 / 16000 / 0.98)
    assert np.allclose(wave[0].numpy(), wanted, atol=1e-9)


@pytest.mark.parametrize("f0_hz", [63.0, 100.0, 251.7, 499.0])
def test_the_source_is_as_strong_as_noise_of_variance_one_whatever_its_pitch(f0_hz):
    contour = torch.full((1, 32000), f0_hz)
    power = pulses(contour, phases(contour, 16000), 16000).square().mean()
    assert float(power) == pytest.approx(1.0, rel=0.04)


def test_a_gliding_source_has_no_clicks():
    """The highest harmonics fade in and out: samples of a glide do not jump by a harmonic."""
    contour = torch.linspace(100.0, 101.0, 16000, dtype=torch.float64)[None]
    glide = pulses(contour, phases(contour, 16000), 16000)[0]
    steady = torch.full_like(contour, 100.5)
    still = pulses(steady, phases(steady, 16000), 16000)[0]
    assert glide.diff().abs().max() < 1.1 * still.diff().abs().max()


def test_frames_are_interpolated_between_their_middles():
    line = between_frames(torch.tensor([[0.0, 4.0, 0.0]]), 4)
    assert line[0].tolist() == [0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_source_sets_in_where_a_frame_says(share):
    """A frame of which the last part is voiced, before voiced ones: on at that place."""
    hop = 64
    voicing = torch.tensor([[0.0, 0.0, share, 1.0, 1.0]])
    strength = onsets(between_frames(voicing, hop))[0]
    assert strength[0] == 0 and strength[-1] == 1
    place = int((strength >= 0.5).int().argmax()) + hop // 2  # frames begin at multiples of hop
    assert abs(place - (3 - share) * hop) <= 0.1 * hop
    assert 0 < ((strength > 0) & (strength < 1)).sum() <= hop // 2


@pytest.mark.parametrize("fold", [1, 2, 4])
def test_a_stream_is_the_whole(fold):
    model = vocoder(fold=fold)
    frames, noise = frames_of(model, 11, batch=2), noise_of(model, 11, batch=2)
    with torch.no_grad():
        whole = model(noise, frames)
        padded = torch.nn.functional.pad(
            frames.local, (model.frames_before, model.frames_after), mode="replicate"
        )
        for cuts in ((1,) * padded.shape[2], (3, 1, padded.shape[2] - 4)):
            state, waves, begin = model.initial_state(2), [], 0
            for count in cuts:
                piece = noise[:, 0, begin * 32 : (begin + count) * 32]
                wave, state = model.stream(padded[:, :, begin : begin + count], piece, state)
                waves.append(wave)
                begin += count
            joined = torch.cat(waves, dim=1)
            start = model.frames_before * 32 + model.delay_samples
            assert torch.allclose(joined[:, start : start + 11 * 32], whole[:, 0], atol=1e-10)


def test_no_sample_depends_on_more_than_the_stated_look_ahead():
    """Frames after the last that a stream needs for a sample have no gradient there."""
    model = vocoder()
    local = frames_of(model, 14).local.requires_grad_()
    made = model(noise_of(model, 14), Conditions(local))[0, 0]
    for sample in (5 * 32, 5 * 32 + 7, 6 * 32 - 1):
        (gradient,) = torch.autograd.grad(made[sample], local, retain_graph=True)
        seen = torch.nonzero(gradient[0].abs().sum(dim=0)).flatten().tolist()
        newest = -(-(sample + 1 + model.delay_samples) // 32) - 1
        assert max(seen) <= newest
        assert max(seen) >= newest - 1  # the bound is no idle one


def test_every_sample_has_its_full_windows_at_both_ends():
    """A filter of one everywhere gives back the source and the noise, from the first sample on."""
    model = vocoder()
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    frames, noise = frames_of(model, 9), noise_of(model, 9)
    with torch.no_grad():
        made = model(noise, frames)[0, 0]
        other = model(torch.zeros_like(noise), frames)[0, 0]
    difference = made - other  # the noise alone: a piece of it, in its order
    positions = [
        int(shift)
        for shift in range(noise.shape[2] - len(difference) + 1)
        if torch.allclose(noise[0, 0, shift : shift + len(difference)], difference, atol=1e-9)
    ]
    assert len(positions) == 1


@pytest.mark.parametrize("f0_hz", [80.0, 210.0, 400.0])
def test_the_pitch_is_the_one_it_is_told(f0_hz):
    """With fresh weights already: it comes from the source."""
    torch.manual_seed(0)
    model = HarmonicVocoder(channels=16, hidden_channels=16, blocks=1).eval()
    count = 60
    local = torch.zeros(1, 82, count)
    local[0, :80] = 0.6 - 0.01 * torch.arange(80)[:, None]  # falling, as voiced speech
    local[0, 80:] = torch.from_numpy(pitch_rows(np.full(count, f0_hz), np.ones(count, bool)))
    noise = torch.zeros(1, 1, model.noise_samples(count * 256))
    with torch.no_grad():
        wave = model(noise, Conditions(local))[0, 0].numpy()
    found, voicing = f0(wave, 16000, 256)
    assert voicing[5:-5].all()
    assert np.abs(1200 * np.log2(found[5:-5] / f0_hz)).max() < 10


def test_where_nothing_is_voiced_there_is_noise_only():
    """Without noise, silence: whatever F0 is interpolated there."""
    model = vocoder()
    local = frames_of(model, 12).local
    local[:, -1] = 0.0
    silent = torch.zeros_like(noise_of(model, 12))
    with torch.no_grad():
        assert model(silent, Conditions(local)).abs().max() == 0.0
        local[:, -1, 6] = 1.0
        made = model(silent, Conditions(local))[0, 0].abs()
    assert made.max() > 0
    assert made[: 3 * 32].max() == 0.0  # the ramp, and the windows around it


def test_fresh_weights_keep_the_spectrum_of_speech():
    """Training begins with about the right spectrum: log-mel within half a neper."""
    corpora = os.environ.get("SPEECHGEN_CORPORA")
    if not corpora:
        pytest.skip("SPEECHGEN_CORPORA is not set: no real speech")
    real_speech = read_mono(Path(corpora) / "arctic/slt/arctic_a0011.flac", 16000)
    settings = FeatureSettings("mel", absolute_pitch=True)
    frames = extract(settings, real_speech)[None]
    torch.manual_seed(0)
    model = HarmonicVocoder(channels=16, hidden_channels=16, blocks=1).eval()
    noise = torch.randn(1, 1, model.noise_samples(len(real_speech)))
    with torch.no_grad():
        wave = model(noise, Conditions(frames))[0, 0, : len(real_speech)]
    again = extract(settings, wave / wave.abs().max().clamp_min(1.0))
    loud = frames[0, :80] > -0.5
    assert 6.5 * (again[:80] - frames[0, :80])[loud].abs().mean() < 0.5


def test_discriminators_look_at_periods_and_spectra():
    torch.manual_seed(0)
    model = MultiDiscriminator(
        periods=(2, 3), period_channels=(4, 8), resolutions=(64,), resolution_channels=4
    ).double()
    wave = torch.randn(2, 1, 301, dtype=torch.float64)
    logits, maps = model(wave)
    assert len(logits) == len(maps) == 3
    assert [len(each) for each in maps] == [2, 2, 5]
    assert all(len(each) == 2 for each in logits)
    louder = MultiDiscriminator(
        periods=(2, 3), period_channels=(4, 8), resolutions=(64,), resolution_channels=4,
        input_level=0.1,
    ).double()  # fmt: skip
    louder.load_state_dict(model.state_dict())
    for one, other in zip(logits, louder(0.1 * wave)[0], strict=True):
        assert torch.allclose(one, other)


def test_nonsense_is_refused_in_one_line():
    for arguments in ({"look_ahead": 1}, {"local_features": 2}, {"fold": 3}, {"output_level": 0.0}):
        with pytest.raises(ConfigError):
            vocoder(**arguments)
    model = vocoder()
    with pytest.raises(ModelError, match="65 samples need 3 frames"):
        model.check(frames_of(model, 2), 65)
    with pytest.raises(ModelError, match="12 rows"):
        model.check(Conditions(torch.zeros(1, 5, 4)), 32)
    for arguments in ({"periods": (), "resolutions": ()}, {"input_level": 0.0}, {"periods": (0,)}):
        with pytest.raises(ConfigError):
            MultiDiscriminator(**arguments)
    with pytest.raises(ModelError, match="one channel"):
        MultiDiscriminator()(torch.zeros(1, 2, 500))
