"""What the verbs do with models of images: generate, inpaint, reconstruct, interpolate; grids."""
