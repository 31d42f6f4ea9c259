"""``speechgen export``: a model for programs that have no PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Overwrite, print_line, print_written

EXAMPLES = [
    "speechgen export spectral-small --output enhancer",
    "speechgen export exp/enhancer --format onnx --precision int8 --output enhancer",
]


def export(
    model: Annotated[str, typer.Argument(help="Model directory or shipped name.", metavar="MODEL")],
    output: Annotated[Path, typer.Option(help="Folder to write.", metavar="DIR")],
    format: Annotated[str, typer.Option("--format", help="onnx.", metavar="F")] = "onnx",
    precision: Annotated[
        str,
        typer.Option(help="float32, or int8 for smaller graphs beside those.", metavar="P"),
    ] = "float32",
    overwrite: Overwrite = False,
) -> None:
    """Export a trained model to ONNX, which runs in C++, on a phone or in a browser.

    The folder is whole: graphs (.onnx), settings.json with the names and shapes of all that goes in
    and out, the model's card and the licence. Models that stream have their state as inputs and
    outputs. Before the folder takes its name the graphs are run beside PyTorch, from which they
    differ by less than 1e-4, or nothing is written.

    Needs the extra "export" (onnx, onnxscript, onnxruntime): pip install 'speechgen\\[export]'.
    """
    from speechgen.errors import ConfigError

    if format != "onnx":
        raise ConfigError(f"--format {format}: must be onnx")
    from speechgen.export import export_model

    done = export_model(model, output, precision=precision, overwrite=overwrite)
    for name, size in done.files.items():
        print_written(done.folder / name, f": {size / 1e6:.2f} MB")
    for form, difference in done.differences.items():
        print_line(f"{form}: within {difference:.1g} of PyTorch")
