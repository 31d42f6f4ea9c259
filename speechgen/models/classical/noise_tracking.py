"""Noise power tracking in every frequency bin, during speech too, frame by frame.

Two trackers with one interface: ``initial(batch, bins)`` gives a state, a dict of arrays with the
batch as first axis, and ``update(state, power)`` takes the periodograms |Y|^2 of the next frame,
(batch, bins), changes the state in place and returns the noise power, (batch, bins).
"""

from __future__ import annotations

import numpy as np

State = dict[str, np.ndarray]

_TINY = 1e-12
# Table III of Martin 2001: window length in frames, mean of the minimum of that many frames.
_LENGTHS = (1, 2, 5, 8, 10, 15, 20, 30, 40, 60, 80, 120, 140, 160, 180, 220, 260, 300)
_MEANS = (
    *(0, 0.26, 0.48, 0.58, 0.61, 0.668, 0.705, 0.762, 0.80),
    *(0.841, 0.865, 0.89, 0.90, 0.91, 0.92, 0.93, 0.935, 0.94),
)


class MinimumStatistics:
    """R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum
    statistics", IEEE Trans. Speech and Audio Processing 9(5), 2001.

    Speech pauses between syllables, so the least smoothed power of the last 1.5 s is noise's. How
    far the minimum lies below the mean is known and compensated.

    Parameters
    ----------
    frame_seconds
        From one frame to the next.
    window_seconds
        Over which the minimum is taken.
    parts
        Pieces of that window; the minimum can rise when one has gone by.
    """

    def __init__(
        self, frame_seconds: float, *, window_seconds: float = 1.536, parts: int = 8
    ) -> None:
        self.parts = parts
        self.part_frames = max(2, round(window_seconds / parts / frame_seconds))
        self._mean = _mean_of_minimum(parts * self.part_frames)
        self._part_mean = _mean_of_minimum(self.part_frames)
        self._snr_exponent = -frame_seconds / 0.064

    def initial(self, batch: int, bins: int) -> State:
        """Before the first frame."""
        shape = (batch, bins)
        return {
            "smoothed": np.zeros(shape),
            "noise": np.zeros(shape),
            "first_moment": np.zeros(shape),
            "second_moment": np.zeros(shape),
            "correction": np.ones((batch, 1)),
            "least": np.full(shape, np.inf),  # compensated for the window, in this part
            "least_of_part": np.full(shape, np.inf),  # the same, compensated for the part
            "window_least": np.full(shape, np.inf),
            "earlier": np.full((batch, self.parts, bins), np.inf),  # least of the last parts
            "fell": np.zeros(shape, dtype=bool),  # a minimum within the part, not at its ends
            "frames": np.zeros((batch, 1), dtype=np.int64),
        }

    def update(self, state: State, power: np.ndarray) -> np.ndarray:
        """Noise power after the next frame."""
        begun = state["frames"] > 0
        for name in ("smoothed", "noise", "first_moment"):
            state[name] = np.where(begun, state[name], power)
        state["second_moment"] = np.where(begun, state["second_moment"], power**2)
        smoothed = self._smooth(state, power)
        inverse = self._inverse_degrees(state)
        spread = inverse.mean(axis=1, keepdims=True)
        raised = (1 + 2.12 * np.sqrt(spread)) * smoothed  # eq. 23: a safety margin
        low = raised * _bias(inverse, self.parts * self.part_frames, self._mean)
        low_of_part = raised * _bias(inverse, self.part_frames, self._part_mean)
        lower = low < state["least"]
        state["least"] = np.where(lower, low, state["least"])
        state["least_of_part"] = np.where(lower, low_of_part, state["least_of_part"])
        place = state["frames"] % self.part_frames
        state["frames"] = state["frames"] + 1
        ends = place == self.part_frames - 1
        state["fell"] = (state["fell"] | (lower & (place > 0))) & ~(ends & lower)
        within = np.minimum(state["window_least"], state["least_of_part"])
        state["window_least"] = np.where((place > 0) & ~ends, within, state["window_least"])
        if ends.any():
            self._end_part(state, ends, spread)
        known = np.isfinite(state["window_least"])
        state["noise"] = np.where(known, state["window_least"], state["noise"])
        return state["noise"]

    def _smooth(self, state: State, power: np.ndarray) -> np.ndarray:
        """Eqs. 9 to 12: as smooth as it may be where only noise is, quick where speech begins."""
        smoothed, noise = state["smoothed"], state["noise"] + _TINY
        ratio = smoothed.sum(1, keepdims=True) / (power.sum(1, keepdims=True) + _TINY)
        wanted = np.maximum(1 / (1 + (ratio - 1) ** 2), 0.7)
        state["correction"] = 0.7 * state["correction"] + 0.3 * wanted
        factor = 0.96 * state["correction"] / (1 + (smoothed / noise - 1) ** 2)
        snr = smoothed.sum(1, keepdims=True) / noise.sum(1, keepdims=True)
        lowest = np.minimum(0.3, np.maximum(snr, _TINY) ** self._snr_exponent)
        factor = np.maximum(factor, lowest)
        smoothed = factor * smoothed + (1 - factor) * power
        beta = np.minimum(factor**2, 0.8)
        state["first_moment"] = beta * state["first_moment"] + (1 - beta) * smoothed
        state["second_moment"] = beta * state["second_moment"] + (1 - beta) * smoothed**2
        state["smoothed"] = smoothed
        return smoothed

    def _inverse_degrees(self, state: State) -> np.ndarray:
        """1 / Q_eq, eqs. 20 to 22: the variance of the smoothed power against its square."""
        variance = state["second_moment"] - state["first_moment"] ** 2
        inverse = variance / (2 * state["noise"] ** 2 + _TINY**2)
        return np.clip(inverse, 1 / 14 / (1 + state["frames"] % self.part_frames), 0.5)

    def _end_part(self, state: State, ends: np.ndarray, spread: np.ndarray) -> None:
        earlier = np.concatenate([state["earlier"][:, 1:], state["least"][:, None]], axis=1)
        lowest = earlier.min(axis=1)
        steps = ((0.03, 8.0), (0.05, 4.0), (0.06, 2.0), (np.inf, 1.2))
        rise = np.select([spread < limit for limit, _ in steps], [value for _, value in steps])
        part = state["least_of_part"]
        climbs = state["fell"] & (part < rise * lowest) & (part > lowest)
        lowest = np.where(climbs, part, lowest)
        earlier = np.where(climbs[:, None], part[:, None], earlier)
        state["earlier"] = np.where(ends[:, None], earlier, state["earlier"])
        state["window_least"] = np.where(ends, lowest, state["window_least"])
        for name in ("least", "least_of_part"):
            state[name] = np.where(ends, np.inf, state[name])
        state["fell"] = state["fell"] & ~ends


