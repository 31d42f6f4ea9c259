"""From a list of overrides to one plain, resolved configuration, by Hydra's compose API.

Group choices (``experiment=segan``, ``model=wavenet``) are Hydra's. Values (``data.train=a b/c``)
are read as YAML here, so that a path may hold any character, and set on the composed tree. No
key is refused at this point: the settings' constructors know which keys exist.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError

GROUPS = ("experiment", "model", "data", "objective", "trainer")
PACKAGE = "speechgen.conf"


def compose(overrides: list[str], config_dir: str | Path | None = None) -> dict[str, Any]:
    """Compose the packaged configuration with ``overrides`` and resolve it to plain containers.

    Parameters
    ----------
    overrides
        ``group=name`` or ``key.of.value=yaml``.
    config_dir
        A further folder searched for ``experiment/NAME.yaml`` and the other groups.

    Raises
    ------
    ConfigError
        An override is malformed, a group has no such file, or a value marked ``???`` is missing.
    """
    choices, values = _split(overrides)
    known = set(experiments())
    if config_dir is not None:
        folder = Path(config_dir).resolve()
        known |= {path.stem for path in folder.glob("experiment/*.yaml")}
        if not folder.is_dir():
            raise ConfigError(f"{config_dir}: no such folder; --config-dir needs one to search")
        choices.append(f'hydra.searchpath=["file://{folder}"]')
    _check_experiments(choices, known)
    tree = _compose_groups(choices)
    return _resolve(tree, values)


def _split(overrides: list[str]) -> tuple[list[str], list[tuple[str, Any]]]:
    choices: list[str] = []
    values: list[tuple[str, Any]] = []
    for override in overrides:
        key, equals, text = override.partition("=")
        key = key.strip().lstrip("+")
        if not equals or not key or any(not part for part in key.split(".")):
            raise ConfigError(f"{override!r}: not an override; write key=value")
        if key in GROUPS:
            if "," in text:
                raise ConfigError(
                    f"{override}: several values; add --multirun to train one run for each"
                )
            choices.append(f"{key}={text}")
        else:
            values.append((key, _value(override, text)))
    return choices, values


def _check_experiments(choices: list[str], known: set[str]) -> None:
    for choice in choices:
        group, _, name = choice.partition("=")
        if group == "experiment" and name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            raise ConfigError(
                f"experiment={name}: no such experiment; {hint}'speechgen train --help' lists all"
            )


def _value(override: str, text: str) -> Any:
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{override!r}: the value is not YAML; quote it") from error
    if isinstance(value, str):  # YAML 1.1 reads 1e-4 as text
        try:
            return float(value)
        except ValueError:
            return text.strip() if value == text.strip() else value
    return value


def _compose_groups(choices: list[str]) -> Any:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    if not any(choice.startswith("experiment=") for choice in choices):
        raise ConfigError(
            "no experiment chosen; give experiment=NAME; 'speechgen train --help' lists them"
        )
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module(PACKAGE, version_base="1.3"):
            return hydra_compose("train", overrides=choices)
    except (HydraException, OmegaConfBaseException) as error:
        raise one_line(error) from error


def one_line(error: Exception, where: str = "configuration") -> ConfigError:
    """An error of Hydra's as one line, without the list of the places it searched."""
    message = " ".join(str(error).split()).split(" Config search path:")[0]
    return ConfigError(f"{where}: {message}")


def _resolve(tree: Any, values: list[tuple[str, Any]]) -> dict[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    OmegaConf.set_struct(tree, False)
    try:
        for key, value in values:
            OmegaConf.update(tree, key, value, merge=False)
        missing = sorted(OmegaConf.missing_keys(tree))
        if missing:
            raise ConfigError(f"{missing[0]} has no default; give {missing[0]}=...")
        plain: Any = OmegaConf.to_container(tree, resolve=True)
        return plain
    except OmegaConfBaseException as error:
        raise one_line(error) from error


def experiments() -> list[str]:
    """Names of the packaged experiments."""
    from importlib.resources import files

    folder = files(PACKAGE) / "experiment"
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml"))
