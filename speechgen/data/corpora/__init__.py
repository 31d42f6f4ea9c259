"""One file a corpus: its download, and its conversion to a data directory."""
