"""The contractive penalty: how much a code moves when its input does.

S. Rifai et al., "Learning invariant features through local space contraction", arXiv:1104.4153,
equation 6: the squared Frobenius norm of the encoder's Jacobian, here for any encoder by automatic
differentiation, and in closed form for one layer of sigmoids (equation 7).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def contractive_penalty(
    codes: Float[Tensor, "batch latent"], inputs: Float[Tensor, "batch ..."]
) -> Float[Tensor, " batch"]:
    """The squared Frobenius norm of d codes / d inputs, of each example.

    It costs one backward pass a code's feature, and can itself be differentiated.

    Parameters
    ----------
    codes
        Of ``inputs``, each example's from that example alone.
    inputs
        Must require gradients.

    Raises
    ------
    ValueError
        ``inputs`` do not require gradients.
    """
    if not inputs.requires_grad:
        raise ValueError("the penalty needs inputs with requires_grad")
    norms = codes.new_zeros(len(codes))
    for feature in codes.unbind(1):
        (row,) = torch.autograd.grad(feature.sum(), inputs, create_graph=True)
        norms = norms + row.flatten(1).square().sum(1)
    return norms


def sigmoid_contraction(
    codes: Float[Tensor, "batch latent"], weight: Float[Tensor, "latent feature"]
) -> Float[Tensor, " batch"]:
    """The same of ``codes = sigmoid(inputs @ weight.T + bias)``, without a backward pass."""
    slopes = codes * (1.0 - codes)
    return slopes.square() @ weight.square().sum(1)
