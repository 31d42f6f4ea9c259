"""The log-MMSE baseline: a spectral gain from statistics, with nothing learnt.

Y. Ephraim and D. Malah, "Speech enhancement using a minimum mean-square error log-spectral
amplitude estimator", IEEE Trans. Acoustics, Speech and Signal Processing 33(2), 1985, with the
decision-directed a-priori SNR of their paper of 1984 and a noise power that is tracked under
speech (:mod:`.noise_tracking`).

    frame t-1   [==== window ====]
    frame t              [==== window ====]      each frame brings one hop, and completes one:
    output      ---------->               |      latency = window - hop
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.models.classical.noise_tracking import MinimumStatistics, UnbiasedMMSE
from speechgen.shapes import Waves

State = dict[str, Tensor]

_SILENCE = 1e-12
_TRACKERS = {"minimum_statistics": MinimumStatistics, "unbiased_mmse": UnbiasedMMSE}


def log_spectral_gain(prior: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """exp(E[ln |S|]) / |Y| of Gaussian speech S in Gaussian noise, given Y: eq. 20 of 1985.

    Parameters
    ----------
    prior, posterior
        Expected power of S, and the power of Y, over the expected power of the noise.
    """
    from scipy.special import exp1

    share = prior / (1 + prior)
    return np.asarray(share * np.exp(0.5 * exp1(np.maximum(share * posterior, 1e-10))))


class LogMMSE(nn.Module):
    """A causal enhancer without weights.

    Parameters
    ----------
    sample_rate
        In Hz.
    window_samples
        Window of the wrapper, where it works by windows.
    frame_samples
        Length of the frames, under the square root of a Hann window before and after.
    hop_samples
        From frame to frame; the frame is a multiple of it, at least two.
    noise
        ``unbiased_mmse`` or ``minimum_statistics``: what tracks the noise.
    smoothing
        Weight of the last frame's speech in the a-priori SNR, 0 to 1, for frames every 16 ms.
    least_snr_db
        Floor of the a-priori SNR, against musical noise.
    least_gain_db
        No bin is attenuated by more.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        window_samples: int = 16384,
        frame_samples: int = 512,
        hop_samples: int = 256,
        noise: str = "unbiased_mmse",
        smoothing: float = 0.96,
        least_snr_db: float = -15.0,
        least_gain_db: float = -18.0,
    ) -> None:
        super().__init__()
        if hop_samples < 1 or frame_samples % hop_samples or frame_samples < 2 * hop_samples:
            raise ValueError(
                f"frame_samples must be a multiple of hop_samples, at least twice it, not"
                f" {frame_samples} and {hop_samples}"
            )
        if noise not in _TRACKERS:
            raise ValueError(f"noise is {noise!r}; it is one of {', '.join(_TRACKERS)}")
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.frame_samples = frame_samples
        self.hop_samples = hop_samples
        self.latency_samples = frame_samples - hop_samples
        seconds = hop_samples / sample_rate
        self._tracker = _TRACKERS[noise](seconds)
        self._smoothing = smoothing ** (seconds / 0.016)
        self._least_snr = 10 ** (least_snr_db / 10)
        self._least_gain = 10 ** (least_gain_db / 20)
        phase = 2 * np.pi * np.arange(frame_samples) / frame_samples
        self._window = np.sqrt(0.5 - 0.5 * np.cos(phase))
        self._scale = 2 * hop_samples / frame_samples  # squared windows add up to its inverse

    def forward(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same, cleaned."""
        return self.enhance(noisy)

    def enhance(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same, each example on its own, without delay."""
        time = noisy.shape[2]
        padding = self.latency_samples + -(time + self.latency_samples) % self.hop_samples
        padded = torch.nn.functional.pad(noisy, (0, padding))
        clean, _ = self.stream(padded, self.initial_state(noisy.shape[0]))
        return clean[:, :, self.latency_samples :][:, :, :time]

    def initial_state(self, batch: int) -> State:
        """The state before the first sample of ``batch`` signals, tensors on the CPU."""
        bins = self.frame_samples // 2 + 1
        state = {f"noise.{k}": v for k, v in self._tracker.initial(batch, bins).items()}
        state["recent"] = np.zeros((batch, self.latency_samples))
        state["unfinished"] = np.zeros((batch, self.latency_samples))
        state["speech"] = np.zeros((batch, bins))  # power of the last frame's estimate over noise
        state["started"] = np.zeros((batch, 1), dtype=bool)
        return {name: torch.from_numpy(value) for name, value in state.items()}

    def stream(self, noisy: Waves, state: State) -> tuple[Waves, State]:
        """The next samples: (batch, 1, k * hop_samples) to the same, ``latency_samples`` late.

        Parameters
        ----------
        noisy
            Any number of whole hops.
        state
            Of :meth:`initial_state` or of the last call; it is left as it is.

        Returns
        -------
        tuple
            The input of ``latency_samples`` before, cleaned, and the new state.

        Raises
        ------
        ValueError
            The samples are not a whole number of hops.
        """
        if noisy.shape[1] != 1 or noisy.shape[2] % self.hop_samples:
            raise ValueError(
                f"expected (batch, 1, a multiple of {self.hop_samples}), not {tuple(noisy.shape)}"
            )
        arrays = {name: value.numpy().copy() for name, value in state.items()}
        signal = noisy[:, 0].detach().cpu().numpy().astype(np.float64)
        signal = np.concatenate([arrays["recent"], signal], axis=1)
        arrays["recent"] = signal[:, signal.shape[1] - self.latency_samples :]
        frames = np.lib.stride_tricks.sliding_window_view(signal, self.frame_samples, axis=1)
        spectra = np.fft.rfft(frames[:, :: self.hop_samples] * self._window)
        tracked = {k.removeprefix("noise."): v for k, v in arrays.items() if k[:6] == "noise."}
        for index in range(spectra.shape[1]):
            spectra[:, index] *= self._gain(np.abs(spectra[:, index]) ** 2, arrays, tracked)
        arrays |= {f"noise.{name}": value for name, value in tracked.items()}
        clean = self._overlap_add(spectra, arrays)
        after = {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in arrays.items()}
        return torch.from_numpy(clean[:, None]).to(noisy), after

    def _gain(
        self, power: np.ndarray, arrays: dict[str, np.ndarray], tracked: dict[str, np.ndarray]
    ) -> np.ndarray:
        """Gains (batch, bin) of the frame of ``power``; silent frames leave the state unchanged."""
        active = power.mean(axis=1, keepdims=True) > _SILENCE
        before = dict(tracked)
        noise = self._tracker.update(tracked, power) + _SILENCE
        if not active.all():
            for name, value in before.items():
                kept = active.reshape(active.shape[0], *[1] * (value.ndim - 1))
                tracked[name] = np.where(kept, tracked[name], value)
        posterior = np.minimum(power / noise, 1e4)
        instant = np.maximum(posterior - 1, 0)
        prior = self._smoothing * arrays["speech"] / noise + (1 - self._smoothing) * instant
        prior = np.maximum(np.where(arrays["started"], prior, instant), self._least_snr)
        gain = np.minimum(log_spectral_gain(prior, posterior), 1.0)
        arrays["speech"] = np.where(active, gain**2 * power, arrays["speech"])
        arrays["started"] = arrays["started"] | active
        return np.maximum(gain, self._least_gain)

    def _overlap_add(self, spectra: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
        frames = np.fft.irfft(spectra, self.frame_samples) * (self._window * self._scale)
        batch, count, _ = frames.shape
        out = np.zeros((batch, count * self.hop_samples + self.latency_samples))
        out[:, : self.latency_samples] = arrays["unfinished"]
        for index in range(count):
            begin = index * self.hop_samples
            out[:, begin : begin + self.frame_samples] += frames[:, index]
        arrays["unfinished"] = out[:, count * self.hop_samples :]
        return out[:, : count * self.hop_samples]
