"""Boltzmann machines, deep belief networks, Hopfield networks."""
