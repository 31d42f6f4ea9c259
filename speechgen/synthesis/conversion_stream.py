"""A converter and a vocoder as a stream of frames: what :class:`Conversion` gives, as it comes.

::

    mel          j   j+1  ...  j+8                          j+12
    melody       .    .         j    the converter needs it  j+4
    converted                                                 j  --> [vocoder] --> samples
"""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField
from speechgen.sampling.vocoder_stream import VocoderStream
from speechgen.synthesis.conversion import Conversion, finished

_MOST_FRAMES = 16  # at a time, where that many have piled up


class ConversionStream:
    """One utterance of any length, each frame as soon as it can be.

    Parameters
    ----------
    conversion
        With a vocoder that streams.
    voice
        Of batch 1, without ``local``.
    noise
        The vocoder's.

    Raises
    ------
    ConfigError
        The vocoder does not stream.
    """

    def __init__(self, conversion: Conversion, voice: Conditions, noise: NoiseField) -> None:
        if not isinstance(conversion.vocoder, HarmonicVocoder):
            raise ConfigError(
                f"{conversion.vocoder_directory}: this vocoder makes no sound as it comes; take a "
                "harmonic_vocoder, such as vocoder-small"
            )
        self._converter = conversion.converter
        self._vocoder = VocoderStream(conversion.vocoder, noise)
        self._device = next(conversion.parameters()).device
        self._voice = voice.to(self._device)
        self._state = self._converter.initial_state(1)
        self._mel: deque[Tensor] = deque()
        self._melody: deque[Tensor] = deque()  # for the converter
        self._played: deque[Tensor] = deque()  # and later for the vocoder
        self._last_mel: Tensor | None = None
        self._last_rows: Tensor | None = None
        self._count = 0  # frames that the converter has had

    @property
    def melody_delay_frames(self) -> int:
        """Frames by which a melody may come after its mel, without delay."""
        return self._converter.recogniser.look_ahead

    @property
    def delay_frames(self) -> int:
        """Frames that must follow a frame before it goes to the vocoder."""
        return self._converter.delay_frames

    @property
    def delay_samples(self) -> int:
        """Samples from the end of a frame that has gone to the vocoder back to what came out."""
        return self._vocoder.delay_samples

    @torch.inference_mode()
    def push(self, mel: Tensor, melody: Tensor) -> Tensor:
        """The samples (time,) that are final with these frames.

        Parameters
        ----------
        mel
            (mel, frame), scaled as the converter's frames are; any number.
        melody
            (2, frame), the rows of frames in the same order; any number.
        """
        device = self._device
        if mel.shape[1]:
            self._mel.extend(mel.to(device).split(1, dim=1))
            self._last_mel = self._mel[-1]
        if melody.shape[1]:
            rows = melody.to(device).split(1, dim=1)
            self._melody.extend(rows)
            self._played.extend(rows)
            self._last_rows = rows[-1]
        made = [torch.zeros(0, device=device)]
        while count := self._ready():
            made.append(self._advance(count))
        return torch.cat(made)

    @torch.inference_mode()
    def finish(self) -> Tensor:
        """The samples that are left, up to the end of the last frame; mel and melody are whole."""
        if self._last_mel is None or self._last_rows is None:
            return torch.zeros(0, device=self._device)
        after = self._last_mel.expand(-1, self.delay_frames)
        rows = self._last_rows.expand(-1, self.delay_frames - self.melody_delay_frames)
        return torch.cat([self.push(after, rows), self._vocoder.finish()])

    def _ready(self) -> int:
        """Frames that the converter can take at once."""
        first = self.melody_delay_frames - self._count  # those go without a melody
        return min(len(self._mel), first if first > 0 else len(self._melody), _MOST_FRAMES)

    def _advance(self, count: int) -> Tensor:
        """The next frames through the converter, and what that makes sound."""
        later = self._count >= self.melody_delay_frames
        melody = _taken(self._melody, count)[None] if later else None
        mel = _taken(self._mel, count)
        frames = torch.cat([mel, mel.new_zeros(NUM_ROWS, count)])[None]
        speaker = self._voice.speaker
        assert speaker is not None
        made, self._state = self._converter.stream(frames, speaker, self._state, melody=melody)
        early = min(count, max(0, self.delay_frames - self._count))
        self._count += count
        if early == count:
            return mel.new_zeros(0)
        rows = _taken(self._played, count - early)
        mel = finished(made[:, :, early:], self._voice)[0]
        return self._vocoder.push(torch.cat([mel, rows]))


def _taken(queue: deque[Tensor], count: int) -> Tensor:
    return torch.cat([queue.popleft() for _ in range(count)], dim=1)
