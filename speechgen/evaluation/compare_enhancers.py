"""Several enhancers on one test set: the same files for all, differences paired by file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, DataError
from speechgen.evaluation.conflicts import tell_conflict
from speechgen.evaluation.enhancement import CLEAN, score_clean, score_enhancement
from speechgen.evaluation.listening import texts_of
from speechgen.evaluation.summary import intervals_of, mean_and_interval, mean_of, weights_of
from speechgen.metrics import ENHANCEMENT_LISTENING, ENHANCEMENT_METRICS

Result = dict[str, Any]
Scores = dict[str, dict[str, float]]
COMPARED = (*ENHANCEMENT_METRICS, *ENHANCEMENT_LISTENING)


def score_enhancements(
    clean: str | Path,
    estimates: Sequence[str | Path],
    *,
    noisy: str | Path | None = None,
    systems: Sequence[str] = (),
    jobs: int | None = None,
    models: Sequence[str | Path | None] = (),
    measures: Sequence[str] = (),
    text: str | Path | None = None,
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
    measures
        Further ones, as there. The clean files have these measures, too: as a last system, called
        clean speech, without the others.
    text
        File of lines ``id words`` for the measure "wer"; None for that of the data directory.

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
    names = [name for _, name, _ in scored] + ([CLEAN] if measures else [])
    if len(set(names)) < len(names):
        raise ConfigError(f"the systems need names that differ, not {', '.join(names)}")
    asked: dict[str, Any] = {"measures": measures, "jobs": jobs}
    if "wer" in measures:
        asked["texts"] = texts_of(clean, text)
    results = [
        score_enhancement(clean, estimate, system=name, model=model, **asked)
        for estimate, name, model in scored
    ]
    heard = {file for result in results for file in result["files"]}
    return [*results, score_clean(clean, sorted(heard), **asked)] if measures else results


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
        intervals, the differences paired by file; ``above`` is empty for ``against`` itself, and
        both lack what was not measured); ``warnings``, a line for every system of which one
        measure is better and another worse than that of ``against``.

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
    systems, warnings = {}, []
    for name, files in named.items():
        scores = {utterance: files[utterance] for utterance in shared}
        above = {} if name == against else differences_of(files, named[against], shared)
        systems[name] = {
            "mean": mean_of(scores, [metric for metric in COMPARED if _measured(scores, metric)]),
            "intervals": intervals_of(scores, COMPARED),
            "above": above,
        }
        if name != CLEAN and (warning := tell_conflict(above, against)):
            warnings.append(f"{name}: {warning}")
    return {
        "against": against,
        "utterances": len(shared),
        "systems": systems,
        "warnings": warnings,
    }


def differences_of(files: Scores, base: Scores, names: Sequence[str]) -> dict[str, Any]:
    """Measure to mean, interval and number of the differences of ``files`` to ``base``.

    Paired by file, over those of the files ``names`` that have the measure in both; without the
    measures that no such file has.
    """
    found = {}
    for metric in COMPARED:
        values, weights = paired(files, base, names, metric)
        if values:
            found[metric] = mean_and_interval(values, weights=weights)
    return found


def paired(
    files: Scores, base: Scores, names: Sequence[str], metric: str
) -> tuple[list[float], list[float] | None]:
    """The differences over those of the files ``names`` that have ``metric`` in both.

    And what each counts for in their mean; None: all alike.
    """
    both = [
        name
        for name in names
        if files[name].get(metric) is not None and base[name].get(metric) is not None
    ]
    values = [files[name][metric] - base[name][metric] for name in both]
    return values, weights_of([files[name] for name in both], metric)


def _measured(scores: Scores, metric: str) -> bool:
    return any(one.get(metric) is not None for one in scores.values())
