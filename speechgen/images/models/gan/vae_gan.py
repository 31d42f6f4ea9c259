"""The networks of the VAE-GAN: A. Larsen et al., arXiv:1512.09300, figure 1.

Encoder, decoder and discriminator are DCGAN's. The decoder is the generator; the discriminator's
last feature maps are the space in which a reconstruction is compared with its original.
"""

from __future__ import annotations

from speechgen.images.models.gan.bidirectional import BidirectionalGenerator


class VAEGAN(BidirectionalGenerator):
    """Encoder and decoder of :class:`BidirectionalGenerator`, sized by the same arguments."""