class UnbiasedMMSE:
    """T. Gerkmann and R. C. Hendriks, "Unbiased MMSE-based noise power estimation with low
    complexity and low tracking delay", IEEE Trans. Audio, Speech and Language Processing 20(4),
    2012.

    The noise of a bin is a mixture of its last estimate and the input, weighted by the speech
    presence probability under a fixed a-priori SNR of 15 dB.

    Parameters
    ----------
    frame_seconds
        From one frame to the next.
    settling_seconds
        At the beginning, taken for noise alone.
    """

    def __init__(self, frame_seconds: float, *, settling_seconds: float = 0.08) -> None:
        self._settling = max(1, round(settling_seconds / frame_seconds))
        self._noise_factor = 0.8 ** (frame_seconds / 0.016)
        self._presence_factor = 0.9 ** (frame_seconds / 0.016)

    def initial(self, batch: int, bins: int) -> State:
        """Before the first frame."""
        return {
            "noise": np.zeros((batch, bins)),
            "presence": np.full((batch, bins), 0.5),
            "frames": np.zeros((batch, 1), dtype=np.int64),
        }

    def update(self, state: State, power: np.ndarray) -> np.ndarray:
        """Noise power after the next frame."""
        count = state["frames"]
        noise = state["noise"] + _TINY
        optimal = 10**1.5
        exponent = np.minimum(power / noise * optimal / (1 + optimal), 200.0)
        present = 1 / (1 + (1 + optimal) * np.exp(-exponent))  # eq. 18, equal priors
        smoothed = self._presence_factor * state["presence"] + (1 - self._presence_factor) * present
        present = np.where(smoothed > 0.99, np.minimum(present, 0.99), present)  # eqs. 23 and 24
        periodogram = (1 - present) * power + present * noise  # eq. 22
        tracked = self._noise_factor * noise + (1 - self._noise_factor) * periodogram
        averaged = (state["noise"] * count + power) / (count + 1)
        settling = count < self._settling
        state["noise"] = np.where(settling, averaged, tracked)
        state["presence"] = np.where(settling, state["presence"], smoothed)
        state["frames"] = count + 1
        return state["noise"]


def _mean_of_minimum(frames: int) -> float:
    return float(np.interp(frames, _LENGTHS, _MEANS))


def _bias(inverse_degrees: np.ndarray, frames: int, mean: float) -> np.ndarray:
    """Mean over minimum of ``frames`` correlated values, eq. 17."""
    return 1 + 2 * (frames - 1) * (1 - mean) / (1 / inverse_degrees - 2 * mean)
