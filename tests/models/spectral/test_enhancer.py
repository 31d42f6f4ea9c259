"""The causal enhancer: receptive field, streams of any cut, levels, perfect reconstruction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read
from speechgen.models.spectral.enhancer import SpectralEnhancer
from speechgen.models.spectral.filters import filters_of
from speechgen.models.spectral.frames import apply_filters, complex_filters, running_power
from speechgen.models.spectral.windows import overlap_add
from speechgen.training import compose

SMALL = {
    "fft_samples": 128,
    "channels": 8,
    "blocks": 2,
    "groups": 4,
    "frame_memory": 6,
    "hidden": 8,
    "taps": 2,
}
TINY = {"hop_samples": 32, "shared_bands": True, "frame_memory": 0}


def network(**options: object) -> SpectralEnhancer:
    return SpectralEnhancer(**(SMALL | options)).eval()


def passing(model: SpectralEnhancer) -> SpectralEnhancer:
    """The same, sure of speech everywhere."""
    model.merge.start_at(9.0, spread=0.0)
    return model


def test_the_default_is_small() -> None:
    with torch.device("meta"):
        model = SpectralEnhancer()
    assert sum(parameter.numel() for parameter in model.parameters()) < 2_000_000
    assert model.hop_samples == 256  # 16 ms
    assert model.latency_samples == 512  # with the hop being filled 48 ms


def test_the_tiny_one_is_tiny_and_quick_to_answer() -> None:
    arguments = compose(["experiment=spectral_enhancer_tiny", "data.train=d", "output=o"])
    model = SpectralEnhancer(**arguments["model"]["arguments"])
    assert sum(parameter.numel() for parameter in model.parameters()) < 100_000
    waited = model.latency_samples + model.hop_samples  # the hop itself has to be filled
    assert waited / model.sample_rate < 0.020


@pytest.mark.parametrize("hop", [None, 20])
@pytest.mark.parametrize("lookahead", [0, 1, 2])
@pytest.mark.parametrize("samples", [1, 63, 64, 1000])
def test_unit_filters_give_back_the_input(lookahead: int, samples: int, hop: int | None) -> None:
    model = passing(network(lookahead_frames=lookahead, hop_samples=hop))
    wave = torch.randn(2, 1, samples)
    with torch.no_grad():
        torch.testing.assert_close(model.enhance(wave), wave, atol=1e-5, rtol=0)


def test_filters_by_hand() -> None:
    outputs = torch.tensor([0.5, 0.2, -0.3, 0.4]).view(1, 1, 1, 4)  # no idea: all of it counts
    expected = torch.tensor([0.5 + 0.2j, -0.3 + 0.4j]).view(1, 1, 1, 2)
    torch.testing.assert_close(complex_filters(outputs, 2), expected)
    for sure, gain in ((9.0, 1.0), (-9.0, 0.0)):
        outputs[..., 0] = sure
        expected = torch.tensor([gain, 0.0], dtype=torch.complex64).view(1, 1, 1, 2)
        torch.testing.assert_close(complex_filters(outputs, 2), expected)


@pytest.mark.parametrize("size", [64, 32])
@pytest.mark.parametrize("lookahead", [0, 2])
def test_no_sample_depends_on_input_beyond_the_latency(lookahead: int, size: int) -> None:
    model = network(lookahead_frames=lookahead, hop_samples=size)
    wave = torch.randn(1, 1, size * 12, requires_grad=True)
    clean, _ = model.stream(wave, model.initial_state(1))
    for hop in (2, 7):  # an output of stream depends on the input up to the end of its own hop
        (gradient,) = torch.autograd.grad(
            clean[0, 0, hop * size : (hop + 1) * size].sum(), wave, retain_graph=True
        )
        seen = torch.nonzero(gradient[0, 0]).flatten()
        assert seen.max() < (hop + 1) * size
        assert seen.max() >= hop * size + size // 2  # and does use what it waited for
        assert seen.min() < 64  # and remembers the beginning


@pytest.mark.parametrize("lookahead", [0, 1])
@pytest.mark.parametrize("options", [{}, {"frame_memory": 0}, {"taps": 1}, {"taps": 4}, TINY])
def test_a_stream_in_pieces_is_the_whole(options: dict, lookahead: int) -> None:
    model = network(lookahead_frames=lookahead, **options)
    size = model.hop_samples
    wave = torch.randn(2, 1, size * 20)
    with torch.no_grad():
        whole = model.enhance(wave)
        state, pieces, start = model.initial_state(2), [], 0
        padded = torch.nn.functional.pad(wave, (0, model.latency_samples))
        for hops in (1, 1, 3, 7, 2, 100):
            piece, state = model.stream(padded[..., start : start + size * hops], state)
            pieces.append(piece)
            start += size * hops
    streamed = torch.cat(pieces, dim=-1)
    assert not streamed[..., : model.latency_samples - size].any() or lookahead == 0
    torch.testing.assert_close(streamed[..., model.latency_samples :], whole, atol=1e-5, rtol=1e-5)


def test_a_state_may_be_used_twice() -> None:
    model = network()
    with torch.no_grad():
        _, state = model.stream(torch.randn(1, 1, 640), model.initial_state(1))
        wave = torch.randn(1, 1, 640)
        first, _ = model.stream(wave, state)
        second, _ = model.stream(wave, state)
    assert first.equal(second)


def test_the_running_level_is_its_recursion() -> None:
    spectra = torch.randn(50, 2, 9, dtype=torch.complex64)
    spectra[10:17] = 0.0  # silence does not count
    power, frames = torch.tensor([0.3, 0.0]), torch.tensor([5.0, 0.0])
    after, seen, levels = running_power(spectra, power, frames, 20.0 / 3.072)
    expected = power.clone()
    for frame, level in zip(spectra, levels, strict=True):
        now = frame.abs().square().mean(-1)
        if now.any():
            frames = frames + 1
            expected = expected + (now - expected) / frames.clamp(1.0, 20.0)
        torch.testing.assert_close(level, expected.clamp_min(1e-12).sqrt())
    torch.testing.assert_close(after, expected)
    assert seen.equal(frames)


@pytest.mark.parametrize("gain", [1e-3, 0.1, 30.0])
def test_the_level_does_not_matter(gain: float) -> None:
    model = network()
    wave = torch.randn(1, 1, 2000)
    with torch.no_grad():
        torch.testing.assert_close(
            model.enhance(gain * wave), gain * model.enhance(wave), atol=1e-4 * gain, rtol=1e-3
        )


def test_examples_are_independent() -> None:
    model = network()
    waves = torch.randn(3, 1, 1000) * torch.tensor([0.01, 1.0, 0.3])[:, None, None]
    with torch.no_grad():
        together = model.enhance(waves)
        for number in range(3):
            alone = model.enhance(waves[number : number + 1])
            torch.testing.assert_close(together[number : number + 1], alone, atol=1e-5, rtol=1e-4)


def test_silence_stays_silent_and_finite() -> None:
    model = network()
    wave = torch.cat([torch.zeros(1, 1, 4000), torch.randn(1, 1, 1000), torch.zeros(1, 1, 4000)], 2)
    with torch.no_grad():
        clean = model.enhance(wave)
    assert clean.isfinite().all()
    assert not clean[..., :3800].any()
    assert not clean[..., -3500:].any()


def test_bad_sizes_are_refused() -> None:
    model = network()
    with pytest.raises(ValueError, match="multiple of the hop"):
        model.stream(torch.zeros(1, 1, 100), model.initial_state(1))
    bad_sizes = {"fft_samples": 127, "blocks": 0, "compression": 0.0, "taps": 0, "hop_samples": 65}
    for name, value in bad_sizes.items():
        with pytest.raises(ValueError):
            network(**{name: value})


def test_a_recording_through_unit_filters(corpora: Path) -> None:
    path = sorted((corpora / "librispeech" / "test-other").rglob("*.opus"))[0]
    wave, _ = read(path)
    with torch.no_grad():
        clean = passing(SpectralEnhancer().eval()).enhance(torch.from_numpy(wave)[None, :1])
    np.testing.assert_allclose(clean[0].numpy(), wave[:1], atol=1e-5)


@pytest.mark.parametrize("options", [{}, TINY, {"lookahead_frames": 0, "taps": 3}])
def test_the_filters_that_are_shown_are_those_that_are_applied(options: dict) -> None:
    """The spectra of the enhanced wave are the filtered ones, where frames are not smeared."""
    model = network(**options).requires_grad_(False)
    noisy = 0.1 * torch.randn(2, 1, 40 * model.hop_samples)
    filters = filters_of(model, noisy)
    framed = torch.nn.functional.pad(
        noisy[:, 0], (model.fft_samples - model.hop_samples, 3 * model.hop_samples)
    ).unfold(1, model.fft_samples, model.hop_samples)
    spectra = torch.fft.rfft(framed.transpose(0, 1) * model.window)
    context = torch.cat([spectra.new_zeros(model.taps - 1, *spectra.shape[1:]), spectra])
    count = min(len(filters), len(spectra))
    waves = torch.fft.irfft(apply_filters(filters[:count], context), n=model.fft_samples)
    parts = waves[..., -2 * model.hop_samples :] * model.synthesis
    made, _ = overlap_add(parts, parts.new_zeros(2, model.hop_samples))
    wanted = model(noisy)[..., : made.shape[2] - model.hop_samples]
    torch.testing.assert_close(
        made[..., model.hop_samples :][..., : wanted.shape[2]], wanted, atol=1e-5, rtol=1e-4
    )
    assert filters[..., 0].real.min() >= 0 and filters[..., 0].real.max() <= 1
