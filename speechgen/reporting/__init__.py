"""What is shown of results: pages, tables, pictures and contact sheets."""
