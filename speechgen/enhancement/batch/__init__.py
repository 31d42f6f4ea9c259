"""Many files: planning, worker processes, resuming, reports."""
