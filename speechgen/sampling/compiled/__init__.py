"""The WaveNet sampler compiled by numba: the whole loop over samples outside Python."""
