"""What the wrapper needs of a model to give it files of any length, rate and channel count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from speechgen.errors import ModelError

if TYPE_CHECKING:
    from speechgen.shapes import Waves


class Enhancer(Protocol):
    """A network that cleans windows of speech.

    Attributes
    ----------
    sample_rate
        Rate in Hz at which it works.
    window_samples
        Length of the windows it is given.
    """

    sample_rate: int
    window_samples: int

    def enhance(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same shape, each example on its own, without delay."""
        ...


def as_enhancer(model: Any) -> Enhancer:
    """``model`` itself, if it is an enhancer.

    Raises
    ------
    ModelError
        It lacks what an enhancer has.
    """
    for name in ("sample_rate", "window_samples", "enhance"):
        if not hasattr(model, name):
            raise ModelError(
                f"a {type(model).__name__} has no {name}: it cleans nothing; "
                "name a model made for the task enhance"
            )
    return cast("Enhancer", model)
