"""Scores of models of images and the report's tables of them."""
