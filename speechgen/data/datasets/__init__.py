"""Training datasets, whose items are functions of an index, and their caches."""
