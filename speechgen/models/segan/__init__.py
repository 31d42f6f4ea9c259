"""SEGAN (arXiv:1703.09452), its variants and its discriminator."""
