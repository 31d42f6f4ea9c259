"""A model with a state over a stream: no delay, no seam, the same however it is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.enhancement import StreamEnhancer, enhance_wave
from speechgen.enhancement.core.overlap_add import OverlapAddModel
from speechgen.enhancement.core.protocols import as_streaming
from speechgen.enhancement.core.stateful import StatefulModel
from speechgen.errors import ModelError
from speechgen.models.classical.identity import Identity

LENGTHS = [1, 2, 63, 64, 65, 127, 1000, 30011]


class Leaky(nn.Module):
    """y[n] = 0.9 y[n - 1] + 0.1 x[n - latency]: a wrong state is heard at once."""

    sample_rate, window_samples = 16000, 2048

    def __init__(self, hop: int = 64, latency: int = 100) -> None:
        super().__init__()
        self.hop_samples, self.latency_samples = hop, latency
        self.lengths: list[int] = []

    def initial_state(self, batch: int) -> dict[str, Tensor]:
        return {"held": torch.zeros(batch, 1, self.latency_samples), "sum": torch.zeros(batch, 1)}

    def stream(self, noisy: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        assert noisy.shape[-1] % self.hop_samples == 0
        self.lengths.append(noisy.shape[-1])
        held = torch.cat([state["held"], noisy], dim=-1)
        total, out = state["sum"].double(), []
        for sample in held[..., : noisy.shape[-1]].double().unbind(dim=-1):
            total = 0.9 * total + 0.1 * sample
            out.append(total)
        keep = held[..., noisy.shape[-1] :]
        return torch.stack(out, dim=-1).float(), {"held": keep, "sum": total}

    def enhance(self, noisy: Tensor) -> Tensor:
        raise AssertionError("it streams")


def expected(wave: np.ndarray) -> np.ndarray:
    out, total = np.zeros_like(wave), np.zeros(len(wave))
    for n in range(wave.shape[1]):
        total = 0.9 * total + 0.1 * wave[:, n]
        out[:, n] = total
    return out


def run(model: nn.Module, wave: np.ndarray, chunks: list[int]) -> np.ndarray:
    streamed = StatefulModel(model, wave.shape[0])
    edges = np.minimum(np.cumsum([0, *chunks]), wave.shape[1])
    out = [streamed.process(wave[:, a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*out, streamed.process(wave[:, edges[-1] :], last=True)], axis=1)


def noise(channels: int, length: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.2 * rng.standard_normal((channels, length))).astype(np.float32)


@pytest.mark.parametrize("length", LENGTHS[:-1])
@pytest.mark.parametrize("latency", [0, 1, 63, 64, 200])
def test_the_state_goes_on_and_the_latency_is_taken_out(length: int, latency: int) -> None:
    wave = noise(2, length)
    out = run(Leaky(latency=latency), wave, [])
    assert out.shape == wave.shape
    np.testing.assert_allclose(out, expected(wave), atol=1e-6)


def test_the_chunks_do_not_matter() -> None:
    wave = noise(3, 3000)
    whole = run(Leaky(), wave, [])
    for chunks in ([1, 2, 3], [64] * 20, [1500, 1500], [997] * 3, [0, 3000], [3000, 0], [63, 1]):
        np.testing.assert_allclose(run(Leaky(), wave, chunks), whole, atol=1e-6)


def test_what_comes_out_waits_for_the_latency_and_less_than_a_hop() -> None:
    model = Leaky(hop=64, latency=100)
    streamed, given = StatefulModel(model, 1), 0
    for taken in range(10, 2000, 10):
        given += streamed.process(np.zeros((1, 10), np.float32)).shape[1]
        assert taken - given <= 100 + 63
    assert given > 1800


def test_a_long_chunk_goes_in_bounded_passes() -> None:
    class Counting(Identity):
        longest = 0

        def stream(self, noisy, state):
            self.longest = max(self.longest, noisy.numel())
            return super().stream(noisy, state)

    model = Counting(hop_samples=160, latency_samples=320)
    wave = noise(2, 500_000)
    np.testing.assert_array_equal(run(model, wave, []), wave)
    assert 1 << 16 < model.longest <= 1 << 17


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_an_identity_that_streams_changes_nothing(rate: int, channels: int) -> None:
    model = Identity(hop_samples=256, latency_samples=256)
    for length in (1, 255, 40007):
        wave = noise(channels, length)
        np.testing.assert_array_equal(enhance_wave(model, wave, rate), wave)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_blocks_of_a_file_do_not_matter(rate: int) -> None:
    wave = noise(1, rate // 2)
    whole = enhance_wave(Leaky(), wave, rate)
    stream = StreamEnhancer(Leaky(), rate, 1)
    pieces = [stream.process(wave[:, at : at + 301]) for at in range(0, wave.shape[1], 301)]
    pieces.append(stream.process(wave[:, :0], last=True))
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-6)


def test_models_that_stream_are_streamed_and_others_go_in_windows() -> None:
    assert as_streaming(Identity()) is None
    assert as_streaming(Identity(hop_samples=1)) is not None
    assert as_streaming(nn.Linear(1, 1)) is None
    kinds = {None: OverlapAddModel, 256: StatefulModel}
    for hop, kind in kinds.items():
        assert isinstance(StreamEnhancer(Identity(hop_samples=hop), 16000, 1)._model, kind)


def test_models_that_cannot_stream_are_refused() -> None:
    for hop, latency in ((0, 0), (-1, 0), (64, -1)):
        with pytest.raises(ModelError, match="streams"):
            as_streaming(Leaky(hop, latency))

    class Wrong(Identity):
        def stream(self, noisy, state):
            return noisy[..., :-1], state

    with pytest.raises(ModelError, match="turned"):
        run(Wrong(hop_samples=64), noise(1, 100), [])


def test_nothing_in_nothing_out() -> None:
    assert run(Leaky(), noise(2, 0), []).shape == (2, 0)


def _networks() -> list[nn.Module]:
    from speechgen.models.classical.log_mmse import LogMMSE
    from speechgen.models.spectral.enhancer import SpectralEnhancer

    torch.manual_seed(0)
    small = SpectralEnhancer(channels=8, blocks=1, groups=2, frame_memory=8, hidden=8)
    return [LogMMSE(), small]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("rate", [16000, 48000])
def test_the_networks_that_stream_do_so_however_they_are_cut(number: int, rate: int) -> None:
    model = _networks()[number].eval()
    swell = 1 + np.sin(np.arange(rate) / rate * 9)
    wave = (0.3 * noise(2, rate) * swell).astype(np.float32)
    stream = StreamEnhancer(model, rate, 2)
    pieces = [stream.process(wave[:, at : at + 1777]) for at in range(0, rate, 1777)]
    pieces.append(stream.process(wave[:, :0], last=True))
    cut = np.concatenate(pieces, axis=1)
    whole = enhance_wave(model, wave, rate)
    assert np.abs(whole - wave).max() > 1e-2
    np.testing.assert_allclose(cut, whole, atol=2e-6)
    if rate == model.sample_rate:
        with torch.inference_mode():
            offline = model.enhance(torch.from_numpy(wave)[:, None])[:, 0].numpy()
        np.testing.assert_allclose(whole, offline, atol=2e-6)
