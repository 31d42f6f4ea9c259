"""WaveNet (arXiv:1609.03499) and its conditions."""
