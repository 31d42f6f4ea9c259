"""``speechgen train``: an experiment by name, changed by Hydra overrides; sweeps of several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from speechgen.cli.common import console, print_line
from speechgen.errors import ConfigError

EXAMPLES = [
    "speechgen train experiment=speaker_encoder output=exp/encoder \\",
    "    data.train=exp/data/train data.valid=exp/data/valid",
    "speechgen train experiment=segan output=exp/segan data.train=exp/data/train \\",
    "    data.valid=exp/data/valid data.noise=exp/data/noise trainer.max_steps=500",
    "speechgen train --multirun experiment=vae,iwae seed=1,2 output=exp/sweep \\",
    "    data.train=digits/train.npz data.valid=digits/valid.npz",
]


class TrainCommand(TyperCommand):
    """The verb, with the packaged experiments listed under its help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help, then a line for every experiment as they are packaged now."""
        from rich.panel import Panel
        from rich.table import Table

        from speechgen.training.catalogue import grouped_experiments

        super().format_help(ctx, formatter)
        for group, described in grouped_experiments().items():
            lines = Table.grid(padding=(0, 2, 0, 0))
            lines.add_column(style="bold cyan", no_wrap=True, min_width=max(map(len, described)))
            lines.add_column(no_wrap=True)
            for name, description in described.items():
                lines.add_row(name, description)
            title = f"experiment=NAME, {group}"
            console().print(Panel(lines, title=title, title_align="left", border_style="dim"))


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
    multirun: Annotated[
        bool,
        typer.Option(
            "--multirun",
            help="Sweep: one run for every combination of the values with commas between, as "
            "experiment=a,b or seed=1,2, each in a folder of its own below output.",
        ),
    ] = False,
    metric: Annotated[
        str,
        typer.Option(
            help="With --multirun: the validation value that an optimising sweeper is given; the "
            "first one if left out.",
            metavar="NAME",
        ),
    ] = "",
) -> None:
    """Train a model and write its model directory below output=DIR.

    The overrides are Hydra's: trainer.max_steps=1000, model.arguments.stacks=2,
    +model.arguments.kernel_size=3. The run folder holds config.yaml, checkpoints/, tensorboard/,
    metrics.csv and model/, which is what enhance, synthesize, embed and score take as --model.
    Run the same command again to resume a run that was stopped; a finished one returns at once.

    With --multirun, values are read by Hydra's grammar (quote commas that belong to a value) and
    overrides of Hydra's own choose its plugins: hydra/launcher=submitit_slurm makes each run a job
    of Slurm's (with the extra slurm), hydra/sweeper=optuna looks for the best values. The results
    are shown as a table at the end and kept in sweep.md and sweep.json below output.
    """
    if metric and not multirun:
        raise ConfigError("--metric goes with --multirun")
    if not multirun:
        from speechgen.training import run

        model = run(overrides, config_dir)
        from speechgen.training.loop import processes

        if processes.is_first():
            print_line(f"model written to {model}")
        return
    from speechgen.training.sweep import sweep

    folder = sweep(overrides, config_dir, metric=metric)
    _report_sweep(folder)


def _report_sweep(folder: Path) -> None:
    """Show what the runs of a sweep came to; status 1 where one of them failed."""
    from speechgen.files import write_json, write_text
    from speechgen.reporting.sweep import sweep_page, sweep_table
    from speechgen.training.sweep import outcomes

    found = outcomes(folder)
    write_json(folder / "sweep.json", {"runs": found})
    write_text(folder / "sweep.md", sweep_page(found))
    console().print(sweep_table(found))
    print_line(f"table written to {folder / 'sweep.md'}")
    if any(outcome["error"] for outcome in found):
        raise typer.Exit(1)
