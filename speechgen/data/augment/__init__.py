"""Augmentation of training mixtures: noises, rooms, filters, codecs, levels."""
