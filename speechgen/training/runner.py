"""One run from configuration to model directory: check, open, build, fit."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from speechgen import registry
from speechgen.errors import ConfigError, OutputError
from speechgen.files import write_text
from speechgen.training import datasets, objectives
from speechgen.training.card import card_text, command_of, training_info
from speechgen.training.composition import compose
from speechgen.training.datasets.training_data import DataContext, TrainingData
from speechgen.training.loop.allocator import keep_freed_memory
from speechgen.training.loop.checkpoint import checkpoint_path, is_finished
from speechgen.training.loop.console import Console
from speechgen.training.loop.fitting import fit
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import ModelSettings, RunSettings, from_mapping

# what may differ when a run goes on in the folder it began in
_MAY_CHANGE = ("trainer", "output", "card")


def run(overrides: list[str], config_dir: str | Path | None = None) -> Path:
    """Train what ``overrides`` describe; go on where an earlier run of the same stopped.

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
    _check_same_run(folder, config)
    if is_finished(folder, trainer.max_steps, trainer.max_seconds):
        console.say(f"{folder}: trained already; nothing to do")
        return folder / "model"
    if trainer.threads is not None:
        torch.set_num_threads(trainer.threads)
    keep_freed_memory()
    command = command_of(overrides)
    if _is_first_process():
        _write_config(folder, config, command)

    data = datasets.open_data(chosen, _context(settings, chosen.cache_dir))
    torch.manual_seed(settings.seed)
    model = _with_implied(settings.model, data)
    network = _build_network(model, data)
    if settings.init_from is not None:
        initialise_from(network, settings.init_from, model.name)
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
    if _is_first_process():
        console.say(f"{folder / 'model'}: {why} after {module.steps_done} steps, "
                    f"{module.seconds_done:.0f} s")  # fmt: skip
    return folder / "model"


def _is_first_process() -> bool:
    return int(os.environ.get("LOCAL_RANK", "0")) == 0


def _constructor_value(model: ModelSettings, name: str, default: Any) -> Any:
    """The argument ``name`` of a model: given, or its constructor's default."""
    if name in model.arguments:
        return model.arguments[name]
    parameters = inspect.signature(registry.constructor(model.name)).parameters
    return parameters[name].default if name in parameters else default


def _context(settings: RunSettings, cache_dir: str | None) -> DataContext:
    return DataContext(
        sample_rate=_constructor_value(settings.model, "sample_rate", 16000),
        window_samples=_constructor_value(settings.model, "window_samples", None),
        seed=settings.seed,
        validation_items=settings.trainer.validation_items,
        cache_dir=None if cache_dir is None else Path(cache_dir),
    )


def _with_implied(model: ModelSettings, data: TrainingData) -> ModelSettings:
    """The model with the arguments that follow from the data; a contradiction is refused."""
    for name, value in data.model_arguments.items():
        given = model.arguments.get(name, value)
        if (list(given) if isinstance(given, tuple) else given) != value:
            raise ConfigError(
                f"model.arguments.{name} is {given}, the data has {value}; leave it out"
            )
    return ModelSettings(model.name, model.arguments | data.model_arguments)


def _build_network(model: ModelSettings, data: TrainingData) -> nn.Module:
    network = registry.build(model.name, model.arguments)
    if data.speaker_vectors is not None and not network.speaker_table.requires_grad:
        network.speaker_table.copy_(torch.from_numpy(data.speaker_vectors))
    return network


def initialise_from(network: nn.Module, reference: str, name: str) -> None:
    """Give ``network`` the weights of a trained one of the same kind and sizes.

    Raises
    ------
    ModelError, ConfigError
        There is no such model, or it is another kind or of other sizes.
    """
    from speechgen.store import load_model, locate

    trained = load_model(locate(reference))
    if trained.config.name != name:
        raise ConfigError(f"init_from: {reference} is a {trained.config.name}, not a {name}")
    weights, wanted = trained.model.state_dict(), network.state_dict()
    for key in wanted.keys() | weights.keys():
        ours, theirs = (side.get(key) for side in (wanted, weights))
        if ours is None or theirs is None or ours.shape != theirs.shape:
            sizes = [None if one is None else tuple(one.shape) for one in (theirs, ours)]
            raise ConfigError(
                f"init_from: {reference} has {key} of {sizes[0]}, the model {sizes[1]}; "
                "give model.arguments as they are in its config.yaml"
            )
    network.load_state_dict(weights)


def _check_same_run(folder: Path, config: dict[str, Any]) -> None:
    """A folder with a checkpoint must be of a run that this configuration continues."""
    import yaml

    path = folder / "config.yaml"
    if not path.is_file() or not checkpoint_path(folder).is_file():
        return
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in _flat(config).items():
        old = _flat(before).get(key)
        if key.split(".")[0] not in _MAY_CHANGE and old != value:
            raise ConfigError(
                f"{folder}: holds a run with {key}={old}, not {value}; choose another output"
            )


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _write_config(folder: Path, config: dict[str, Any], command: str) -> None:
    import yaml

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror}); choose another output"
        ) from error
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    write_text(folder / "config.yaml", f"# {command}\n{text}")
