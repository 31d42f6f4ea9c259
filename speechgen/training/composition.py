"""From a list of overrides to one plain, resolved configuration, by Hydra's compose API.

Group choices (``experiment=segan``, ``model=wavenet``) are Hydra's. Values (``data.train=a b/c``)
are set on the composed tree, typed by the fields they are for, so that a path may hold any
character. No key is refused at this point: the settings' constructors know which keys exist.
"""

from __future__ import annotations

import difflib
import functools
import re
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError
from speechgen.training.override_values import value_of

GROUPS = ("experiment", "model", "data", "objective", "trainer")
PACKAGE = "speechgen.conf"


def compose(overrides: list[str], config_dir: str | Path | None = None) -> dict[str, Any]:
    """Compose the packaged configuration with ``overrides`` and resolve it to plain containers.

    Parameters
    ----------
    overrides
        ``group=name`` or ``key.of.value=text``; see :mod:`speechgen.training.override_values`.
        ``${key}`` in a text is the value of another key, where there is such a key.
    config_dir
        A further folder searched for ``experiment/NAME.yaml`` and the other groups.

    Raises
    ------
    ConfigError
        An override is malformed, a group has no such file, or a value marked ``???`` is missing.
    """
    chosen, values = _split(overrides)
    known = set(experiments())
    search: list[str] = []
    if config_dir is not None:
        folder = Path(config_dir).resolve()
        known |= {path.stem for path in folder.glob("experiment/*.yaml")}
        if not folder.is_dir():
            raise ConfigError(f"{config_dir}: no such folder; --config-dir needs one to search")
        search.append(f"hydra.searchpath=[{quoted(f'file://{folder}')}]")
    _check_experiment(chosen, known)
    tree = _compose_groups([*(f"{key}={quoted(name)}" for key, name in chosen.items()), *search])
    return _resolve(tree, values)


def _split(overrides: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    choices: dict[str, str] = {}
    values: list[tuple[str, str]] = []
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
            choices[key] = str(value_of(text, str, override)).strip()
        else:
            values.append((key, text))
    return choices, values


def _check_experiment(chosen: dict[str, str], known: set[str]) -> None:
    name = chosen.get("experiment")
    if not name:
        raise ConfigError(
            "no experiment chosen; give experiment=NAME; 'speechgen train --help' lists them"
        )
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise ConfigError(
            f"experiment={name}: no such experiment; {hint}'speechgen train --help' lists all"
        )


def quoted(text: str) -> str:
    """``text`` between quotes, as Hydra's grammar reads it back."""
    inner = re.sub(r"(\\*)'", lambda match: f"{match[1] * 2}\\'", text)
    return "'" + re.sub(r"(\\+)\Z", r"\1\1", inner) + "'"


def _compose_groups(choices: list[str]) -> Any:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    GlobalHydra.instance().clear()
    try:
        with initialize_config_module(PACKAGE, version_base="1.3"):
            return hydra_compose("train", overrides=choices)
    except (HydraException, OmegaConfBaseException, OSError) as error:  # names too long for a file
        raise one_line(error) from error


def one_line(error: Exception, where: str = "configuration") -> ConfigError:
    """An error of Hydra's as one line, without the list of the places it searched."""
    message = " ".join(str(error).split()).split(" Config search path:")[0]
    return ConfigError(f"{where}: {message}")


def _resolve(tree: Any, values: list[tuple[str, str]]) -> dict[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from speechgen.training.override_types import DECISIVE, type_of

    OmegaConf.set_struct(tree, False)
    referring: dict[str, str] = {}
    try:
        for key, text in sorted(values, key=lambda pair: pair[0] not in DECISIVE):
            decided = {name: OmegaConf.select(tree, name) for name in DECISIVE}
            value = value_of(text, type_of(key, decided), f"{key}={text}")
            referring.pop(key, None)
            if isinstance(value, str) and "${" in value:
                referring[key], value = value, ""
            OmegaConf.update(tree, key, value, merge=False)
        as_given = {key: text for key, text in referring.items() if not _refers(tree, key, text)}
        missing = sorted(OmegaConf.missing_keys(tree))
        if missing:
            raise ConfigError(f"{missing[0]} has no default; give {missing[0]}=...")
        plain: Any = OmegaConf.to_container(tree, resolve=True)
    except OmegaConfBaseException as error:
        raise one_line(error) from error
    except IndexError as error:
        raise ConfigError(f"{key}: there is no such place in it; give the whole list") from error
    for key, text in as_given.items():
        *parents, last = key.split(".")
        try:
            functools.reduce(lambda node, name: node[name], parents, plain)[last] = text
        except (KeyError, TypeError) as error:
            raise ConfigError(f"{key}: cannot be {text}; give the whole list") from error
    return plain


def _refers(tree: Any, key: str, text: str) -> bool:
    """Whether what ``text`` refers to is in ``tree``; then it is set, else it means itself."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        OmegaConf.update(tree, key, text, merge=False)
        OmegaConf.select(tree, key)
    except (OmegaConfBaseException, RecursionError):
        OmegaConf.update(tree, key, "", merge=False)
        return False
    return True


def experiments() -> list[str]:
    """Names of the packaged experiments."""
    from importlib.resources import files

    folder = files(PACKAGE) / "experiment"
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml"))
