"""Counterparts for images of the models of speech, on the same cores; nothing outside imports them."""
