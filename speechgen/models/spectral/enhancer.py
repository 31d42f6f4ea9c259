"""A small causal enhancer of complex spectra: a recurrent layer for each band.

Per frame of 32 ms, every 16 ms::

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
from speechgen.models.spectral.frames import (
    StreamState,
    complex_filters,
    compressed_features,
    running_power,
)
from speechgen.shapes import Waves


class SpectralEnhancer(nn.Module):
    """Noisy speech to clean speech, frame by frame, with a fixed latency.

    Parameters
    ----------
    sample_rate
        In Hz.
    fft_samples
        Window and transform, an even number; the hop is half of it.
    channels
        Width of a band.
    blocks
        Pairs of band mixing and recurrent layer.
    groups
        Channel groups of the mixing.
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
        channels: int = 48,
        blocks: int = 3,
        groups: int = 8,
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
                "channels, blocks, hidden and taps must be at least 1, "
                "lookahead_frames and frame_memory at least 0"
            )
        if not 0.0 < compression <= 1.0:
            raise ValueError(f"compression is {compression}; it must be in (0, 1]")
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.fft_samples, self.hop_samples = fft_samples, fft_samples // 2
        self.taps, self.lookahead_frames = taps, lookahead_frames
        self.channels, self.compression = channels, compression
        self.latency_samples = (1 + lookahead_frames) * self.hop_samples
        self.num_bins = fft_samples // 2 + 1
        widths = speech_bands(self.num_bins)
        bands = len(widths)
        self.split = BandSplit(widths, 3, channels)
        self.mixers = nn.ModuleList(BandMixer(bands, channels, groups) for _ in range(blocks))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(blocks))
        self.memories = nn.ModuleList(nn.LSTM(channels, channels) for _ in range(blocks))
        self.outs = nn.ModuleList(nn.Linear(channels, channels) for _ in range(blocks))
        self.frame_memory = frame_memory
        if frame_memory:
            self.to_frame = nn.Linear(bands * channels, frame_memory)
            self.frame = nn.LSTM(frame_memory, frame_memory)
            self.from_frame = nn.Linear(frame_memory, bands * channels)
        self.last_norm = nn.LayerNorm(channels)
        self.merge = BandMerge(widths, channels, 2 * taps, hidden)
        with torch.no_grad():  # start close to a gain of one half
            self.merge.outer.mul_(0.3)
            self.merge.outer_bias.unflatten(2, (-1, 2 * taps))[..., 0].fill_(0.5)
        window = torch.hann_window(fft_samples).sqrt()
        self.register_buffer("window", window, persistent=False)

    window: Tensor

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
            like.new_zeros(batch, self.hop_samples),
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
            As much as was given; sample n belongs to sample n - ``latency_samples`` of the input.

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
        waves = torch.fft.irfft(cleaned, n=self.fft_samples) * self.window
        first, second = waves.split(self.hop_samples, dim=-1)
        tail = torch.cat([state.overlap[None], second])
        clean = (first + tail[:-1]).transpose(0, 1).flatten(1)
        after = StreamState(
            signal[:, -self.hop_samples :], tail[-1], spectra_kept, power, frames, memories
        )
        return clean.unsqueeze(1), after

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
        power, frames, levels = running_power(spectra, state.power, state.frames)
        features = compressed_features(spectra, levels, self.compression)
        x = self.split(features)
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
        count = spectra.shape[0]
        start = self.taps - 1
        cleaned = sum(
            filters[..., tap] * context[start - tap : start - tap + count]
            for tap in range(self.taps)
        )
        kept = context[context.shape[0] - state.spectra.shape[0] :]
        return cleaned, kept, power, frames, memories
