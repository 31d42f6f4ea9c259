"""What makes every training mixture different: noises, rooms, filters, codecs, levels."""
