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


class StreamingEnhancer(Enhancer, Protocol):
    """A causal enhancer that goes on where it stopped, so that nothing has to be joined.

    Any way of cutting a signal into pieces gives the same output, and :meth:`enhance` of the whole
    is that output with the latency taken out: ``stream`` of the signal and zeros after it, without
    its first ``latency_samples``.

    Attributes
    ----------
    hop_samples
        What :meth:`stream` takes is a multiple of this. None on a model that could stream but has
        no state to carry: it is given windows like any other.
    latency_samples
        How far the output of :meth:`stream` is behind its input.
    """

    hop_samples: int
    latency_samples: int

    def initial_state(self, batch: int) -> Any:
        """The state before the first sample, a tuple or dict of tensors on the model's device."""
        ...

    def stream(self, noisy: Waves, state: Any) -> tuple[Waves, Any]:
        """(batch, 1, k * hop) and the state to the same shape and the state after it.

        Output sample n is the clean version of input sample n - ``latency_samples`` of the whole
        stream, zeros before. The state that was given is left as it is.
        """
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


def as_streaming(model: Any) -> StreamingEnhancer | None:
    """``model`` itself, if it is an enhancer that streams, else None.

    Raises
    ------
    ModelError
        It claims to stream with a hop below 1 or a latency below 0.
    """
    hop = getattr(model, "hop_samples", None)
    names = ("sample_rate", "latency_samples", "initial_state", "stream")
    if hop is None or not all(hasattr(model, name) for name in names):
        return None
    if hop < 1 or model.latency_samples < 0:
        raise ModelError(
            f"a {type(model).__name__} streams {hop} samples at a time with a latency of "
            f"{model.latency_samples}; the one must be 1 or more, the other 0 or more"
        )
    return cast("StreamingEnhancer", model)
