"""A small causal enhancer of complex spectra: a recurrent layer for each band.

Per frame, of 32 ms every 16 ms where nothing else is said::

    spectrum -> level out -> compressed re, im, magnitude -> bands
        -> [ mixing across bands | LSTM in each band ] x blocks, an LSTM over the whole frame
        -> a complex filter of some frames for every bin -> clean spectrum

The band split and the two directions of work are those of band-split and dual-path recurrent
networks (arXiv:2209.15174, arXiv:1910.06379), the magnitude compression is that of
S. Braun, I. Tashev (arXiv:2009.12286), the filter over frames that of deep filtering
(W. Mack, E. Habets, arXiv:1904.08369).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.layers.band_split import BandMerge, BandMixer, BandSplit, speech_bands
from speechgen.layers.shared_bands import SharedBandMerge, SharedBandSplit
from speechgen.models.spectral.frames import (
    StreamState,
    apply_filters,
    complex_filters,
    compressed_features,
    running_power,
)
from speechgen.models.spectral.windows import low_delay_windows, overlap_add
from speechgen.shapes import Waves


class SpectralEnhancer(nn.Module):
    """Noisy speech to clean speech, frame by frame, with a fixed latency.

    Parameters
    ----------
    sample_rate
        In Hz.
    fft_samples
        Window and transform, an even number.
    hop_samples
        From frame to frame, half of ``fft_samples`` if left out; less means less delay.
    channels
        Width of a band.
    blocks
        Pairs of band mixing and recurrent layer.
    groups
        Channel groups of the mixing.
    shared_bands
        Bands of one width have one matrix on the way in and one on the way out.
    frame_memory
        Width of the recurrent layer over the whole frame; 0 for none.
    hidden
        Width between bands and filters.
    taps
        Frames, the present one and past ones, that a bin's filter spans.
    lookahead_frames
        Future frames that the network sees.
    compression
        Exponent of magnitudes before the network.
    window_samples
        Length of training crops.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        fft_samples: int = 512,
        hop_samples: int | None = None,
        channels: int = 48,
        blocks: int = 3,
        groups: int = 8,
        shared_bands: bool = False,
        frame_memory: int = 192,
        hidden: int = 96,
        taps: int = 3,
        lookahead_frames: int = 1,
        compression: float = 0.3,
        window_samples: int = 32000,
    ) -> None:
        super().__init__()
        if fft_samples < 128 or fft_samples % 2:
            raise ValueError(f"fft_samples is {fft_samples}; it must be even and at least 128")
        if min(channels, blocks, hidden, taps) < 1 or min(lookahead_frames, frame_memory) < 0:
            raise ValueError(
                "lookahead_frames and frame_memory must be at least 0, all other sizes at least 1"
            )
        if not 0.0 < compression <= 1.0:
            raise ValueError(f"compression is {compression}; it must be in (0, 1]")
        hop = fft_samples // 2 if hop_samples is None else hop_samples
        self.sample_rate, self.window_samples = sample_rate, window_samples
        self.fft_samples, self.hop_samples = fft_samples, hop
        self.taps, self.lookahead_frames = taps, lookahead_frames
        self.channels, self.compression = channels, compression
        self.latency_samples, self.num_bins = (1 + lookahead_frames) * hop, fft_samples // 2 + 1
        widths = speech_bands(self.num_bins)
        split, merge = (
            (SharedBandSplit, SharedBandMerge) if shared_bands else (BandSplit, BandMerge)
        )
        self.split = split(widths, 3, channels)
        self.mixers = nn.ModuleList(BandMixer(len(widths), channels, groups) for _ in range(blocks))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(blocks))
        self.memories = nn.ModuleList(nn.LSTM(channels, channels) for _ in range(blocks))
        self.outs = nn.ModuleList(nn.Linear(channels, channels) for _ in range(blocks))
        self.frame_memory = frame_memory
        if frame_memory:
            self.to_frame = nn.Linear(len(widths) * channels, frame_memory)
            self.frame = nn.LSTM(frame_memory, frame_memory)
            self.from_frame = nn.Linear(frame_memory, len(widths) * channels)
        self.last_norm = nn.LayerNorm(channels)
        self.merge = merge(widths, channels, 2 * taps, hidden)
        self.merge.start_at(0.5, spread=0.3)  # close to a gain of one half
        for name, window in zip(
            ("window", "synthesis"), low_delay_windows(fft_samples, hop), strict=True
        ):
            self.register_buffer(name, window, persistent=False)

    window: Tensor
    synthesis: Tensor

    def initial_state(self, batch: int) -> StreamState:
        """The state before the first sample of ``batch`` signals."""
        like = self.window
        kept = self.taps - 1 + self.lookahead_frames
        bands = len(self.split.widths)
        memories = [(like.new_zeros(1, batch * bands, self.channels),) * 2 for _ in self.memories]
        if self.frame_memory:
            memories.append((like.new_zeros(1, batch, self.frame_memory),) * 2)
        spectra = torch.zeros(kept, batch, self.num_bins, dtype=torch.complex64, device=like.device)
        return StreamState(
            like.new_zeros(batch, self.fft_samples - self.hop_samples),
            like.new_zeros(batch, self.hop_samples),
            spectra,
            like.new_zeros(batch),
            like.new_zeros(batch),
            memories,
        )

    def stream(self, noisy: Waves, state: StreamState) -> tuple[Waves, StreamState]:
        """The next (batch, 1, time) of a signal; ``time`` is a multiple of ``hop_samples``.

        Returns
        -------
        clean, state
            As much as was given; sample n is sample n - ``latency_samples`` of the input, cleaned.

        Raises
        ------
        ValueError
            The length is not a multiple of the hop.
        """
        if noisy.shape[-1] % self.hop_samples or noisy.shape[-1] == 0:
            raise ValueError(
                f"{noisy.shape[-1]} samples are not a multiple of the hop of {self.hop_samples}"
            )
        signal = torch.cat([state.samples, noisy[:, 0].float()], dim=1)
        framed = signal.unfold(1, self.fft_samples, self.hop_samples).transpose(0, 1)
        spectra = torch.fft.rfft(framed * self.window)  # (frame, batch, bin)
        cleaned, spectra_kept, power, frames, memories = self._clean(spectra, state)
        waves = torch.fft.irfft(cleaned, n=self.fft_samples)[..., -2 * self.hop_samples :]
        clean, tail = overlap_add(waves * self.synthesis, state.overlap)
        kept = signal[:, noisy.shape[-1] :]
        return clean, StreamState(kept, tail, spectra_kept, power, frames, memories)

    def forward(self, noisy: Waves) -> Waves:
        """Whole signals (batch, 1, time) to clean ones, without delay."""
        num_samples = noisy.shape[-1]
        wanted = num_samples + self.latency_samples
        padded = nn.functional.pad(noisy, (0, self.latency_samples + (-wanted % self.hop_samples)))
        clean, _ = self.stream(padded, self.initial_state(noisy.shape[0]))
        return clean[..., self.latency_samples : wanted]

    def enhance(self, noisy: Waves) -> Waves:
        """As :meth:`forward`: scale equivariant, ``enhance(g * x) == g * enhance(x)``."""
        return self(noisy)

    def _clean(self, spectra: Tensor, state: StreamState) -> tuple:
        rate = self.sample_rate / self.hop_samples
        power, frames, levels = running_power(spectra, state.power, state.frames, rate)
        x = self.split(compressed_features(spectra, levels, self.compression))
        shape = x.shape  # (frame, batch, band, channel)
        memories = []
        for number, (mixer, norm, memory, out) in enumerate(
            zip(self.mixers, self.norms, self.memories, self.outs, strict=True)
        ):
            x = x + mixer(x)
            y, after = memory(norm(x).reshape(shape[0], -1, shape[3]), state.memories[number])
            x = x + out(y).view(shape)
            memories.append(after)
            if number == 0 and self.frame_memory:
                whole, seen = self.frame(self.to_frame(x.flatten(2)), state.memories[-1])
                x = x + self.from_frame(whole).view(shape)
        if self.frame_memory:
            memories.append(seen)
        filters = complex_filters(self.merge(self.last_norm(x)).float(), self.taps)
        context = torch.cat([state.spectra, spectra])
        kept = context[context.shape[0] - state.spectra.shape[0] :]
        return apply_filters(filters, context), kept, power, frames, memories
