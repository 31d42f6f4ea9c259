"""Enhancers without weights."""
