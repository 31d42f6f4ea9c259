"""Models of others, and yours for others: ``speechgen.hub``.

>>> import speechgen.hub
>>> model = speechgen.hub.load("hf:owner/name")  # doctest: +SKIP
>>> speechgen.hub.push("exp/enhance/model", "hf:me/my-enhancer")  # doctest: +SKIP

Every verb takes such a name too: ``speechgen enhance talk.wav --model hf:owner/name@v2``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechgen.store import load_model
from speechgen.store.hub import download, push

if TYPE_CHECKING:
    from torch import nn

__all__ = ["download", "load", "push"]


def load(reference: str, *, token: str | None = None, device: str = "cpu") -> nn.Module:
    """The network of ``hf:OWNER/NAME[@REVISION]``, ready to be called.

    Parameters
    ----------
    token
        For private repositories.
    device
        "cpu", "cuda", "cuda:1", or "auto".

    Raises
    ------
    ConfigError, ModelError
        As of :func:`speechgen.store.hub.download`, and for weights that cannot be what the
        configuration says.
    """
    return load_model(download(reference, token=token), device=device).model
