"""A recogniser as a part of another model: frozen, and of the same frames."""

from __future__ import annotations

from typing import Any

from speechgen.errors import ConfigError
from speechgen.models.recogniser.phone_recogniser import PhoneRecogniser


def frozen_recogniser(arguments: dict[str, Any], **frames: int) -> PhoneRecogniser:
    """A recogniser in evaluation mode that is not trained.

    Parameters
    ----------
    arguments
        Of the recogniser.
    **frames
        What its frames have to be, by the names of its attributes.

    Raises
    ------
    ConfigError
        They are others.
    """
    recogniser = PhoneRecogniser(**arguments).requires_grad_(False).eval()
    check_frames(recogniser, "the recogniser", **frames)
    return recogniser


def check_frames(recogniser: PhoneRecogniser, called: str, **frames: int) -> None:
    """Raise :class:`ConfigError` unless a recogniser, ``called`` so, takes frames as these are."""
    for name, value in frames.items():
        needed = getattr(recogniser, name)
        if needed != value:
            raise ConfigError(f"{called} takes frames of {name} {needed}, and these have {value}")
