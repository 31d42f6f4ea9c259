"""Sampling images: from latents, and pixel by pixel."""
