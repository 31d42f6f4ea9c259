"""A streaming VAE of waveforms."""
