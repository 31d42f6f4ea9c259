"""Voice conversion of a wave as it comes, a stated delay behind it.

::

    wave, without an offset
      '----> mel ---------> * gain ----------------> [converter] --> [vocoder] --> / gain --> wave
        '--> F0, voicing (decided later) --> moved -----'--------------'
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import as_floats
from speechgen.errors import ArrayError, ConfigError
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE
from speechgen.features.formants import check_formants, formant_warp
from speechgen.features.live_frames import LiveMel, LiveMelody
from speechgen.features.spectrum import logarithm
from speechgen.models.converter.spectral_match import check_strength
from speechgen.sampling.parallel import NoiseField
from speechgen.store import LoadedModel
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.conversion import LEVEL_DB, Conversion
from speechgen.synthesis.conversion_stream import ConversionStream
from speechgen.synthesis.melody import check_semitones
from speechgen.synthesis.running import RunningGain, RunningHeight, RunningOffset
from speechgen.synthesis.target_voice import TargetVoices
from speechgen.synthesis.voices import Voice

_SILENCE = 1e-9  # mean power in a frame's span; it stays silence


class LiveConverter:
    """The words of a wave that comes in pieces, in another voice.

    Sample n of what comes out belongs to sample n of what went in, and all of them come out. What
    they are does not depend on the pieces.

    Parameters
    ----------
    voice
        As :func:`speechgen.synthesis.speaker_vector` takes it.
    model, vocoder, encoder
        Model directories or names of shipped models; None for the defaults.
    source_f0_hz
        The mean F0 of who speaks; None for that of what has been heard so far, which moves a little
        in the first seconds.
    semitones
        By which the melody is moved on top of the height of the voice.
    formants
        Factor by which the formants of the voice are moved: 1.1 for a tenth higher.
    spectral_match
        How much of the average spectrum of recordings of the voice it takes on, 0 to 1.
    seed
        Of the vocoder's noise.
    device
        "auto" is a GPU where there is one.

    Raises
    ------
    SpeechgenError
        The model is no converter that streams, there is no such voice, or a number is out of
        range.

    Examples
    --------
    >>> live = LiveConverter("bob.wav")  # doctest: +SKIP
    >>> for piece in microphone:  # doctest: +SKIP
    ...     play(live.process(piece))
    >>> play(live.flush())  # doctest: +SKIP
    """

    def __init__(
        self,
        voice: Voice,
        *,
        model: Path | str | LoadedModel | None = None,
        vocoder: Path | str | None = None,
        encoder: Path | str | nn.Module | None = None,
        source_f0_hz: float | None = None,
        semitones: float = 0.0,
        formants: float = 1.0,
        spectral_match: float = 1.0,
        seed: int | None = 0,
        device: str = "auto",
    ) -> None:
        if source_f0_hz is not None and not 20.0 <= source_f0_hz <= 2000.0:
            raise ConfigError(f"a mean F0 of {source_f0_hz} Hz; give 20 to 2000, or leave it out")
        check_semitones(semitones)
        check_strength(spectral_match)
        check_formants(formants)
        loaded = load_synthesiser(model, device, vocoder)
        network, settings = loaded.model, loaded.config.feature_settings()
        if not isinstance(network, Conversion) or settings is None:
            raise ConfigError(
                f"{loaded.directory}: a {loaded.config.name} does not convert live; take a "
                "voice_converter, such as converter-small"
            )
        target = TargetVoices(network, settings, encoder, device, spectral_match).of(voice)
        warp = None if formants == 1 else formant_warp(formants, settings)[None]
        self._voice = target.conditions(warp=warp)
        self.sample_rate, self._hop = settings.sample_rate, settings.hop_samples
        self._network, self._settings, self._noise = network, settings, NoiseField(seed)
        self._heights = target.f0_hz, source_f0_hz, semitones
        self.restart()

    def restart(self) -> None:
        """Begin with another wave: all that was heard before is forgotten."""
        self._stream = ConversionStream(self._network, self._voice, self._noise)
        self._mel = LiveMel(self._settings)
        ahead = self._stream.melody_delay_frames * self._hop
        self._melody = LiveMelody(self._settings, self._mel.reach_samples + ahead)
        seconds = self._hop / self.sample_rate
        self._height = RunningHeight(*self._heights, seconds)
        self._gain = RunningGain(LEVEL_DB, seconds)
        self._loudness = _Loudness(self._hop)
        self._offset = RunningOffset(self.sample_rate)
        self._taken = 0

    @property
    def delay_samples(self) -> int:
        """Sample n comes out at the latest when sample n + ``delay_samples`` has gone in."""
        stream = self._stream
        mel = stream.delay_frames * self._hop + self._mel.reach_samples
        own = stream.delay_frames - stream.melody_delay_frames
        melody = own * self._hop + self._melody.reach_samples
        return max(mel, melody) + stream.delay_samples - 1

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Take the next samples, (time,) at ``sample_rate``; give those that are certain, float32.

        Raises
        ------
        ArrayError
            The samples are not (time,), or hold NaN or infinity.
        """
        wave = as_floats(samples)
        if wave.ndim != 1:
            raise ArrayError(f"samples must be (time,), not of shape {wave.shape}")
        if not len(wave):
            return np.zeros(0, np.float32)
        wave = self._offset.push(wave)
        self._taken += len(wave)
        mel = self._levelled(*self._mel.push(wave))
        melody = self._height.moved(self._melody.push(wave))
        return self._given(self._stream.push(mel, melody))

    def flush(self) -> np.ndarray:
        """The samples that are left: with them as many have come out as went in."""
        mel = self._levelled(*self._mel.finish())
        melody = self._height.moved(self._melody.finish())
        rest = torch.cat([self._stream.push(mel, melody), self._stream.finish()])
        return self._given(rest[: self._taken - self._loudness.given])

    def _levelled(self, magnitudes: Tensor, powers: np.ndarray) -> Tensor:
        """The converter's mel at its level, and what is to be done to its sound."""
        gains = [self._gain.after(float(power)) for power in powers]
        for gain, power in zip(gains, powers, strict=True):
            self._loudness.push(1.0 / gain if power > _SILENCE else 0.0)
        mel = logarithm(magnitudes * torch.tensor(gains, dtype=torch.float32))
        return (mel - MEL_CENTRE) / MEL_SCALE

    def _given(self, wave: Tensor) -> np.ndarray:
        return np.clip(wave.cpu().numpy() * self._loudness.take(len(wave)), -1.0, 1.0)


class _Loudness:
    """A factor for every sample, on lines from the middle of a frame to the next."""

    def __init__(self, hop_samples: int) -> None:
        self._hop = hop_samples
        self._factors: list[float] = []
        self._first = 0  # the frame that the list begins with
        self.given = 0

    def push(self, factor: float) -> None:
        """Add that of the next frame."""
        self._factors.append(factor)

    def take(self, count: int) -> np.ndarray:
        """The next (count,) float32."""
        if not count:
            return np.zeros(0, np.float32)
        places = np.arange(self.given, self.given + count) / self._hop - 0.5 - self._first
        factors = np.interp(places, np.arange(len(self._factors)), self._factors)
        self.given += count
        past = max(0, self.given // self._hop - 1 - self._first)
        del self._factors[:past]
        self._first += past
        return factors.astype(np.float32)
