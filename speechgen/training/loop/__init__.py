"""The training loop around an objective: clock, checkpoints, averaging, validation, logs."""
