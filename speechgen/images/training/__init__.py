"""One objective a file, and the data they read."""
