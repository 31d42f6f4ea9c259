"""Sections of the report: one file for each kind of result, from results to Markdown."""
