"""Data directories as tar shards: written, checked, and read as training goes through them."""
