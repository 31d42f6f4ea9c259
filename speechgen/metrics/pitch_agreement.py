"""How well one F0 tracker agrees with another: voicing, octaves, cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_OCTAVE_ERROR_CENTS = 900.0
_GROSS_ERROR_CENTS = 300.0

Pitch = tuple[NDArray[np.float64], NDArray[np.bool_]]


@dataclass(frozen=True)
class PitchAgreement:
    """Counts of frames, which add up over utterances.

    Parameters
    ----------
    num_frames
        All of them.
    misses, false_alarms
        Frames voiced in the reference only, and in the estimate only.
    cents
        (frame,), how much higher the estimate is where both are voiced.
    """

    num_frames: int
    misses: int
    false_alarms: int
    cents: NDArray[np.float64]

    def __add__(self, other: PitchAgreement) -> PitchAgreement:
        return PitchAgreement(
            self.num_frames + other.num_frames,
            self.misses + other.misses,
            self.false_alarms + other.false_alarms,
            np.concatenate([self.cents, other.cents]),
        )

    @property
    def voicing_error(self) -> float:
        """Share of all frames voiced in one only, 0 to 1."""
        return (self.misses + self.false_alarms) / self.num_frames

    @property
    def octave_errors(self) -> tuple[int, int]:
        """Frames more than nine semitones too high, and too low."""
        high, low = self.cents > _OCTAVE_ERROR_CENTS, self.cents < -_OCTAVE_ERROR_CENTS
        return int(np.sum(high)), int(np.sum(low))

    @property
    def gross_errors(self) -> int:
        """Frames more than three semitones off, octave errors among them."""
        return int(np.sum(np.abs(self.cents) > _GROSS_ERROR_CENTS))

    @property
    def rms_cents(self) -> float:
        """Root mean square over frames voiced in both; NaN without any."""
        return float(np.sqrt(np.mean(self.cents**2))) if len(self.cents) else float("nan")

    @property
    def fine_rms_cents(self) -> float:
        """The same without gross errors."""
        fine = self.cents[np.abs(self.cents) <= _GROSS_ERROR_CENTS]
        return float(np.sqrt(np.mean(fine**2))) if len(fine) else float("nan")


def pitch_agreement(reference: Pitch, estimate: Pitch) -> PitchAgreement:
    """Compare what two trackers found on the same frames.

    Parameters
    ----------
    reference, estimate
        F0 in Hz and voicing, each (frame,), as :func:`speechgen.features.f0` gives them.

    Raises
    ------
    ValueError
        They have other numbers of frames, or none.
    """
    (reference_hz, reference_voiced), (estimate_hz, estimate_voiced) = reference, estimate
    if len(reference_voiced) != len(estimate_voiced) or not len(reference_voiced):
        raise ValueError(f"{len(estimate_voiced)} frames against {len(reference_voiced)}")
    both = reference_voiced & estimate_voiced
    return PitchAgreement(
        len(both),
        int(np.sum(reference_voiced & ~estimate_voiced)),
        int(np.sum(estimate_voiced & ~reference_voiced)),
        1200 * np.log2(estimate_hz[both] / reference_hz[both]),
    )
