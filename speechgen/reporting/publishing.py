"""What of an experiment goes into the repository: numbers, one contact sheet a task, few sounds.

EXP/RESULTS.md               ->  OUTPUT/RESULTS.md, which links to the media below only
EXP/TASK/results/**/*.json   ->  the same place
EXP/TASK/figures/**/*.png    ->  OUTPUT/TASK/contact_sheet.png, all of them
EXP/TASK/times/pictures/     ->  there too, under the title alignments
EXP/TASK/samples/**/*.wav    ->  the same place, at most twelve of all tasks

Tasks that were published before and that EXP does not have stay on the page.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from speechgen.audio import info, read, write
from speechgen.errors import DataError, OutputError
from speechgen.files import atomic_path, write_text
from speechgen.reporting.contact_sheet import draw_contact_sheet, sections_of
from speechgen.reporting.links import SHEET, links_of, with_links
from speechgen.reporting.report import report
from speechgen.reporting.results import find_results

MAX_SOUNDS = 12
MAX_SECONDS = 10.0
_LEFT_OUT = ("superseded", "mini")  # folders of EXP that are no tasks
_SOUNDS = (".wav", ".flac")


def publish(exp: str | Path, output: str | Path) -> list[Path]:
    """Copy what is worth keeping of ``exp`` to ``output`` and remove what it replaces.

    Results of tasks that ``exp`` does not have stay, with their sheets and as many of their sounds
    as twelve allow. Removed are only the pictures and sounds that the page of an earlier
    publication in ``output`` links to and the new one does not; whatever else lies there is left
    alone.

    Parameters
    ----------
    exp
        Folder of an experiment, with ``RESULTS.md`` and folders of tasks. It stays as it is.
    output
        Folder that is made where it is missing.

    Returns
    -------
    list of Path
        The contact sheets, the sounds and the page.

    Raises
    ------
    DataError
        ``exp`` has no ``RESULTS.md``, or a picture or sound in it cannot be read.
    OutputError
        ``output`` is ``exp`` itself, or cannot be written.
    """
    exp, output = Path(exp), Path(output)
    page = exp / "RESULTS.md"
    if not page.is_file():
        raise DataError(f"{page}: is not there; run all stages first")
    if exp.resolve() == output.resolve():
        raise OutputError(f"{output}: is the experiment itself; publish to another folder")
    tasks = [path for path in sorted(exp.iterdir()) if path.is_dir() and _is_task(path)]
    others = _other_tasks(output, exp, {task.name for task in tasks})
    target = output / "RESULTS.md"
    old = links_of(target.read_text(encoding="utf-8")) if target.is_file() else []
    for task in tasks:
        for path in sorted((task / "results").rglob("*.json")):
            _copy(path, output / path.relative_to(exp))
    published = [f"{task.name}/{SHEET}" for task in others if f"{task.name}/{SHEET}" in old]
    for task in tasks:
        sections = sections_of(task / "figures")
        times = sections_of(task / "times" / "pictures")
        sections |= {title or "alignments": pictures for title, pictures in times.items()}
        if sections:
            published.append(f"{task.name}/{SHEET}")
            draw_contact_sheet(sections, task.name, output / published[-1])
    for path in choose_sounds([task / "samples" for task in (*tasks, *others)]):
        if any(path.is_relative_to(task) for task in others):
            published.append(path.relative_to(output).as_posix())
            continue
        published.append(path.relative_to(exp).as_posix())
        _copy_sound(path, output / published[-1])
    published.sort()
    _remove(output, set(old) - set(published))
    text = page.read_text(encoding="utf-8")
    if others:
        names = sorted(task.name for task in (*tasks, *others))
        text = report([result for name in names for _, result in find_results(output / name)])
    write_text(target, with_links(text, published))
    return [*(output / name for name in published), target]


def _other_tasks(output: Path, exp: Path, tasks: set[str]) -> list[Path]:
    """Folders of ``output`` with results of none of the ``tasks``."""
    if not output.is_dir():
        return []
    folders = (path for path in sorted(output.iterdir()) if path.is_dir() and _is_task(path))
    return [
        folder
        for folder in folders
        if folder.name not in tasks
        and not exp.resolve().is_relative_to(folder.resolve())
        and find_results(folder)
    ]


def choose_sounds(folders: Iterable[Path], limit: int = MAX_SOUNDS) -> list[Path]:
    """At most ``limit`` of the sounds below ``folders``, evenly over folders and utterances.

    Sounds are taken by the group, ``UTTERANCE__*``, so that what was made of an utterance can be
    compared; of each folder those first that differ in what they show, then the first voices and
    those of the middle in turn.

    Returns
    -------
    list of Path
        Sorted within each folder that directly holds sounds.
    """
    waiting = [_groups(folder) for folder in _holding_sounds(folders)]
    taken: list[list[Path]] = [[] for _ in waiting]
    while any(waiting):
        number = min(
            (place for place, groups in enumerate(waiting) if groups),
            key=lambda place: len(taken[place]),
        )
        group = waiting[number].pop(0)[:limit]
        if sum(map(len, taken)) + len(group) <= limit:
            taken[number] += group
    return [path for paths in taken for path in sorted(paths)]


def _holding_sounds(folders: Iterable[Path]) -> list[Path]:
    found = (path for folder in folders for path in sorted(folder.rglob("*")) if _is_sound(path))
    return list(dict.fromkeys(path.parent for path in found))


def _groups(folder: Path) -> list[list[Path]]:
    """The groups of a folder in the order in which they are offered."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if _is_sound(path):
            name, separator, last = path.stem.rpartition("__")
            groups.setdefault(name if separator else last, []).append(path)
    kinds: dict[frozenset[str], list[list[Path]]] = {}
    for group in groups.values():
        kinds.setdefault(frozenset(_shown(path) for path in group), []).append(group)
    orders = [_from_both_halves(alike) for alike in kinds.values()]
    rounds = max(map(len, orders), default=0)
    return [order[turn] for turn in range(rounds) for order in orders if turn < len(order)]


