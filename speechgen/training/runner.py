"""One run from configuration to model directory: check, open, build, fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.training import datasets, objectives
from speechgen.training.card import card_text, command_of, training_info
from speechgen.training.composition import compose
from speechgen.training.datasets.training_data import DataContext
from speechgen.training.loop import processes
from speechgen.training.loop.allocator import keep_freed_memory
from speechgen.training.loop.checkpoint import has_checkpoint, is_finished, remove_unfinished
from speechgen.training.loop.console import Console
from speechgen.training.loop.data_parallel import machines_of
from speechgen.training.loop.fitting import fit
from speechgen.training.loop.resuming import content_of, resumption_of
from speechgen.training.network import (
    argument_of,
    build_network,
    check_content,
    initialise_from,
    with_implied_arguments,
)
from speechgen.training.objectives.base import Objective
from speechgen.training.run_folder import check_same_run, forget, write_config
from speechgen.training.run_lock import only_run
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
    check_content(settings.model, getattr(chosen, "content_from", None))
    folder = Path(settings.output)
    machines_of(settings.trainer.devices)
    with only_run(folder):
        check_same_run(folder, config)
        console = Console(settings.model.name, settings.trainer.max_steps)
        if is_finished(folder, settings.trainer.max_steps, settings.trainer.max_seconds):
            remove_unfinished(folder)
            console.say(f"{folder}: trained already; nothing to do")
            return folder / "model"
        return _train(settings, chosen, objective, config, command_of(overrides), console)


def _train(
    settings: RunSettings,
    chosen: Any,
    objective: Any,
    config: dict[str, Any],
    command: str,
    console: Console,
) -> Path:
    """Open the data, build the network and fit it, in a folder that is this run's."""
    folder, trainer = Path(settings.output), settings.trainer
    if trainer.threads is not None:
        torch.set_num_threads(trainer.threads)
    if trainer.strategy != "fsdp":  # which is for those who have too little
        keep_freed_memory()
    data = datasets.open_data(chosen, data_context(settings, chosen.cache_dir))
    torch.manual_seed(settings.seed)
    kind = objectives.objective_kind(objective.kind)
    model = with_implied_arguments(settings.model, kind.arguments(objective, data.model_arguments))
    network = build_network(model, data)
    pretrained = None if has_checkpoint(folder) else settings.init_from
    stay = []
    if pretrained is not None:
        own = data.speaker_vectors is not None
        stay = initialise_from(network, pretrained, model.name, own_voices=own)
        if stay and settings.init_share:
            raise ConfigError(f"init_share: {pretrained} has no {stay[0]} of this size; leave it 0")
    module = objectives.build_objective(objective, network, data, trainer.gradient_clip_norm)
    task = kind.task
    content = content_of(data, model.arguments)
    resumption = resumption_of(folder, module, content)
    if processes.is_first():
        for note in (*data.notes, *resumption.notes):
            console.say(f"{model.name}: {note}")
        if pretrained is not None:
            but = f", but for {', '.join(stay)}" if stay else ""
            console.say(f"{model.name}: initialised from {pretrained}{but}")
        write_config(folder, config, command)

    def export(trained: Objective, status: dict[str, Any], weights: dict[str, Tensor]) -> None:
        from speechgen.store import ModelConfig, save_model

        info = training_info(
            status, data.summary, seed=settings.seed, ema_decay=trainer.ema_decay, command=command,
            init_share=settings.init_share,
        )  # fmt: skip
        card = card_text(trained, model.name, task, info, settings.card)
        written = ModelConfig(model.name, task, model.arguments, data.features, info)
        save_model(folder / "model", trained.network, written, card, weights=weights)

    try:
        stopped = fit(
            module, data, settings, export, console, content=content, resume_from=resumption.path
        )
    except BaseException:
        if not module.steps_done and processes.is_first():
            forget(folder)
        raise
    if stopped == "interrupted":
        console.say(f"{folder}: stopped at step {module.steps_done}; the same command goes on")
        raise KeyboardInterrupt
    why = "time is up" if stopped == "seconds" else "done"
    if processes.is_first():
        console.say(f"{folder / 'model'}: {why} after {module.steps_done} steps, "
                    f"{module.seconds_done:.0f} s")  # fmt: skip
    return folder / "model"


def data_context(settings: RunSettings, cache_dir: str | None) -> DataContext:
    """What a run tells its data."""
    return DataContext(
        sample_rate=argument_of(settings.model, "sample_rate", 16000),
        window_samples=argument_of(settings.model, "window_samples", None),
        seed=settings.seed,
        validation_items=settings.trainer.validation_items,
        cache_dir=None if cache_dir is None else Path(cache_dir),
    )
