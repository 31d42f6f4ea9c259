"""Image-to-image models: pix2pix, CycleGAN, super-resolution, inpainting."""
