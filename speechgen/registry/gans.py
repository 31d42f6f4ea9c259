"""Generators of images from a latent, and their opponents."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_GAMES = ("implicit density", "adversarial")
ENTRIES: tuple[Entry, ...] = (
    Entry(
        "gan_mlp", "model", "speechgen.images.models.gan.gan_mlp:MLPGenerator", _GAMES,
        "arXiv:1406.2661", "a latent to an image through dense layers, with classes if wished",
    ),
    Entry(
        "mlp_discriminator", "discriminator",
        "speechgen.images.models.gan.gan_mlp:MLPDiscriminator", _GAMES,
        "arXiv:1406.2661", "judges images through dense layers",
    ),
    Entry(
        "dcgan", "model", "speechgen.images.models.gan.dcgan:DCGANGenerator", _GAMES,
        "arXiv:1511.06434", "a latent to an image by transposed convolutions, with classes too",
    ),
    Entry(
        "dcgan_discriminator", "discriminator",
        "speechgen.images.models.gan.dcgan_discriminator:DCGANDiscriminator", _GAMES,
        "arXiv:1511.06434", "judges images by strided convolutions; a critic with another norm",
    ),
    Entry(
        "infogan", "model", "speechgen.images.models.gan.infogan:InfoGANGenerator", _GAMES,
        "arXiv:1606.03657", "a latent with a code that can be read from the image",
    ),
    Entry(
        "infogan_discriminator", "discriminator",
        "speechgen.images.models.gan.infogan:InfoGANDiscriminator", _GAMES,
        "arXiv:1606.03657", "judges images and reads their codes, on one trunk",
    ),
    Entry(
        "progressive_gan", "model",
        "speechgen.images.models.gan.progressive:ProgressiveGenerator", _GAMES,
        "arXiv:1710.10196", "a generator that grows from 4x4 to the full size",
    ),
    Entry(
        "progressive_discriminator", "discriminator",
        "speechgen.images.models.gan.progressive:ProgressiveDiscriminator", _GAMES,
        "arXiv:1710.10196", "grows with the generator, sees the batch's deviation",
    ),
    Entry(
        "vae_gan", "model", "speechgen.images.models.gan.vae_gan:VAEGAN", _GAMES,
        "arXiv:1512.09300", "an autoencoder whose error is measured in a discriminator's features",
    ),
    Entry(
        "ali", "model", "speechgen.images.models.gan.ali:ALI", _GAMES,
        "arXiv:1606.00704", "a generator and its inverse, from one game of pairs",
    ),
    Entry(
        "ali_discriminator", "discriminator",
        "speechgen.images.models.gan.ali:ALIDiscriminator", _GAMES,
        "arXiv:1606.00704", "judges (image, latent) pairs",
    ),
)  # fmt: skip
