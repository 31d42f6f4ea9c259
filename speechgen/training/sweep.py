"""Sweeps: several runs of one command, laid out by Hydra's sweepers and launchers.

``sweep(["experiment=segan", "seed=1,2", "output=DIR"])`` trains one run for every combination of
values, each in a folder below ``DIR`` that is named after the values that differ. Which runs there
are is the sweeper's business (Hydra's basic one takes all combinations), where they run the
launcher's; plugins such as ``hydra/launcher=joblib`` and ``hydra/sweeper=optuna`` are chosen by
overrides as in any Hydra program.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, OutputError, SpeechgenError
from speechgen.files import write_json
from speechgen.training.composition import GROUPS, PACKAGE, one_line

OUTCOME = "outcome.json"
#: of Hydra's own configuration: it writes nothing beside the run folders
_QUIET = (
    "hydra.output_subdir=null",
    "hydra/job_logging=disabled",
    "hydra/hydra_logging=disabled",
    "hydra.sweep.subdir=.",
)


def sweep(overrides: list[str], config_dir: str | Path | None = None, *, metric: str = "") -> Path:
    """Train every run of the sweep that ``overrides`` describe; go on where one was stopped.

    A run that cannot be done leaves its reason in its :func:`outcomes`, and the next one begins.

    Parameters
    ----------
    overrides
        As for a single run, in Hydra's grammar: commas, ``choice(...)`` and ``range(...)`` sweep;
        keys that begin with ``hydra`` configure Hydra.
    config_dir
        A folder searched for further experiments.
    metric
        Validation value that an optimising sweeper is given; the first one where it is empty.

    Returns
    -------
    Path
        The folder of the runs.

    Raises
    ------
    ConfigError
        An override is malformed, or there is no ``output``.
    """
    import hydra

    if metric and not re.fullmatch(r"\w+", metric):
        raise ConfigError(f"metric {metric!r}: needs the name of a validation value")
    for item in overrides:
        if item.startswith("~"):
            raise ConfigError(f"{item}: a sweep sets values and removes none; write key=value")
    by_key = {_key(item): item for item in overrides if not _is_of_hydra(item)}  # the last counts
    ours = list(by_key.values())
    output = _output_of(ours)
    fixed = [_key(item) for item in ours if not _is_swept(item)]
    arguments = [
        "--multirun",
        *(["--config-dir", str(Path(config_dir).resolve())] if config_dir is not None else []),
        *(item if _key(item) in GROUPS else f"++{item.lstrip('+')}" for item in ours),
        *(item for item in overrides if _is_of_hydra(item)),
        *_QUIET,
        f"hydra.sweep.dir='{output}'",
        f"hydra.job.config.override_dirname.exclude_keys=[{','.join(fixed)}]",
        f"hydra.job.name='{metric}'",  # the way of a value to a job, wherever it runs
    ]
    for old in output.glob(f"*/{OUTCOME}"):
        old.unlink()
    with _arguments_of_hydra(arguments, output):
        hydra.main(version_base="1.3", config_path=f"pkg://{PACKAGE}", config_name="train")(_job)()
    return output


def outcomes(folder: Path) -> list[dict[str, Any]]:
    """What became of every run below ``folder``: name, model, steps, seconds, validation, error."""
    import json

    paths = sorted(folder.glob(f"*/{OUTCOME}"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def _job(_config: Any) -> float:
    """One run, wherever Hydra's launcher has put it; the value of the metric, or NaN."""
    import json

    from hydra.core.hydra_config import HydraConfig

    from speechgen.training.runner import run

    settings = HydraConfig.get()
    given = [_plain(item) for item in settings.overrides.task]
    fixed = set(settings.job.config.override_dirname.exclude_keys)
    swept = sorted(item for item in given if _key(item) not in fixed)
    name = ",".join(swept).replace("/", "-") or "run"
    folder = Path(settings.sweep.dir) / name
    config_dir = next(
        (
            source.path.removeprefix("file://")
            for source in settings.runtime.config_sources
            if source.provider == "command-line"
        ),
        None,
    )
    outcome: dict[str, Any] = {"name": name, "model": None, "steps": None, "seconds": None}
    outcome |= {"validation": {}, "error": ""}
    try:
        kept = [item for item in given if _key(item) != "output"]
        outcome["model"] = str(run([*kept, f"output={folder}"], config_dir))
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        outcome |= {key: status[key] for key in ("steps", "seconds", "validation")}
        if settings.job.name and settings.job.name not in status["validation"]:
            known = ", ".join(status["validation"]) or "none, for want of data.valid"
            raise ConfigError(f"no validation value {settings.job.name}; there are: {known}")
    except SpeechgenError as error:
        outcome["error"] = str(error)
        print(f"speechgen train: {name}: {error}", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / OUTCOME, outcome)
    values = outcome["validation"]
    wanted = settings.job.name or next(iter(values), "")
    return float(values.get(wanted, math.nan))


def _is_of_hydra(override: str) -> bool:
    return override.lstrip("+~").startswith(("hydra.", "hydra/"))


def _key(override: str) -> str:
    return override.partition("=")[0].strip().lstrip("+")


def _plain(override: str) -> str:
    """An override of one value as a single run takes it: without prefix, quotes and escapes."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_override(override)
    value = parsed.value()
    text = value if isinstance(value, str) else parsed.get_value_element_as_str()
    return f"{_key(override)}={text}"


def _is_swept(override: str) -> bool:
    """Whether Hydra's grammar reads several values in it."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(override).is_sweep_override()
    except HydraException as error:
        message = " ".join(str(error).split())
        raise ConfigError(f"{override!r}: not in Hydra's grammar ({message})") from error


def _output_of(overrides: list[str]) -> Path:
    given = [item.partition("=")[2] for item in overrides if _key(item) == "output"]
    if not given:
        raise ConfigError("output has no default; give output=DIR, the folder of the sweep's runs")
    if _is_swept(f"output={given[-1]}"):
        raise ConfigError(f"output={given[-1]}: one folder for all runs; each gets one below it")
    return Path(given[-1].strip("'\"")).absolute()


@contextlib.contextmanager
def _arguments_of_hydra(arguments: list[str], output: Path) -> Iterator[None]:
    """Let Hydra's entry point, which reads the command line, read this one; errors come as such."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    before, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["speechgen-train", *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    GlobalHydra.instance().clear()
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise one_line(error, "sweep") from error
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror}); choose another output"
        ) from error
    finally:
        sys.argv = before
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full
        GlobalHydra.instance().clear()
