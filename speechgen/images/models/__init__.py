"""Image models, one folder a family."""
