"""Packaged Hydra groups: model, data, objective, trainer, experiment; composed by training."""
