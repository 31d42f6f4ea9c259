"""The rules of the house that no linter knows, one a file; tools/check_layers.py runs them all."""
