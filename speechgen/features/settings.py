"""Feature settings: all parameters of feature extraction, as one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS

_LARGEST = 10**12  # number of any kind; larger whole ones may be beyond all floats
# hop, window and FFT length in samples where the settings leave them at 0
_DEFAULT_LENGTHS = {"mel": (256, 1024, 1024), "content": (160, 400, 512)}
#: what finds F0: :func:`speechgen.features.f0` or :func:`speechgen.features.pyin_f0`
F0_TRACKERS = ("yin", "pyin")
#: active level, in dB below full scale, to which speech is brought where its own is not to count
SPEECH_LEVEL_DB = -26.0


@dataclass(frozen=True)
class FeatureSettings:
    """How a waveform becomes local conditions (feature, frame).

    Parameters
    ----------
    kind
        ``"mel"``: log-mel spectrum, which carries the voice and serves vocoding; ``"content"``:
        speaker-normalised cepstra, normalised log-F0 and voicing, which leave the voice open.
    sample_rate
        Hz of the waveforms the settings apply to.
    hop_samples, window_samples, fft_samples
        Framing; 0 takes the kind's default (mel 256, 1024, 1024; content 160, 400, 512).
    num_mels
        Bands of the mel filter bank, which content's cepstra are computed from as well.
    num_cepstra
        Low-order cepstra of the content kind, c0 included.
    fmin_hz, fmax_hz
        Range of the filter bank; ``fmax_hz`` 0 means half the sample rate.
    f0_min_hz, f0_max_hz
        Range in which the fundamental is looked for.
    absolute_pitch
        Whether the last two rows are log-F0 as it is and voicing, in quarters of a frame
        (:func:`speechgen.features.pitch_rows.pitch_rows`): in addition to mel, in place of the
        normalised log-F0 of content.
    f0_tracker
        What finds it: ``"yin"``, fast and robust in noise, or ``"pyin"``, its reference, which
        takes some 20 times as long. A live melody needs the first.

    Raises
    ------
    ConfigError
        A value is out of range or does not fit another; the message names the field.
    """

    kind: str
    sample_rate: int = 16000
    hop_samples: int = 0
    window_samples: int = 0
    fft_samples: int = 0
    num_mels: int = 80
    num_cepstra: int = 16
    fmin_hz: float = 0.0
    fmax_hz: float = 0.0
    f0_min_hz: float = 60.0
    f0_max_hz: float = 500.0
    absolute_pitch: bool = False
    f0_tracker: str = "yin"

    def __post_init__(self) -> None:
        _check_types(self)
        if self.kind not in _DEFAULT_LENGTHS:
            _refuse("kind", self.kind, "'mel' or 'content'")
        if self.f0_tracker not in F0_TRACKERS:
            _refuse("f0_tracker", self.f0_tracker, " or ".join(map(repr, F0_TRACKERS)))
        names = ("hop_samples", "window_samples", "fft_samples")
        for name, default in zip(names, _DEFAULT_LENGTHS[self.kind], strict=True):
            if getattr(self, name) == 0:
                object.__setattr__(self, name, default)
        if self.fmax_hz == 0.0:
            object.__setattr__(self, "fmax_hz", self.sample_rate / 2)
        _check_ranges(self)

    @property
    def num_features(self) -> int:
        """Rows of what :func:`speechgen.features.extract` gives."""
        if self.kind == "content":
            return self.num_cepstra + NUM_ROWS
        return self.num_mels + (NUM_ROWS if self.absolute_pitch else 0)

    @property
    def tells_pitch(self) -> bool:
        """Whether F0 is among the features."""
        return self.kind == "content" or self.absolute_pitch

    @property
    def wave_level_db(self) -> float | None:
        """Active level, in dB below full scale, of the waves that go with these features.

        Content holds no loudness, so waves are normalised to one level; a
        mel spectrum holds the loudness, and its waves stay as they are (None).
        """
        return SPEECH_LEVEL_DB if self.kind == "content" else None

    def num_frames(self, num_samples: int) -> int:
        """Frames that cover ``num_samples`` samples: the quotient by the hop, rounded up."""
        return -(-num_samples // self.hop_samples)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and words, for a model's ``config.yaml``.

        The usual tracker of F0 is left out, as before there was another.
        """
        values = asdict(self)
        if self.f0_tracker == F0_TRACKERS[0]:
            del values["f0_tracker"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FeatureSettings:
        """Settings from what :meth:`to_dict` gave, or from a configuration that names some fields.

        Raises
        ------
        ConfigError
            Not a mapping, an unknown field, a wrong type or a value out of range.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"feature settings must be a mapping, not {type(values).__name__}")
        known = [field.name for field in fields(cls)]
        unknown = sorted(str(key) for key in values if key not in known)
        if unknown:
            raise ConfigError(f"features: unknown field {unknown[0]!r}; known: {', '.join(known)}")
        if "kind" not in values:
            raise ConfigError("features: field 'kind' is missing; give 'mel' or 'content'")
        return cls(**values)

    def check_same(self, other: FeatureSettings) -> None:
        """Raise :class:`ModelError` naming the first field in which ``other`` differs.

        What finds F0 may differ: the features mean the same.
        """
        for field in fields(self):
            if field.name == "f0_tracker":
                continue
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine != theirs:
                raise ModelError(
                    f"feature settings differ in {field.name}: {mine} here, {theirs} there;"
                    " extract the features with the model's own settings"
                )


def _check_types(settings: FeatureSettings) -> None:
    for field in fields(settings):
        value = getattr(settings, field.name)
        kinds = {"str": str, "int": int, "float": (int, float), "bool": bool}
        wanted: Any = kinds[str(field.type)]
        if not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool):
            _refuse(field.name, value, f"of type {field.type}")
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise ConfigError(f"features: {field.name} must be below {_LARGEST:.0e}")
        if field.type == "float":
            object.__setattr__(settings, field.name, float(value))


def _check_ranges(settings: FeatureSettings) -> None:
    limits = {
        "sample_rate": (1000, 400000),
        "hop_samples": (1, 1 << 16),
        "window_samples": (settings.hop_samples, settings.fft_samples),
        "fft_samples": (2, 1 << 20),
        "num_mels": (1, 1024),
        "num_cepstra": (1, settings.num_mels),
        "fmin_hz": (0.0, settings.sample_rate / 2 - 1),
        "fmax_hz": (settings.fmin_hz + 1, settings.sample_rate / 2),
        "f0_min_hz": (20.0, settings.sample_rate / 8),
        "f0_max_hz": (settings.f0_min_hz + 1, settings.sample_rate / 4),
    }
    for name, (low, high) in limits.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            _refuse(name, value, f"in [{low}, {high}]")


def _refuse(name: str, value: Any, wanted: str) -> None:
    raise ConfigError(f"features: {name} must be {wanted}, not {value!r}")
