"""The axis vocabulary: one name for one thing, in every signature of the package.

========== ==================================================================================
axis       meaning
========== ==================================================================================
batch      independent examples
channel    parallel signals of one example: audio channels or the feature maps of a layer
time       samples of a waveform (``num_samples`` of them, ``sample_rate`` a second)
frame      time divided by ``hop_samples``; a condition of F frames covers F * hop samples
feature    entries of a condition or an embedding
param      numbers that a distribution of one sample is given by (always axis 1)
class      symbols of a categorical distribution (always axis 1 of logits)
mixture    components of a mixture distribution
latent     entries of a latent vector
height     rows of an image
width      columns of an image
========== ==================================================================================

Waveforms are float in [-1, 1] and (batch, channel, time) unless a signature says (batch, time).
Symbols are whole numbers where a distribution is discrete, waveform values where it is not.
"""

from __future__ import annotations

from jaxtyping import Float, Num
from torch import Tensor

Waves = Float[Tensor, "batch channel time"]
Frames = Float[Tensor, "batch feature frame"]
Vectors = Float[Tensor, "batch feature"]
Params = Float[Tensor, "batch param time"]
Logits = Float[Tensor, "batch class time"]
Symbols = Num[Tensor, "batch time"]
