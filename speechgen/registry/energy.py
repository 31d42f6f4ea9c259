"""Energy models."""

from __future__ import annotations

from speechgen.registry.entry import Entry

_FAMILY = ("explicit density", "approximate", "Markov chain")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "hopfield", "model", "speechgen.images.models.energy.hopfield:Hopfield", _FAMILY,
        "doi:10.1073/pnas.79.8.2554", "associative memory whose patterns are minima of an energy",
    ),
    Entry(
        "boltzmann", "model", "speechgen.images.models.energy.boltzmann:BoltzmannMachine", _FAMILY,
        "doi:10.1207/s15516709cog0901_7", "binary units, all connected, some hidden",
    ),
    Entry(
        "rbm", "model", "speechgen.images.models.energy.rbm:RBM", _FAMILY,
        "doi:10.1162/089976602760128018", "pixels and hidden units, weights only between them",
    ),
    Entry(
        "dbn", "model", "speechgen.images.models.energy.dbn:DeepBeliefNetwork", _FAMILY,
        "doi:10.1162/neco.2006.18.7.1527", "restricted Boltzmann machines, trained layer by layer",
    ),
)  # fmt: skip
