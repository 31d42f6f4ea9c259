"""Kaldi data directories: reading, writing, validating, preparing, splitting, joining."""
