"""``speechgen train``: an experiment by name, changed by Hydra overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from speechgen.cli.common import print_line

EXAMPLES = [
    "speechgen train experiment=speaker_encoder output=exp/encoder \\",
    "    data.train=exp/data/train data.valid=exp/data/valid",
    "speechgen train experiment=segan output=exp/segan data.train=exp/data/train \\",
    "    data.valid=exp/data/valid data.noise=exp/data/noise trainer.max_steps=500",
]


class TrainCommand(TyperCommand):
    """The verb, with the packaged experiments listed in its help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help with the list of experiments as they are packaged now."""
        self.help = f"{self.help}\n\n{_list_experiments()}"
        super().format_help(ctx, formatter)


def train(
    overrides: Annotated[
        list[str],
        typer.Argument(
            help="experiment=NAME, then KEY=VALUE for whatever shall differ from it.",
            metavar="OVERRIDE",
        ),
    ],
    config_dir: Annotated[
        Path | None,
        typer.Option(help="Folder whose experiment/*.yaml can be named too.", metavar="DIR"),
    ] = None,
) -> None:
    """Train a model and write its model directory below output=DIR.

    The overrides are Hydra's: trainer.max_steps=1000, model.arguments.stacks=2,
    +model.arguments.kernel_size=3. The run folder holds config.yaml, checkpoints/, tensorboard/,
    metrics.csv and model/, which is what enhance, synthesize, embed and score take as --model.
    Run the same command again to resume a run that was stopped; a finished one returns at once.
    """
    from speechgen.training import run

    print_line(f"model written to {run(overrides, config_dir)}")


def _list_experiments() -> str:
    from importlib import resources

    lines = ["[bold]Experiments[/bold]"]
    folder = resources.files("speechgen.conf") / "experiment"
    if folder.is_dir():
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            if entry.name.endswith(".yaml"):
                lines.append(f"  {entry.name.removesuffix('.yaml'):18} {_first_comment(entry)}")
    return "\n".join(lines)


def _first_comment(entry: Any) -> str:
    for line in entry.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and "@package" not in line:
            return line.strip("# ").replace("[", "\\[")
    return ""
