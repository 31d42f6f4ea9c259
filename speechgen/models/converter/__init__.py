"""Conversion of voices at the frame rate: what was said, in another voice, as a mel spectrum."""
