"""``speechgen prepare digits`` and ``prepare mnist``: sets of images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Overwrite, print_line
from speechgen.files import counted

DIGITS_EXAMPLES = ["speechgen prepare digits --output exp/digits"]
MNIST_EXAMPLES = ["speechgen prepare mnist $SPEECHGEN_CORPORA/images/mnist --output exp/mnist"]
_SEED = 0

Output = Annotated[Path, typer.Option("--output", help="Folder to write to.", metavar="DIR")]
Valid = Annotated[
    int, typer.Option(help="Examples of the training part kept for validation.", metavar="N")
]


def digits(
    output: Output,
    valid: Valid = 200,
    test: Annotated[int, typer.Option(help="Examples kept for testing.", metavar="N")] = 297,
    overwrite: Overwrite = False,
) -> None:
    """Write scikit-learn's 1,797 handwritten 8x8 digits as train.npz, valid.npz and test.npz.

    Nothing is downloaded: they come with scikit-learn. The parts are disjoint and always the same.
    """
    from speechgen.images.data.dataset import digits, split_images

    _save(split_images(digits(), {"valid": valid, "test": test}, seed=_SEED), output, overwrite)


def mnist(
    root: Annotated[Path, typer.Argument(help="Folder of the four idx files.", metavar="ROOT")],
    output: Output,
    valid: Valid = 5000,
    download: Annotated[
        bool, typer.Option("--download", help="First download what is missing into ROOT (11 MB).")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write MNIST's 28x28 digits as train.npz, valid.npz and test.npz (the t10k files)."""
    from speechgen.images.data.corpora.mnist import download_mnist, read_mnist
    from speechgen.images.data.dataset import split_images

    if download:
        download_mnist(root)
    parts = split_images(read_mnist(root, "train"), {"valid": valid}, seed=_SEED)
    _save({**parts, "test": read_mnist(root, "test")}, output, overwrite)


def _save(parts: dict, output: Path, overwrite: bool) -> None:
    from speechgen.images.data.dataset import save_images

    for name, images in parts.items():
        save_images(output / f"{name}.npz", images, overwrite=overwrite)
        print_line(f"{output / name}.npz: {counted(len(images), 'image')} of {images.image_shape}")
