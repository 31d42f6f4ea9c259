"""How to enhance, as one value: built by the command line or Python API, read by the streamer."""

from __future__ import annotations

from dataclasses import dataclass

from speechgen.errors import ConfigError


@dataclass(frozen=True)
class EnhanceOptions:
    """How to enhance, apart from the model and the files.

    Parameters
    ----------
    wet
        Share of the model's change that is applied, 0 to 1.
    max_attenuation_db
        Nothing becomes quieter by more than this, in dB, 0 or more; None sets no limit.
    window_batch
        Windows in one forward pass of a model that works in windows.
    device
        Where the model runs.
    salvage
        Whether a file that is cut short or damaged counts as done when what is there of it is.
    low_delay
        Whether sound at another rate than the model's is resampled by short filters, and the band
        that the model cannot hear follows its past alone: a stream's delay is then 4 ms more than
        the model's, not some 100. What comes out differs a little from what comes out without.

    Raises
    ------
    ConfigError
        ``wet`` is outside [0, 1] or the limit is negative.
    """

    wet: float = 1.0
    max_attenuation_db: float | None = None
    window_batch: int = 16
    device: str = "cpu"
    salvage: bool = False
    low_delay: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.wet <= 1.0:
            raise ConfigError(f"wet is {self.wet}; it must lie between 0 and 1")
        limit_db = self.max_attenuation_db
        if limit_db is not None and not limit_db >= 0.0:
            raise ConfigError(f"the largest attenuation is {limit_db} dB; it is 0 or more")

    @property
    def share(self) -> float:
        """Share of the change that is applied: ``wet``, or what the limit leaves of it."""
        if self.max_attenuation_db is None:
            return self.wet
        return min(self.wet, 1.0 - 10.0 ** (-self.max_attenuation_db / 20.0))


DEFAULTS = EnhanceOptions()
