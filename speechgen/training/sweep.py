"""Sweeps: several runs of one command, laid out by Hydra's sweepers and launchers.

``sweep(["experiment=segan", "seed=1,2", "output=DIR"])`` trains one run for every combination of
values, each in a folder below ``DIR`` that is named after the values that differ. Which runs there
are is the sweeper's business (Hydra's basic one takes all combinations), where they run the
launcher's; plugins such as ``hydra/launcher=submitit_slurm`` and ``hydra/sweeper=optuna`` are
chosen by overrides as in any Hydra program.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, OutputError, SpeechgenError, check_packages
from speechgen.files import read_json, write_json
from speechgen.training.composition import GROUPS, PACKAGE, one_line, quoted
from speechgen.training.override_values import value_of
from speechgen.training.run_lock import only_run
from speechgen.training.settings import PathText, convert
from speechgen.training.swept_values import as_hydra_reads, is_of_hydra, is_swept, key_of, plain

OUTCOME = "outcome.json"
_LONGEST_NAME = 200  # bytes
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
        As for a single run, but commas, ``choice(...)`` and ``range(...)`` sweep, as in Hydra's
        grammar (quote a comma that belongs to a value); keys that begin with ``hydra`` configure
        Hydra.
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
        if item.startswith("hydra/launcher=submitit"):
            check_packages(item, ["submitit"], "slurm")
    by_key = {key_of(item): item for item in overrides if not is_of_hydra(item)}  # the last counts
    ours = [as_hydra_reads(item) for item in by_key.values()]
    output = _output_of(by_key)
    fixed = [key_of(item) for item in ours if not is_swept(item)]
    literal = str(output).replace("${", "\\${")  # no interpolation of Hydra's
    arguments = [
        "--multirun",
        *(["--config-dir", str(Path(config_dir).resolve())] if config_dir is not None else []),
        *(item if key_of(item) in GROUPS else f"++{item.lstrip('+')}" for item in ours),
        *(item for item in overrides if is_of_hydra(item)),
        *_QUIET,
        f"hydra.sweep.dir={quoted(literal)}",
        f"hydra.job.config.override_dirname.exclude_keys=[{','.join(fixed)}]",
        f"hydra.job.name='{metric}'",  # the way of a value to a job, wherever it runs
    ]
    with only_run(output):
        for old in output.glob(f"*/{OUTCOME}"):
            old.unlink()
        with _arguments_of_hydra(arguments, output):
            program = hydra.main(
                version_base="1.3", config_path=f"pkg://{PACKAGE}", config_name="train"
            )
            program(_job)()
    return output


def outcomes(folder: Path) -> list[dict[str, Any]]:
    """What became of every run below ``folder``: name, model, steps, seconds, validation, error."""

    paths = sorted(folder.glob(f"*/{OUTCOME}"))
    return [read_json(path.read_text(encoding="utf-8")) for path in paths]


def _job(_config: Any) -> float:
    """One run, wherever Hydra's launcher has put it; the value of the metric, or NaN."""

    from hydra.core.hydra_config import HydraConfig

    from speechgen.training.runner import run

    settings = HydraConfig.get()
    given = [plain(item) for item in settings.overrides.task]
    fixed = set(settings.job.config.override_dirname.exclude_keys)
    swept = sorted(item for item in given if key_of(item) not in fixed)
    name = _folder_name(swept)
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
        kept = [item for item in given if key_of(item) != "output"]
        outcome["model"] = str(run([*kept, f"output={folder}"], config_dir))
        status = read_json((folder / "status.json").read_text(encoding="utf-8"))
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


def _folder_name(swept: list[str]) -> str:
    """The values that differ, as a name; where disks would refuse its length, its end is a hash."""
    name = ",".join(swept).replace("/", "-") or "run"
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return os.fsencode(name)[: _LONGEST_NAME - 17].decode("utf-8", "ignore") + f",{digest}"


def _output_of(by_key: dict[str, str]) -> Path:
    if "output" not in by_key:
        raise ConfigError("output has no default; give output=DIR, the folder of the sweep's runs")
    given = as_hydra_reads(by_key["output"])
    if is_swept(given):
        raise ConfigError(f"{by_key['output']}: one folder for all runs; each gets one below it")
    output = value_of(plain(given).partition("=")[2], str, given)
    return Path(convert(PathText, output, "output")).absolute()


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
