"""Drawing images: ancestral, from latents, and pixel by pixel."""
