"""One run from configuration to model directory: check, open, build, fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from speechgen import registry
from speechgen.training import datasets, objectives
from speechgen.training.card import card_text, command_of, training_info
from speechgen.training.composition import compose
from speechgen.training.datasets.training_data import DataContext
from speechgen.training.loop import processes
from speechgen.training.loop.allocator import keep_freed_memory
from speechgen.training.loop.checkpoint import is_finished
from speechgen.training.loop.console import Console
from speechgen.training.loop.fitting import fit
from speechgen.training.network import (
    argument_of,
    build_network,
    initialise_from,
    with_implied_arguments,
)
from speechgen.training.objectives.base import Objective
from speechgen.training.run_folder import check_same_run, write_config
from speechgen.training.settings import RunSettings, from_mapping


def run(overrides: list[str], config_dir: str | Path | None = None) -> Path:
    """Train what ``overrides`` describe; resume where an earlier run of the same stopped.

    Parameters
    ----------
    overrides
        ``group=name`` and ``key=value``; ``experiment``, ``data.train`` and ``output`` at least.
    config_dir
        A folder searched for further experiments.

    Returns
    -------
    Path
        ``output/model``, the model directory with the averaged weights.

    Raises
    ------
    ConfigError, DataError, OutputError
        Before anything heavy, where the configuration or a folder cannot be what it should be.
    KeyboardInterrupt
        After an interrupted step was finished and saved.
    """
    config = compose(overrides, config_dir)
    settings = from_mapping(RunSettings, config, "configuration")
    chosen = datasets.data_settings(settings.data)
    objective = objectives.objective_settings(settings.objective, chosen.kind)
    registry.find(settings.model.name)
    folder = Path(settings.output)
    trainer = settings.trainer
    console = Console(settings.model.name, trainer.max_steps)
    check_same_run(folder, config)
    if is_finished(folder, trainer.max_steps, trainer.max_seconds):
        console.say(f"{folder}: trained already; nothing to do")
        return folder / "model"
    if trainer.threads is not None:
        torch.set_num_threads(trainer.threads)
    keep_freed_memory()
    command = command_of(overrides)
    if processes.is_first():
        write_config(folder, config, command)

    data = datasets.open_data(chosen, _context(settings, chosen.cache_dir))
    torch.manual_seed(settings.seed)
    model = with_implied_arguments(settings.model, data)
    network = build_network(model, data)
    if settings.init_from is not None:
        initialise_from(network, settings.init_from, model.name)
        console.say(f"{model.name}: initialised from {settings.init_from}")
    module = objectives.build_objective(objective, network, data, trainer.gradient_clip_norm)
    task = objectives.objective_kind(objective.kind).task

    def export(trained: Objective, status: dict[str, Any]) -> None:
        from speechgen.store import ModelConfig, save_model

        info = training_info(
            status, data.summary, seed=settings.seed, ema_decay=trainer.ema_decay, command=command
        )
        card = card_text(trained, model.name, task, info, settings.card)
        written = ModelConfig(model.name, task, model.arguments, data.features, info)
        save_model(folder / "model", trained.network, written, card)

    stopped = fit(module, data, settings, export, console)
    if stopped == "interrupted":
        console.say(f"{folder}: stopped at step {module.steps_done}; the same command goes on")
        raise KeyboardInterrupt
    why = "time is up" if stopped == "seconds" else "done"
    if processes.is_first():
        console.say(f"{folder / 'model'}: {why} after {module.steps_done} steps, "
                    f"{module.seconds_done:.0f} s")  # fmt: skip
    return folder / "model"


def _context(settings: RunSettings, cache_dir: str | None) -> DataContext:
    return DataContext(
        sample_rate=argument_of(settings.model, "sample_rate", 16000),
        window_samples=argument_of(settings.model, "window_samples", None),
        seed=settings.seed,
        validation_items=settings.trainer.validation_items,
        cache_dir=None if cache_dir is None else Path(cache_dir),
    )
