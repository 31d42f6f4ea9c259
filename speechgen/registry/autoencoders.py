"""Autoencoders, classifiers and variants."""

from __future__ import annotations

from speechgen.registry.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "autoencoder", "model", "speechgen.images.models.autoencoder.autoencoder:Autoencoder",
        ("deterministic", "autoencoder"),
        "doi:10.1126/science.1127647", "linear layers to a code and back; denoising, contractive, "
        "stacked by its training",
    ),
    Entry(
        "conv_autoencoder", "model",
        "speechgen.images.models.autoencoder.autoencoder:ConvAutoencoder",
        ("deterministic", "autoencoder"),
        "doi:10.1007/978-3-642-21735-7_7", "strided convolutions to a code and back to any size",
    ),
    Entry(
        "recurrent_autoencoder", "model",
        "speechgen.images.models.autoencoder.recurrent_autoencoder:RecurrentAutoencoder",
        ("deterministic", "autoencoder"),
        "arXiv:1502.04681", "LSTM encoder and decoder of any number of image rows",
    ),
    Entry(
        "classifier", "model", "speechgen.images.models.autoencoder.classifier:ConvClassifier",
        ("discriminative",),
        "doi:10.1109/5.726791", "strided convolutions to classes; used to score samples, too",
    ),
    Entry(
        "dense_classifier", "model",
        "speechgen.images.models.autoencoder.classifier:DenseClassifier",
        ("discriminative",),
        "doi:10.1126/science.1127647", "linear layers to classes; can start from an autoencoder's",
    ),
    Entry(
        "compressive_autoencoder", "model",
        "speechgen.images.models.autoencoder.compressive_autoencoder:CompressiveAutoencoder",
        ("deterministic", "autoencoder"),
        "arXiv:1703.00395", "an integer code with learnt probabilities; images to bytes",
    ),
    Entry(
        "inverse_graphics", "model", "speechgen.images.models.vae.inverse_graphics:InverseGraphics",
        ("explicit density", "approximate", "variational"),
        "arXiv:1503.03167", "a latent for each factor of a scene, learnt by clamping the others",
    ),
    Entry(
        "attribute2image", "model", "speechgen.images.models.vae.attribute2image:Attribute2Image",
        ("explicit density", "approximate", "variational"),
        "arXiv:1512.00570", "a foreground that follows attributes, gated before a background",
    ),
)  # fmt: skip
