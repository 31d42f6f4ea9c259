"""One file a corpus: where it comes from and how its folders become a data directory."""
