"""A vocoder at the frame rate: a harmonic source and noise, each filtered in short spectra.

::

    log-mel, log-F0, voicing --> [ConvNeXt] x n --> filters of each short frame
                    F0 --> pulses --> STFT --> * H --(+)--> inverse STFT --> wave
                           noise  --> STFT --> * N ---'

The network works on frames and gives complex gains of the harmonics and real gains of the noise,
as in Z. Liu, K. Chen, K. Yu, "Neural homomorphic vocoder", Interspeech 2020, section 2; spectra out
and an inverse STFT are H. Siuzdak's, "Vocos", arXiv:2306.00814. Pitch comes from the source.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import num_frames
from speechgen.causal.convnext import ChunkedConvNeXt
from speechgen.causal.streaming_conv import ChunkedChain, ChunkedConv1d
from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS, hertz
from speechgen.models.vocoders.filter_head import FilterHead
from speechgen.models.vocoders.harmonic_source import between_frames, onsets, phases, pulses
from speechgen.models.vocoders.short_spectra import ShortSpectra
from speechgen.models.vocoders.vocoder_state import VocoderState
from speechgen.models.wavenet.conditions import Conditions

LOWEST_HZ = 20.0


class HarmonicVocoder(nn.Module):
    """A waveform from log-mel spectra, log-F0 and voicing.

    Parameters
    ----------
    sample_rate
        Hz.
    local_features, hop_samples
        Rows of the frames, the last two of which are log-F0 and voicing
        (:func:`speechgen.features.pitch_rows.pitch_rows`), and their hop.
    fold
        Short spectra for each frame: of ``hop_samples / fold`` samples' hop, four hops long.
    channels, hidden_channels, blocks, kernel_size
        Of the ConvNeXt blocks.
    look_ahead
        Frames after a frame that its filters depend on.
    output_level
        About the level of the waveforms, which discriminators divide by.
    """

    speaker_features = 0  # the frames carry the voice

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        local_features: int = 82,
        hop_samples: int = 256,
        fold: int = 2,
        channels: int = 256,
        hidden_channels: int = 768,
        blocks: int = 6,
        kernel_size: int = 7,
        look_ahead: int = 2,
        output_level: float = 0.05,
    ) -> None:
        super().__init__()
        if local_features <= NUM_ROWS or blocks < 1 or look_ahead < 2 or not output_level > 0:
            raise ConfigError(
                f"local_features must be 3, blocks 1, look_ahead 2 or more and output_level above "
                f"0, not {local_features}, {blocks}, {look_ahead} and {output_level}"
            )
        if fold < 1 or hop_samples % fold or hop_samples // fold % 2:
            raise ConfigError(f"hop_samples / fold must be even, not {hop_samples} / {fold}")
        self.sample_rate, self.output_level = sample_rate, float(output_level)
        self.local_features, self.hop_samples = local_features, hop_samples
        self.fold, self.look_ahead = fold, look_ahead
        self.short = ShortSpectra(hop_samples // fold)
        self.network = ChunkedChain([ChunkedConv1d(local_features, channels, kernel_size)])
        for _ in range(blocks):
            scale = 1.0 / blocks
            self.network.append(
                ChunkedConvNeXt(channels, hidden_channels, kernel_size, initial_scale=scale)
            )
        self.filters = FilterHead(channels, local_features, self.short.num_bins, fold, sample_rate)

    @property
    def delay_samples(self) -> int:
        """Samples of :meth:`stream` by which a waveform comes after its frames."""
        return self.look_ahead * self.hop_samples + self.short.reach // 2

    @property
    def frames_before(self) -> int:
        """Copies of the first frame to begin a stream with."""
        return -(-2 // self.fold) + 1

    @property
    def frames_after(self) -> int:
        """Copies of the last frame to end a stream with."""
        return self.frames_before - 1 + self.look_ahead

    def noise_samples(self, num_samples: int) -> int:
        """Samples of noise for a waveform of ``num_samples``."""
        frames = num_frames(num_samples, self.hop_samples)
        return (frames + self.frames_before + self.frames_after) * self.hop_samples

    def check(self, conditions: Conditions, num_samples: int) -> None:
        """Raise :class:`ModelError` unless the conditions are those of ``num_samples`` samples."""
        local, needed = conditions.local, num_frames(num_samples, self.hop_samples)
        if conditions.speaker is not None or local is None or local.shape[1] != self.local_features:
            raise ModelError(
                f"this vocoder takes frames of {self.local_features} rows and no speaker vector"
            )
        if local.shape[2] < needed or num_samples < 1:
            raise ModelError(
                f"{num_samples} samples need {needed} frames of {self.hop_samples} samples, but "
                f"the local condition has {local.shape[2]}"
            )

    def forward(self, noise: Tensor, conditions: Conditions) -> Tensor:
        """Waveforms (batch, 1, time) from as many frames as they take.

        ``noise`` is (batch, 1, noise_samples(time)), normally distributed with variance 1.
        """
        local = conditions.local
        assert local is not None
        padded = F.pad(local, (self.frames_before, self.frames_after), mode="replicate")
        wave, _ = self.stream(padded, noise[:, 0], self.initial_state(len(local)))
        begin = self.frames_before * self.hop_samples + self.delay_samples
        return wave[:, None, begin : begin + local.shape[2] * self.hop_samples]

    def initial_state(self, batch: int) -> VocoderState:
        """The state before the first frame; in training the phase of the source is random."""
        like, reach = self.short.window, self.short.reach
        source = (2 * self.look_ahead - 1) * self.hop_samples // 2 + reach // 2
        cycles = like.new_zeros(batch, 1, dtype=torch.float64)
        return VocoderState(
            self.network.initial_state(batch),
            like.new_zeros(batch, self.local_features, self.look_ahead),
            None,
            torch.rand_like(cycles) if self.training else cycles,
            like.new_zeros(batch, source),
            like.new_zeros(batch, reach),
            like.new_zeros(batch, reach),
        )

    def stream(
        self, frames: Tensor, noise: Tensor, state: VocoderState
    ) -> tuple[Tensor, VocoderState]:
        """The samples that follow from the next frames, and the state after them.

        Parameters
        ----------
        frames
            (batch, feature, frame), of any number.
        noise
            (batch, frame * hop_samples), normally distributed with variance 1.

        Returns
        -------
        tuple
            (batch, frame * hop_samples), :attr:`delay_samples` behind the frames; the state.
        """
        count = frames.shape[2]
        hidden, network = self.network.stream(frames, state.network)
        waiting = torch.cat([state.waiting, frames], dim=2)
        with torch.autocast(frames.device.type, enabled=False):
            voiced, breath = self.filters(hidden, waiting[:, :, :count])
            f0_hz = hertz(frames[:, -NUM_ROWS:]).clamp(LOWEST_HZ, self.sample_rate / 4)
            pitch = torch.stack([f0_hz.to(noise.dtype), frames[:, -1].clamp(0.0, 1.0)], dim=1)
            before = pitch[:, :, :1] if state.pitch is None else state.pitch
            pitch = torch.cat([before, pitch], dim=2)
            contour, strength = between_frames(pitch, self.hop_samples).unbind(dim=1)
            cycles = phases(contour, self.sample_rate, state.cycles)
            excitation = onsets(strength) * pulses(contour, cycles, self.sample_rate)
            source = torch.cat([state.source, excitation], dim=1)
            noise = torch.cat([state.noise, noise], dim=1)
            number = count * self.fold
            harmonics, hiss = (self.short.analyse(each, number) for each in (source, noise))
            wave, tail = self.short.synthesise(voiced * harmonics + breath * hiss, state.tail)
        return wave, VocoderState(
            network,
            waiting[:, :, count:],
            pitch[:, :, -1:],
            cycles[:, -1:] - cycles[:, -1:].floor(),
            source[:, source.shape[1] - state.source.shape[1] :],
            noise[:, noise.shape[1] - state.noise.shape[1] :],
            tail,
        )

    def to_domain(self, wave: Tensor) -> Tensor:
        """The target of :meth:`forward` for a waveform: itself."""
        return wave

    def from_domain(self, wave: Tensor) -> Tensor:
        """The inverse of :meth:`to_domain`."""
        return wave
