"""Latent-variable models of images."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_VARIATIONAL = ("explicit density", "approximate", "variational")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "vae", "model", "speechgen.images.models.vae.vae:VAE", _VARIATIONAL,
        "arXiv:1312.6114", "two perceptrons and a latent between them",
    ),
    Entry(
        "conv_vae", "model", "speechgen.images.models.vae.conv_vae:ConvVAE", _VARIATIONAL,
        "arXiv:1312.6114", "strided convolutions down to a latent and back, any image size",
    ),
    Entry(
        "conditional_vae", "model",
        "speechgen.images.models.vae.conditional_vae:ConditionalVAE", _VARIATIONAL,
        "arXiv:1406.5298", "a class-conditional VAE; p(z|y) standard or learnt",
    ),
    Entry(
        "iaf_vae", "model", "speechgen.images.models.vae.iaf_vae:IAFVAE", _VARIATIONAL,
        "arXiv:1606.04934", "residual VAE whose posterior is an inverse autoregressive flow",
    ),
    Entry(
        "linear_vae", "model", "speechgen.images.models.vae.linear_vae:LinearVAE", _VARIATIONAL,
        "doi:10.1111/1467-9868.00196", "probabilistic PCA with an encoder; log p(x) is known",
    ),
)  # fmt: skip
