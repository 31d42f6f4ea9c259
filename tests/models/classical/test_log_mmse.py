"""The classical enhancer: its gain, its noise trackers, and that it streams as it enhances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.models.classical.log_mmse import LogMMSE, log_spectral_gain
from speechgen.models.classical.noise_tracking import MinimumStatistics, UnbiasedMMSE

FRAME_SECONDS = 0.016
TRACKERS = [MinimumStatistics, UnbiasedMMSE]


def bursts(seconds: float = 3.0, seed: int = 0) -> np.ndarray:
    """Harmonics that come and go three times a second, in [-0.5, 0.5]. (time,)"""
    time = np.arange(round(16000 * seconds)) / 16000
    pitch = 150 + 20 * np.sin(2 * np.pi * (0.9 + 0.1 * seed) * time)
    phase = 2 * np.pi * np.cumsum(pitch) / 16000
    tone = sum(np.sin(k * phase + k) / k for k in range(1, 20))
    return (0.15 * tone * (np.sin(2 * np.pi * 3 * time + seed) > 0)).astype(np.float32)


def hiss(num_samples: int, level: float, seed: int = 0) -> np.ndarray:
    return (level * np.random.default_rng(seed).normal(size=num_samples)).astype(np.float32)


def as_waves(*waves: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(waves)[:, None])


def level_db(wave: torch.Tensor | np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(np.square(np.asarray(wave, np.float64)))))


@pytest.mark.parametrize("prior_db", [-15, 0, 20])
@pytest.mark.parametrize("posterior_db", [-10, 0, 15])
def test_the_gain_is_the_mean_logarithm_of_the_posterior(prior_db: int, posterior_db: int) -> None:
    """S given Y is complex Gaussian of mean w Y and variance w, w = xi / (1 + xi), noise 1."""
    prior, posterior = 10 ** (prior_db / 10), 10 ** (posterior_db / 10)
    share = prior / (1 + prior)
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(400_000, 2)) @ np.array([1, 1j]) * np.sqrt(share / 2)
    drawn += share * np.sqrt(posterior)
    expected = np.exp(np.log(np.abs(drawn)).mean()) / np.sqrt(posterior)
    found = log_spectral_gain(np.array([prior]), np.array([posterior]))
    assert found[0] == pytest.approx(expected, rel=0.01)


def follow(tracker: MinimumStatistics | UnbiasedMMSE, power: np.ndarray) -> np.ndarray:
    """Noise (frame, bin) along ``power`` (frame, bin)."""
    state = tracker.initial(1, power.shape[1])
    return np.stack([tracker.update(state, frame[None])[0] for frame in power])


@pytest.mark.parametrize(("kind", "bias_db"), [(MinimumStatistics, 0.3), (UnbiasedMMSE, -1.2)])
def test_steady_noise_is_estimated_to_about_a_decibel(kind: type, bias_db: float) -> None:
    spectrum = np.geomspace(1.0, 1e-4, 100)
    power = np.random.default_rng(0).exponential(size=(400, 100)) * spectrum
    noise = follow(kind(FRAME_SECONDS), power)[150:]
    error_db = 10 * np.log10(noise.mean(axis=0) / spectrum)
    assert error_db.mean() == pytest.approx(bias_db, abs=0.3)
    assert np.abs(error_db).max() < 3.0


@pytest.mark.parametrize("kind", TRACKERS)
def test_speech_is_not_taken_for_noise_and_louder_noise_is_followed(kind: type) -> None:
    rng = np.random.default_rng(1)
    power = rng.exponential(size=(600, 60))
    speaking = (np.arange(300) // 12) % 2 == 1  # syllables of 0.2 s, pauses as long
    power[:300][speaking, :20] += 1000 * rng.exponential(size=(speaking.sum(), 20))
    power[300:] *= 10.0
    noise = 10 * np.log10(follow(kind(FRAME_SECONDS), power))
    assert noise[150:300].mean(axis=0).max() < 6.0  # the speech is 30 dB above
    assert noise[500:].mean() == pytest.approx(10.0, abs=1.5)


@pytest.mark.parametrize(
    "options", [{}, {"hop_samples": 128}, {"noise": "minimum_statistics"}, {"frame_samples": 768}]
)
def test_any_pieces_of_a_stream_make_the_same(options: dict) -> None:
    model = LogMMSE(**options)
    hop, latency = model.hop_samples, model.latency_samples
    wave = bursts() + hiss(48000, 0.02)
    wave = as_waves(wave, 0.3 * wave[::-1].copy())[:, :, : 150 * hop]
    whole, _ = model.stream(wave, model.initial_state(2))
    state, pieces, sizes = model.initial_state(2), [], [1, 7, 2, 30, 1, 60]
    for size in [*sizes, 150 - sum(sizes)]:
        done = sum(piece.shape[2] for piece in pieces)
        before = {name: value.clone() for name, value in state.items()}
        piece, after = model.stream(wave[:, :, done : done + size * hop], state)
        assert all(torch.equal(before[name], state[name]) for name in before)
        pieces.append(piece)
        state = after
    assert torch.equal(torch.cat(pieces, dim=2), whole)
    assert torch.equal(whole[:, :, latency:], model.enhance(wave)[:, :, :-latency])
    alone = [model.enhance(one[None]) for one in wave]
    assert torch.equal(torch.cat(alone), model.enhance(wave))


def test_what_comes_later_changes_nothing_before() -> None:
    model = LogMMSE()
    wave = as_waves(bursts() + hiss(48000, 0.02))
    other = wave.clone()
    changed = 100 * model.hop_samples
    other[:, :, changed:] = 0.3
    same = (model.enhance(wave) == model.enhance(other))[0, 0]
    assert same[: changed - model.latency_samples].all()
    assert not same[changed - model.latency_samples : changed].all()


@pytest.mark.parametrize("num_samples", [1, 255, 256, 257, 5000])
@pytest.mark.parametrize("hop_samples", [64, 256])
def test_without_attenuation_the_input_comes_back(num_samples: int, hop_samples: int) -> None:
    model = LogMMSE(least_gain_db=0.0, hop_samples=hop_samples)
    wave = as_waves(bursts(1.0)[:num_samples] + hiss(num_samples, 0.1))
    clean = model.enhance(wave)
    assert clean.shape == wave.shape
    torch.testing.assert_close(clean, wave, atol=1e-6, rtol=0)


def test_noise_goes_by_no_more_than_the_floor_and_level_does_not_matter() -> None:
    noise = as_waves(hiss(64000, 0.05))
    model = LogMMSE()
    taken = level_db(noise) - level_db(model.enhance(noise)[:, :, 8000:])
    assert 12.0 < taken < 18.1
    noisy = as_waves(bursts(4.0)) + noise
    torch.testing.assert_close(
        model.enhance(noisy) * 0.01, model.enhance(0.01 * noisy), atol=1e-5, rtol=0
    )


def test_digital_silence_stays_silent_and_is_no_noise_to_learn_from() -> None:
    model = LogMMSE()
    assert not model.enhance(torch.zeros(2, 1, 3000)).any()
    wave = bursts() + hiss(48000, 0.02)
    late = np.concatenate([np.zeros(20 * model.hop_samples, np.float32), wave])
    early, shifted = model.enhance(as_waves(wave)), model.enhance(as_waves(late))
    torch.testing.assert_close(shifted[:, :, -48000:], early, atol=1e-6, rtol=0)


def test_wrong_geometry_is_refused() -> None:
    for options in ({"hop_samples": 300}, {"hop_samples": 512}, {"noise": "loud"}):
        with pytest.raises(ValueError, match=r"hop_samples|noise"):
            LogMMSE(**options)
    with pytest.raises(ValueError, match="multiple of 256"):
        LogMMSE().stream(torch.zeros(1, 1, 300), LogMMSE().initial_state(1))


def test_bursts_in_hiss_come_nearer_to_what_they_were() -> None:
    from speechgen.metrics import si_sdr

    clean = np.pad(bursts(4.0), (8000, 0))  # what is heard first is taken for noise
    noisy = clean + hiss(len(clean), 0.03)
    out = LogMMSE().enhance(as_waves(noisy))[0, 0].numpy()
    assert si_sdr(clean, out) > si_sdr(clean, noisy) + 4.0


@pytest.mark.parametrize("noise", ["unbiased_mmse", "minimum_statistics"])
def test_recorded_pairs_sound_better(corpora: Path, noise: str) -> None:
    import soundfile

    from speechgen.metrics import pesq_wb, segmental_snr

    folder, gains = corpora / "paired" / "dns2020_no_reverb_part", []
    files = sorted((folder / "clean").iterdir())[::7]
    for file in files:
        clean, noisy = (soundfile.read(folder / side / file.name)[0] for side in ("clean", "noisy"))
        out = LogMMSE(noise=noise).enhance(as_waves(noisy.astype(np.float32)))[0, 0].numpy()
        measures = [
            (pesq_wb(clean, w, 16000), segmental_snr(clean, w, 16000)) for w in (noisy, out)
        ]
        gains.append(np.subtract(measures[1], measures[0]))
    assert (np.mean(gains, axis=0) > (0.1, 0.1)).all()
