"""Objectives: one file each with its settings, its builder and its Lightning module."""