def _shown(path: Path) -> str:
    """What a sound is of its utterance: recorded, 0.25, or "as" for the voice of anyone."""
    return path.stem.rpartition("__")[2].partition("_")[0]


def _from_both_halves(items: Sequence[list[Path]]) -> list[list[Path]]:
    """First of the first half, first of the second, second of the first, ..."""
    half = (len(items) + 1) // 2
    return [items[place] for start in range(half) for place in (start, start + half)
            if place < len(items)]  # fmt: skip


def _is_task(path: Path) -> bool:
    return path.name not in _LEFT_OUT and not path.name.startswith(".")


def _is_sound(path: Path) -> bool:
    return path.suffix in _SOUNDS and path.is_file()


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target, overwrite=True) as temporary:
        shutil.copyfile(source, temporary)


def _copy_sound(source: Path, target: Path) -> None:
    """The file as it is, or its first ten seconds."""
    told = info(source)
    if told.num_samples <= MAX_SECONDS * told.sample_rate:
        _copy(source, target)
        return
    wave, rate = read(source, num_samples=round(MAX_SECONDS * told.sample_rate))
    write(target, wave, rate, overwrite=True)


def _is_publication(link: Path) -> bool:
    """Whether a link is one that this module writes, or wrote when it copied all pictures."""
    if link.is_absolute() or ".." in link.parts or len(link.parts) < 2:
        return False
    if link.parts[1] in ("figures", "samples"):
        return link.suffix in (".png", *_SOUNDS)
    return _is_sheet(link)


def _is_sheet(link: Path) -> bool:
    return link.parts[1:] == (SHEET,)


def _remove(output: Path, links: Iterable[str]) -> None:
    """Remove published files, and the folders that they leave empty."""
    for link in links:
        path = output / link
        if not _is_publication(Path(link)) or path.is_symlink() or not path.is_file():
            continue
        path.unlink()
        for folder in path.parents[: len(Path(link).parts) - 1]:
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()
