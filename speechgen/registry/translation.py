"""Networks from image to image and their discriminators."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_FAMILY = ("implicit density", "adversarial")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "pix2pix", "model", "speechgen.images.models.translation.pix2pix:Pix2Pix", _FAMILY,
        "arXiv:1611.07004", "image-to-image translation by a U-Net, learnt from pairs",
    ),
    Entry(
        "patch_discriminator", "discriminator",
        "speechgen.images.models.translation.patch_discriminator:PatchDiscriminator", _FAMILY,
        "arXiv:1611.07004", "scores every patch of an image, beside its source or alone",
    ),
    Entry(
        "cycle_gan", "model", "speechgen.images.models.translation.cycle_gan:CycleGAN", _FAMILY,
        "arXiv:1703.10593", "two inverse translations, learnt without pairs",
    ),
    Entry(
        "srgan", "model", "speechgen.images.models.translation.srgan:SRGAN", _FAMILY,
        "arXiv:1609.04802", "super-resolution, four times as high and wide",
    ),
    Entry(
        "srgan_discriminator", "discriminator",
        "speechgen.images.models.translation.srgan_discriminator:SRGANDiscriminator", _FAMILY,
        "arXiv:1609.04802", "scores images as original or super-resolved",
    ),
    Entry(
        "inpainting_gan", "model",
        "speechgen.images.models.translation.inpainting_gan:InpaintingGAN", _FAMILY,
        "doi:10.1145/3072959.3073659", "inpainting of holes by dilated convolutions",
    ),
    Entry(
        "inpainting_gan_discriminator", "discriminator",
        "speechgen.images.models.translation.inpainting_discriminator:InpaintingDiscriminator",
        _FAMILY,
        "doi:10.1145/3072959.3073659", "scores inpainted images as a whole and around their hole",
    ),
)  # fmt: skip
