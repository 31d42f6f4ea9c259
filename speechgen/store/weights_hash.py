"""A hash by which the weights of a network are known again."""

from __future__ import annotations

import hashlib

from torch import nn


def weights_hash(network: nn.Module) -> str:
    """SHA-256 over names and values of all weights and buffers, in hexadecimal digits."""
    digest = hashlib.sha256()
    for name, weight in sorted(network.state_dict().items()):
        digest.update(name.encode() + weight.cpu().numpy().tobytes())
    return digest.hexdigest()
