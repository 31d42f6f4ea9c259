"""What training draws from: caches in memory, and datasets whose items are functions of an index."""
