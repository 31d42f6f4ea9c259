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
    for name, value in frames.items():
        if getattr(recogniser, name) != value:
            raise ConfigError(
                f"the recogniser's {name} are {getattr(recogniser, name)}, "
                f"but the frames need {value}"
            )
    return recogniser
