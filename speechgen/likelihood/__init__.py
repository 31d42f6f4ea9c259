"""Densities: log-probabilities in nats, and sampling from noise that the caller gives."""

from __future__ import annotations

from speechgen.likelihood.mu_law import MuLawCategorical, mu_law_compress, mu_law_expand
from speechgen.likelihood.units import nats_to_bits

__all__ = ["MuLawCategorical", "mu_law_compress", "mu_law_expand", "nats_to_bits"]
