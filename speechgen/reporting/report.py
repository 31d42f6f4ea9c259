"""RESULTS.md: all results under an experiment's folder in one page, never written by hand.

Sections are found by name: for each kind of result a title and the import path of a function from
results of that kind to Markdown. It is imported when there is such a result, so that a report on
speech asks nothing of images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from speechgen import registry
from speechgen.errors import DataError
from speechgen.files import write_text
from speechgen.reporting.links import HEADING, SHEET, link_list
from speechgen.reporting.listening_page import PAGE
from speechgen.reporting.results import Result, find_results, of_kind
from speechgen.reporting.sections.all_numbers import all_rows
from speechgen.reporting.sections.trainings import training_table

_HERE = "speechgen.reporting.sections"
_IMAGES = "speechgen.images.scoring.tables"
# (title, kind of result, function)
SECTIONS = (
    ("Enhancement", "enhancement", f"{_HERE}.enhancement:enhancement_tables"),
    (
        "Speed of enhancement",
        "enhancement speed",
        f"{_HERE}.enhancement_speed:enhancement_speed_tables",
    ),
    ("Synthesis: held-out likelihood", "likelihood", f"{_HERE}.likelihood:likelihood_tables"),
    ("Synthesis: nearness to the recordings", "synthesis", f"{_HERE}.synthesis:synthesis_tables"),
    ("Synthesis: words of a small set", "closed set", f"{_HERE}.closed_set:closed_set_tables"),
    ("Latents of speech", "latent_audio", f"{_HERE}.latent_audio:latent_audio_tables"),
    ("Speed of training", "training speed", f"{_HERE}.training_speed:training_speed_tables"),
    ("Speed of sampling", "speed", f"{_HERE}.sampling_speed:sampling_speed_tables"),
    (
        "Speed of sampling on a busy machine",
        "busy speed",
        f"{_HERE}.busy_sampling:busy_sampling_tables",
    ),
    ("Speed of vocoders", "vocoder speed", f"{_HERE}.vocoder_speed:vocoder_speed_tables"),
    ("Speaker verification", "speakers", f"{_HERE}.speakers:speaker_tables"),
    ("Images", "images", f"{_IMAGES}:image_tables"),
    ("Images: what the models are good for", "images", f"{_IMAGES}:task_table"),
)
_LINKED_FOLDERS = ("samples", "figures")
_LISTENING = "listening"  # folder of a listening page, which is linked in place of what is in it
_SUFFIXES = (".wav", ".flac", ".png", ".html")
_INTRODUCTION = (
    "Written by `speechgen score report` from the JSON files beside it. Brackets hold 95 %"
    " bootstrap intervals of the mean over files; arrows say which way is better."
)


def write_report(exp: str | Path) -> Path:
    """Write ``RESULTS.md`` into ``exp`` from every result under it.

    Parameters
    ----------
    exp
        Folder of an experiment. JSON files with a ``context`` are results, wherever they stand;
        contact sheets, sounds and pictures in folders called ``samples`` and ``figures``, and
        listening pages in folders called ``listening`` are linked.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        There are no results.
    """
    exp = Path(exp)
    results = [result for _, result in find_results(exp)]
    if not results:
        raise DataError(f"{exp}: holds no results; make some with: speechgen score ... --json F")
    target = exp / "RESULTS.md"
    write_text(target, report(results, linked_files(exp)))
    return target


def linked_files(exp: Path) -> list[str]:
    """Sounds and pictures worth a link: paths relative to ``exp``, sorted."""
    paths = (path.relative_to(exp) for path in exp.rglob("*") if path.suffix in _SUFFIXES)
    return sorted(path.as_posix() for path in paths if _is_worth_a_link(path))


def _is_worth_a_link(path: Path) -> bool:
    if path.suffix == ".html":
        return path.parts[-2:] == (_LISTENING, PAGE)
    return path.name == SHEET or bool(set(path.parts[:-1]) & set(_LINKED_FOLDERS))


def report(results: Sequence[Result], links: Sequence[str] = ()) -> str:
    """The page as Markdown: headline tables, links, and one row for every number.

    Parameters
    ----------
    results
        Mappings with ``mean``, ``files``, ``failed`` and ``context``.
    links
        Relative paths of sounds and pictures.
    """
    sections: dict[str, str] = {}
    for title, kind, target in SECTIONS:
        shown = of_kind(results, kind)
        if shown:
            sections[title] = _section(target)(shown)
    sections |= {
        "How the models were trained": training_table(results),
        HEADING: link_list(links),
        "All numbers": all_rows(results),
    }
    parts = [f"## {title}\n\n{text.rstrip()}\n" for title, text in sections.items() if text]
    return "\n".join(["# Results\n", f"{_INTRODUCTION}\n", *parts])


def _section(target: str) -> Callable[[Sequence[Result]], str]:
    """The function behind ``module:name``, imported now."""
    function: Callable[[Sequence[Result]], str] = registry.resolve(target)
    return function
