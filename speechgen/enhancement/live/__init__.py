"""Sound from a pipe, cleaned as it comes."""
