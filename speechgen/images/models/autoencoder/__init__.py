"""Autoencoders and classifiers."""
