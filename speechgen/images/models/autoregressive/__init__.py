"""PixelCNNs and PixelRNNs: exact likelihood, one pixel after the other."""
