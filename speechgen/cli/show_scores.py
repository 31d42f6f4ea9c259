"""What the verbs of ``speechgen score`` print of a result, and write to a JSON file.

All functions end with status 1 (``typer.Exit``) where something could not be scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from speechgen.cli.common import console, print_error, print_line
from speechgen.files import counted

Result = dict[str, Any]


def report_scores(result: Result, target: Path | None) -> None:
    """Print the means of ``result``, list what failed, and write all of it to ``target``."""
    from speechgen.files import write_json
    from speechgen.reporting.comparisons import means_table

    if target is not None:
        write_json(target, result)
    console().print(means_table(result))
    for key, form, unit in (("differences", "+.4f", " bits"), ("intervals", ".4f", "")):
        for name, value in result.get(key, {}).items():
            mean, low, high = (f"{value[part]:{form}}" for part in ("mean", "low", "high"))
            print_line(
                f"{name}: {mean}{unit}, 95 % interval {low} to {high},"
                f" {counted(value['utterances'], 'utterance')}"
            )
    _exit_if_failed([result])


def report_sets(results: Sequence[Result], target: Path | None) -> None:
    """The same for the results of one system on several sets of data; one is shown in full."""
    _report_several(results, target, "data")


def report_systems(results: Sequence[Result], target: Path | None) -> None:
    """The same for the results of several systems on one set of data; one is shown in full."""
    _report_several(results, target, "system")


def _report_several(results: Sequence[Result], target: Path | None, title: str) -> None:
    from speechgen.files import write_json
    from speechgen.reporting.comparisons import means_table

    if len(results) == 1:
        report_scores(results[0], target)
        return
    if target is not None:
        write_json(target, {"results": results})
    for result in results:
        print_line(result["context"][title])
        console().print(means_table(result))
    _exit_if_failed(results, title)


def report_likelihoods(results: Sequence[Result], target: Path | None) -> None:
    """Print the likelihoods of several models side by side, and write all of it to ``target``."""
    from speechgen.evaluation import compare_likelihoods
    from speechgen.files import write_json
    from speechgen.reporting.comparisons import likelihoods_table

    rows = compare_likelihoods(results)
    if target is not None:
        write_json(target, {"results": results, "comparison": rows})
    console().print(likelihoods_table(rows))
    _exit_if_failed(results)


def report_enhancements(
    results: Sequence[Result], json: Path | None, markdown: Path | None, against: str
) -> None:
    """Print a table of ``results`` and what is wrong with them; write it all.

    ``against`` names the system that the others are compared with.
    """
    from speechgen.evaluation.compare_enhancers import compare_enhancements
    from speechgen.files import write_json, write_text
    from speechgen.reporting.comparisons import enhancers_markdown, enhancers_table
    from speechgen.reporting.sections.enhancement import notes_of

    several = len(results) > 1
    if json is not None and not several:
        write_json(json, results[0])
    scored = all(result["files"] for result in results)
    comparison = compare_enhancements(results, against=against) if scored else None
    if json is not None and several:
        write_json(json, {"results": list(results), "comparison": comparison})
    notes = [*notes_of(results), *(comparison["warnings"] if comparison else ())]
    if comparison is not None:
        if markdown is not None:
            lines = [enhancers_markdown(comparison), *(f"- {note}" for note in notes)]
            write_text(markdown, "\n".join(lines).rstrip() + "\n")
        console().print(enhancers_table(comparison))
    for note in notes:
        print_line(f"note: {note}", style="yellow")
    _exit_if_failed(results)


def _exit_if_failed(results: Sequence[Result], title: str = "system") -> None:
    """Say of each result how many files were scored and which failed; exit where any did."""
    for result in results:
        failed = result.get("failed", {})
        whose = f"{result['context'].get(title)}: " if len(results) > 1 else ""
        print_line(f"{whose}{len(result.get('files', {}))} scored, {len(failed)} failed")
        for name, reason in failed.items():
            print_error(f"{name}: {reason}")
    if any(result.get("failed") for result in results):
        raise typer.Exit(1)
