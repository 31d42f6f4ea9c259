"""Settings of augmentation: what may vary between training mixtures, and how often."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from speechgen.errors import ConfigError

_RANGES = ("_db", "_hz", "_voices")


@dataclass(frozen=True)
class AugmentationSettings:
    """Augmentation of training mixtures; a probability of 0 (the default) switches a part off.

    Ranges are (lowest, highest) and drawn uniformly.

    Attributes
    ----------
    speaker_balance
        Balance of speakers: 0 in proportion to their speech, 1 all equally often.
    speed_probability
        Of speech played at another speed (``speed`` of the dataset).
    another_noise_probability
        Of a second noise, and, where there is one, of a third.
    other_noise_db
        Level of those relative to the first.
    onset_probability
        Of a noise that begins or ends within the item.
    modulation_probability, modulation_db, modulation_hz
        Of a noise whose level wanders, by how much (standard deviation), how fast.
    babble_voices
        Fewest and most voices of babble.
    cafe_probability, cafe_voices, cafe_noises, cafe_noise_db
        Of a crowded room in place of another noise; its fewest and most voices; patterns of the
        classes of noise that belong there, and their level relative to the voices.
    rumble_probability, rumble_hz, rumble_db
        Of noise in the lowest octaves beside the others, as of engines and ventilation; where
        it begins to fall, and its level relative to the first noise.
    speech_room_probability
        Of speech in a room; the target is then its first 50 ms: the direct sound and the early
        reflections, which are perceived as one.
    noise_room_probability
        Of each noise in a room of its own.
    simulated_room_probability
        Of a simulated response where there are measured ones too.
    room_decay_db
        Additional decay of a response, in dB per second: makes measured rooms drier.
    room_seconds
        Responses are cut here.
    band_limit_probability, band_limit_hz
        Of both sides passing a low-pass filter, and its cut-off.
    clip_probability, clip_db
        Of a noisy side that clips, and by how much its peaks are cut.
    codec_probability, codec_weights
        Of a noisy side that went through a codec (both are then band-limited alike), and how often
        which: ``mu_law a_law gsm ima_adpcm`` at 8 kHz, ``ima_adpcm_wide`` at the full rate.
    """

    speaker_balance: float = 0.0
    speed_probability: float = 0.0
    another_noise_probability: float = 0.0
    other_noise_db: tuple[float, float] = (-15.0, 0.0)
    onset_probability: float = 0.0
    modulation_probability: float = 0.0
    modulation_db: float = 5.0
    modulation_hz: tuple[float, float] = (0.3, 3.0)
    babble_voices: tuple[int, int] = (3, 8)
    cafe_probability: float = 0.0
    cafe_voices: tuple[int, int] = (8, 16)
    cafe_noises: tuple[str, ...] = ("*cafe*", "*crowd*", "*kitchen*", "*restaurant*")
    cafe_noise_db: tuple[float, float] = (-12.0, 6.0)
    rumble_probability: float = 0.0
    rumble_hz: tuple[float, float] = (50.0, 400.0)
    rumble_db: tuple[float, float] = (-6.0, 18.0)
    speech_room_probability: float = 0.0
    noise_room_probability: float = 0.0
    simulated_room_probability: float = 0.3
    room_decay_db: tuple[float, float] = (0.0, 60.0)
    room_seconds: float = 0.5
    band_limit_probability: float = 0.0
    band_limit_hz: tuple[float, float] = (3400.0, 7500.0)
    clip_probability: float = 0.0
    clip_db: tuple[float, float] = (1.0, 9.0)
    codec_probability: float = 0.0
    codec_weights: dict[str, float] = field(
        default_factory=lambda: {
            "mu_law": 3.0, "a_law": 3.0, "ima_adpcm": 1.5, "ima_adpcm_wide": 1.5, "gsm": 1.0,
        }
    )  # fmt: skip

    def __post_init__(self) -> None:
        from speechgen.data.augment.codecs import CODECS

        for item in dataclasses.fields(self):
            name, value = item.name, getattr(self, item.name)
            if name.endswith("_probability") or name == "speaker_balance":
                if not 0 <= value <= 1:
                    raise ConfigError(f"augmentation.{name}: needs 0 to 1, not {value}")
            elif name.endswith(_RANGES) and isinstance(value, tuple) and value[0] > value[1]:
                raise ConfigError(f"augmentation.{name}: needs (lowest, highest), not {value}")
        if self.room_seconds <= 0:
            raise ConfigError(
                f"augmentation.room_seconds: needs more than 0, not {self.room_seconds}"
            )
        if min(self.babble_voices[0], self.cafe_voices[0]) < 1:
            raise ConfigError("augmentation: babble_voices and cafe_voices need 1 or more")
        unknown = set(self.codec_weights) - set(CODECS)
        if unknown:
            raise ConfigError(
                f"augmentation.codec_weights: no codec {min(unknown)!r}; "
                f"there are: {', '.join(CODECS)}"
            )
        if self.codec_probability > 0 and not sum(self.codec_weights.values()) > 0:
            raise ConfigError("augmentation.codec_weights: needs a codec with a weight above 0")
