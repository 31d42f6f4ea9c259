"""Several enhancers on one test set: the same files for all, differences paired by file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, DataError
from speechgen.evaluation.enhancement import score_enhancement
from speechgen.evaluation.summary import mean_and_interval, mean_of
from speechgen.metrics import ENHANCEMENT_METRICS

Result = dict[str, Any]


def score_enhancements(
    clean: str | Path,
    estimates: Sequence[str | Path],
    *,
    noisy: str | Path | None = None,
    systems: Sequence[str] = (),
    jobs: int | None = None,
    models: Sequence[str | Path | None] = (),
) -> list[Result]:
    """:func:`score_enhancement` of each of ``estimates`` against the same clean files.

    Parameters
    ----------
    clean, jobs
        As there.
    estimates
        Folders or data directories, as there.
    noisy
        A further system in front, called noisy: the input, as a folder or data directory.
    systems
        A name for each; without names the folders' own serve, with as many of their parents as
        tell them apart.
    models
        Model directory, or None, of the enhancer of each, for the report.

    Raises
    ------
    ConfigError
        There are not as many names or models as folders, or two names are the same.
    SpeechgenError
        As there.
    """
    for word, given in (("system", systems), ("model", models)):
        if given and len(given) != len(estimates):
            raise ConfigError(
                f"--{word}: {len(given)} for {len(estimates)} folders of estimates; give it once"
                " for each, in the same order"
            )
    alone = len(estimates) == 1 and noisy is None
    names = list(systems) or ([""] if alone else names_of(estimates))
    scored = list(zip(estimates, names, models or [None] * len(names), strict=True))
    if noisy is not None:
        scored.insert(0, (noisy, "noisy", None))
    names = [name for _, name, _ in scored]
    if len(set(names)) < len(names):
        raise ConfigError(f"the systems need names that differ, not {', '.join(names)}")
    return [
        score_enhancement(clean, estimate, jobs=jobs, system=name, model=model)
        for estimate, name, model in scored
    ]


def names_of(folders: Sequence[str | Path]) -> list[str]:
    """The folders' names, with as many parents as are needed to tell them apart."""
    parts = [Path(folder).resolve().parts for folder in folders]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    raise ConfigError(f"{folders[0]}: is given twice; every system needs a folder of its own")


def compare_enhancements(results: Sequence[Result], *, against: str = "") -> Result:
    """Put systems side by side on the files that all of them have.

    Parameters
    ----------
    results
        Of :func:`score_enhancements`.
    against
        Name of the system that the others are compared with; empty for the one called ``noisy``,
        or for the first where none is.

    Returns
    -------
    dict
        ``against``; ``utterances``, the number of shared files; and ``systems``, name to
        ``mean`` (metric to mean), ``intervals`` and ``above`` (metric to mean, low, high and
        utterances of the value and of its difference to that of ``against``, 95 % bootstrap
        intervals, the differences paired by file; ``above`` is empty for ``against`` itself).

    Raises
    ------
    ConfigError
        There is no system ``against``.
    DataError
        No file was scored for every system.
    """
    named = {str(result["context"]["system"]): result["files"] for result in results}
    if not against:
        against = "noisy" if "noisy" in named else next(iter(named))
    if against not in named:
        raise ConfigError(f"--against {against}: is none of the systems {', '.join(named)}")
    shared = sorted(set.intersection(*(set(files) for files in named.values())))
    if not shared:
        raise DataError("no file could be scored for every system; see what failed for each")
    systems = {}
    for name, files in named.items():
        scores = {utterance: files[utterance] for utterance in shared}
        values = {metric: [s[metric] for s in scores.values()] for metric in ENHANCEMENT_METRICS}
        base = {metric: [named[against][u][metric] for u in shared] for metric in values}
        above = {
            metric: [one - other for one, other in zip(values[metric], base[metric], strict=True)]
            for metric in values
        }
        systems[name] = {
            "mean": mean_of(scores, ENHANCEMENT_METRICS),
            "intervals": {m: mean_and_interval(column) for m, column in values.items()},
            "above": {m: mean_and_interval(column) for m, column in above.items()}
            if name != against
            else {},
        }
    return {"against": against, "utterances": len(shared), "systems": systems}
