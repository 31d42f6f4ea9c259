"""Whether anything is said in the recordings of a voice, as far as a converter's recogniser hears.

Noise as loud as the speech hides it from the recogniser, too, so that little of it is no proof.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from speechgen.errors import SpeechgenWarning
from speechgen.models.recogniser.decoding import greedy_classes
from speechgen.synthesis.conversion import Conversion

_LEAST_PHONES = 1.0  # in a second; who reads says about ten, pauses included


def warn_of_no_speech(conversion: Conversion, frames: Sequence[Tensor], name: object) -> None:
    """A :class:`SpeechgenWarning` where next to no phones are heard.

    Parameters
    ----------
    frames
        (feature, frame) of each recording, those of the converter.
    name
        What messages call the voice.
    """
    converter = conversion.converter
    seconds = sum(one.shape[1] for one in frames) * converter.hop_samples / converter.sample_rate
    count = sum(_count(conversion, one) for one in frames)
    if count < _LEAST_PHONES * seconds:
        warnings.warn(
            f"{name}: in {seconds:.1f} s {count} phones are heard; if nobody speaks there, or "
            "noise is as loud, give another recording of the voice",
            SpeechgenWarning,
            stacklevel=3,
        )


@torch.inference_mode()
def _count(conversion: Conversion, local: Tensor) -> int:
    mel = local[None, : conversion.converter.num_mels].to(next(conversion.parameters()).device)
    logits, _ = conversion.converter.recogniser(mel)
    return len(greedy_classes(logits, torch.tensor([logits.shape[2]]))[0])
