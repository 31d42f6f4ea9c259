"""The image counterparts of the audio models, on the same cores; nothing outside imports them."""
