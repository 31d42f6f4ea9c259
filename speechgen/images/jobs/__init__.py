"""Jobs of image models: sample, inpaint, reconstruct, interpolate; galleries."""
