"""Parallel vocoders."""
