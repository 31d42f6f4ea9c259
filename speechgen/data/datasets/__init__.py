"""What training draws from: caches, and datasets whose items are functions of an index."""
