"""RESULTS.md: all results under an experiment's folder in one page, never written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from speechgen.errors import DataError
from speechgen.evaluation.enhancement_speed import enhancement_speed_tables
from speechgen.evaluation.latent_audio_tables import latent_audio_tables
from speechgen.evaluation.results import find_results
from speechgen.evaluation.speed import speed_tables
from speechgen.evaluation.tables import (
    Result,
    all_rows,
    enhancement_tables,
    likelihood_tables,
    model_table,
    speaker_tables,
    synthesis_tables,
)
from speechgen.files import write_text
from speechgen.images.scoring.tables import image_tables, use_table

_LINKED_FOLDERS = ("samples", "figures")
_SUFFIXES = (".wav", ".flac", ".png")
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
        sounds and pictures in folders called ``samples`` and ``figures`` are linked.

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
    return sorted(path.as_posix() for path in paths if set(path.parts[:-1]) & set(_LINKED_FOLDERS))


def report(results: Sequence[Result], links: Sequence[str] = ()) -> str:
    """The page as Markdown: headline tables, links, and one row for every number.

    Parameters
    ----------
    results
        Mappings with ``mean``, ``files``, ``failed`` and ``context``.
    links
        Relative paths of sounds and pictures.
    """
    sections = {
        "Enhancement": enhancement_tables(results),
        "Speed of enhancement": enhancement_speed_tables(results),
        "Synthesis: held-out likelihood": likelihood_tables(results),
        "Synthesis: nearness to the recordings": synthesis_tables(results),
        "Latents of speech": latent_audio_tables(results),
        "Speed of sampling": speed_tables(results),
        "Speaker verification": speaker_tables(results),
        "Images": image_tables(results),
        "Images: what the models are good for": use_table(results),
        "How the models were trained": model_table(results),
        "To listen to and look at": _link_list(links),
        "All numbers": all_rows(results),
    }
    parts = [f"## {title}\n\n{text.rstrip()}\n" for title, text in sections.items() if text]
    return "\n".join(["# Results\n", f"{_INTRODUCTION}\n", *parts])


def _link_list(links: Sequence[str]) -> str:
    """One line for each folder with links to its files."""
    folders: dict[str, list[str]] = {}
    for link in links:
        folder, _, name = link.rpartition("/")
        folders.setdefault(folder, []).append(f"[{name}]({quote(link)})")
    return "\n".join(f"- `{folder}`: {', '.join(names)}" for folder, names in folders.items())
