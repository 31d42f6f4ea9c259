"""From logits of every frame to phones."""

from __future__ import annotations

from torch import Tensor


def greedy_classes(logits: Tensor, lengths: Tensor) -> list[list[int]]:
    """The likeliest class of each frame, repeats and blanks left out.

    Best path decoding of A. Graves et al., "Connectionist temporal classification", ICML 2006,
    section 3.2.

    Parameters
    ----------
    logits
        (batch, class, frame); class 0 is the blank.
    lengths
        (batch,), frames of each.
    """
    found = []
    for path, length in zip(logits.argmax(dim=1).tolist(), lengths.tolist(), strict=True):
        before = [0, *path[: length - 1]]
        pairs = zip(path[:length], before, strict=True)
        found.append([here for here, last in pairs if here and here != last])
    return found
