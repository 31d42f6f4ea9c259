"""Generators from a latent and their discriminators."""
