"""Generators from another image: pix2pix, CycleGAN, super-resolution, inpainting."""
