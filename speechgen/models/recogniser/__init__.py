"""Recognisers: what is said, frame by frame."""
