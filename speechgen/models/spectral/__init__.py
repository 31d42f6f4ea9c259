"""A causal enhancer of complex spectra and the discriminator that learns PESQ."""
