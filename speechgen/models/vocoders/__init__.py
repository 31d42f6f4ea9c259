"""Vocoders that make all samples at once."""
