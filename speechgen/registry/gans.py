"""Generators of images from a latent, and their discriminators."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_FAMILY = ("implicit density", "adversarial")
ENTRIES: tuple[Entry, ...] = (
    Entry(
        "gan_mlp", "model", "speechgen.images.models.gan.gan_mlp:MLPGenerator", _FAMILY,
        "arXiv:1406.2661", "a latent to an image through dense layers, with optional classes",
    ),
    Entry(
        "mlp_discriminator", "discriminator",
        "speechgen.images.models.gan.gan_mlp:MLPDiscriminator", _FAMILY,
        "arXiv:1406.2661", "scores images through dense layers",
    ),
    Entry(
        "dcgan", "model", "speechgen.images.models.gan.dcgan:DCGANGenerator", _FAMILY,
        "arXiv:1511.06434", "a latent to an image by transposed convolutions, with classes too",
    ),
    Entry(
        "dcgan_discriminator", "discriminator",
        "speechgen.images.models.gan.dcgan_discriminator:DCGANDiscriminator", _FAMILY,
        "arXiv:1511.06434", "scores images by strided convolutions; a critic with another norm",
    ),
    Entry(
        "infogan", "model", "speechgen.images.models.gan.infogan:InfoGANGenerator", _FAMILY,
        "arXiv:1606.03657", "a latent with a code that can be inferred from the image",
    ),
    Entry(
        "infogan_discriminator", "discriminator",
        "speechgen.images.models.gan.infogan:InfoGANDiscriminator", _FAMILY,
        "arXiv:1606.03657", "scores images and reads their codes, on one trunk",
    ),
    Entry(
        "progressive_gan", "model",
        "speechgen.images.models.gan.progressive:ProgressiveGenerator", _FAMILY,
        "arXiv:1710.10196", "a generator that grows from 4x4 to the full size",
    ),
    Entry(
        "progressive_discriminator", "discriminator",
        "speechgen.images.models.gan.progressive:ProgressiveDiscriminator", _FAMILY,
        "arXiv:1710.10196", "grows with the generator, sees the batch's deviation",
    ),
    Entry(
        "vae_gan", "model", "speechgen.images.models.gan.vae_gan:VAEGAN", _FAMILY,
        "arXiv:1512.09300", "an autoencoder whose error is measured in a discriminator's features",
    ),
    Entry(
        "ali", "model", "speechgen.images.models.gan.ali:ALI", _FAMILY,
        "arXiv:1606.00704", "a generator and its inverse, trained on pairs",
    ),
    Entry(
        "ali_discriminator", "discriminator",
        "speechgen.images.models.gan.ali:ALIDiscriminator", _FAMILY,
        "arXiv:1606.00704", "scores (image, latent) pairs",
    ),
)  # fmt: skip
