"""Latent-variable models of waveforms."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "vae1d", "model", "speechgen.models.vae1d.vae:VAE1d",
        ("explicit density", "approximate", "variational"),
        "arXiv:1312.6114", "waveforms to Gaussian latents by frame, and back by a causal decoder",
    ),
    Entry(
        "wave_discriminator", "discriminator",
        "speechgen.models.vae1d.discriminator:WaveDiscriminator",
        ("implicit density", "adversarial"),
        "arXiv:2210.13438", "scores waveforms by complex spectra and by periods",
    ),
)  # fmt: skip
