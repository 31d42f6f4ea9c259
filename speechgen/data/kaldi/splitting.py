"""Train, validation and test sets that share neither speakers nor sentences nor noises."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np

from speechgen.data.kaldi.directory import DataDirectory, in_byte_order
from speechgen.data.kaldi.noise_names import recording_of
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.writing import copy_data_directory
from speechgen.errors import DataError

PARTS = ("train", "valid", "test")
_ENOUGH_SPEAKERS = 4


def split_data(
    data_dir: DataDirectory | str | Path,
    out_dir: str | Path,
    *,
    valid: float,
    test: float,
    seed: int = 0,
    by: str = "auto",
    held_out: Collection[str] = (),
) -> dict[str, DataDirectory]:
    """Split a data directory into ``out_dir/train``, ``valid`` and ``test``.

    Parameters
    ----------
    data_dir
        What to split.
    out_dir
        Where to.
    valid, test
        How many speakers or sentences: a number if 1 or more, a share if less; 0 for none.
    seed
        Of the choice.
    by
        ``speaker``: whole speakers. ``sentence``: a sentence, whoever says it, is in one part
        only, and the parts have the same speakers as far as these say enough. ``auto``: by
        speaker from four speakers on, else by sentence.

    Returns
    -------
    dict
        The parts written, by name.

    Raises
    ------
    DataError
        There is too little to split.
    """
    data = data_dir if isinstance(data_dir, DataDirectory) else load_data_directory(data_dir)
    tested = says_what_is_named(data, held_out)
    if tested:
        rest, out = data.subset(set(data.ids) - set(tested)), Path(out_dir)
        sentence_of = sentences(rest).__getitem__
        parts = _split(rest, out, sentence_of, (valid, 0), seed, what="sentences")
        return parts | {"test": copy_data_directory(data.subset(tested), out / "test")}
    by = what_is_split(data, by)
    group_of = data.speakers.__getitem__ if by == "speaker" else sentences(data).__getitem__
    return _split(data, Path(out_dir), group_of, (valid, test), seed, what=f"{by}s")


def what_is_split(data: DataDirectory, by: str = "auto") -> str:
    """What :func:`split_data` counts: ``speaker``, or ``sentence`` where there are few speakers.

    Raises
    ------
    DataError
        ``by`` is none of the words known.
    """
    if by not in ("auto", "speaker", "sentence"):
        raise DataError(f"cannot split by {by}; split by speaker, sentence or auto")
    if by != "auto":
        return by
    return "speaker" if len(data.speaker_names) >= _ENOUGH_SPEAKERS else "sentence"


def split_noise(
    noise_dir: DataDirectory | str | Path,
    out_dir: str | Path,
    *,
    valid: float,
    test: float,
    seed: int = 0,
    held_out_classes: Sequence[str] = (),
) -> dict[str, DataDirectory]:
    """Split noises by file, so that no recording is on two sides; arguments as :func:`split_data`.

    Every class is in every part in proportion, as far as it has recordings enough.

    Parameters
    ----------
    held_out_classes
        If given, the test set is all of these classes (names in utt2spk) and ``test`` is not
        looked at.

    Raises
    ------
    DataError
        There is too little to split, or no such class.
    """
    data = noise_dir if isinstance(noise_dir, DataDirectory) else load_data_directory(noise_dir)
    unknown = set(held_out_classes) - set(data.speaker_names)
    if unknown:
        raise DataError(f"{data.path}: has no class {min(unknown)}")
    out, class_of = Path(out_dir), data.speakers.__getitem__
    if not held_out_classes:
        return _split(
            data, out, recording_of, (valid, test), seed, what="recordings", stratum_of=class_of
        )
    held_out = [name for name in data.ids if data.speakers[name] in set(held_out_classes)]
    rest = data.subset(set(data.ids) - set(held_out))
    parts = _split(
        rest, out, recording_of, (valid, 0), seed, what="recordings", stratum_of=class_of
    )
    return parts | {"test": copy_data_directory(data.subset(held_out), out / "test")}


def sentences(data: DataDirectory) -> dict[str, str]:
    """What each utterance says, as a key: its words, else its name without the speaker."""
    keys = {}
    for name in data.ids:
        words = re.findall(r"\w+", (data.texts or {}).get(name, "").lower())
        keys[name] = " ".join(words) or f"#{_without_speaker(data, name)}"
    return keys


def says_what_is_named(data: DataDirectory, names: Collection[str]) -> list[str]:
    """Utterances that say what one of ``names`` says, each given with its speaker or without."""
    said, wanted = sentences(data), set(names)
    keys = {said[name] for name in data.ids if {name, _without_speaker(data, name)} & wanted}
    return [name for name in data.ids if said[name] in keys]


def _without_speaker(data: DataDirectory, name: str) -> str:
    return name.removeprefix(data.speakers[name]).lstrip("-_")


def _split(
    data: DataDirectory,
    out: Path,
    group_of: Callable[[str], str],
    sizes: tuple[float, float],
    seed: int,
    *,
    what: str,
    stratum_of: Callable[[str], str] = lambda _: "",
) -> dict[str, DataDirectory]:
    groups: dict[str, list[str]] = {}
    for name in data.ids:
        groups.setdefault(group_of(name), []).append(name)
    names = in_byte_order(groups)
    counts = [_count(size, len(names)) for size in sizes]
    if sum(counts) >= len(names):
        raise DataError(
            f"{data.path}: {len(names)} {what} cannot give {counts[0]} for validation, "
            f"{counts[1]} for test and some for training; ask for fewer"
        )
    order = _spread([stratum_of(groups[name][0]) for name in names], seed)
    test, valid = order[: counts[1]], order[counts[1] : sum(counts)]
    chosen = {"train": order[sum(counts) :], "valid": valid, "test": test}
    return {
        part: copy_data_directory(
            data.subset(u for i in indices for u in groups[names[i]]), out / part
        )
        for part, indices in chosen.items()
        if len(indices)
    }


def _spread(strata: list[str], seed: int) -> np.ndarray:
    """A random order of items in which those of a stratum are evenly spread."""
    rng = np.random.Generator(np.random.PCG64(seed))
    names = np.array(strata)
    places = np.empty(len(names))
    for stratum in sorted(set(strata)):
        members = rng.permutation(np.flatnonzero(names == stratum))
        places[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(places, kind="stable")


def _count(size: float, total: int) -> int:
    if not 0 <= size < 2**63:
        raise DataError(f"a part of size {size} cannot be; give a number or a share, 0 or more")
    if size == 0:
        return 0
    return round(size) if size >= 1 else max(round(size * total), 1)
