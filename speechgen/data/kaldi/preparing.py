"""Preparing folders of sound files: by speaker, by noise class, or by recognised layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from speechgen.data.corpora.ljspeech import find_ljspeech, prepare_ljspeech
from speechgen.data.corpora.paired import find_sides, prepare_paired
from speechgen.data.corpora.vctk import find_vctk, prepare_vctk
from speechgen.data.kaldi.adopting import adopt_data_directory
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.naming import names_in, speaker_ids, utterance_ids
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.scanning import durations_of, sounds_in
from speechgen.data.kaldi.transcripts import find_words
from speechgen.data.kaldi.writing import copy_data_directory, write_data_directory
from speechgen.errors import DataError


def prepare_tree(root: str | Path, out: str | Path) -> DataDirectory:
    """Describe a tree of sound files: ``speaker/.../utterance``, or all in one folder.

    The first folder below ``root`` is the speaker. Of files directly in ``root`` the speaker is
    the first field of the name (``19-198-0022.opus``, ``p225_016.flac``), or the second in names
    of the form ``digit_speaker_index``. Words come from what
    :func:`speechgen.data.kaldi.transcripts.find_words` finds.

    Parameters
    ----------
    root
        The corpus.
    out
        The data directory to write.

    Raises
    ------
    DataError
        No sound, files that cannot be read (with their number), or ids that would collide.
    """
    root = Path(root)
    files = sounds_in(root)
    flat = [file for file in files if file.parent == root]
    by_name = dict(zip(flat, names_in(flat), strict=True))
    speakers = speaker_ids(
        by_name[file] if file in by_name else file.relative_to(root).parts[0] for file in files
    )
    names = [file.stem if file in by_name else _name_within(file, root) for file in files]
    ids = utterance_ids(speakers, names, files)
    words = find_words(root, files)
    utterance_of = dict(zip(files, ids, strict=True))
    texts = {utterance_of[file]: text for file, text in words.items()}
    return write_data_directory(
        out,
        dict(zip(ids, files, strict=True)),
        dict(zip(ids, speakers, strict=True)),
        texts=texts or None,
        durations=durations_of(dict(zip(ids, files, strict=True))),
    )


def prepare_noise(
    root: str | Path,
    out: str | Path,
    *,
    exclude: Sequence[str] = (),
    only: Sequence[str] = (),
) -> DataDirectory:
    """Describe a tree of noises; in place of the speaker stands the folder, that is the class.

    Parameters
    ----------
    root
        The noises.
    out
        The data directory to write.
    exclude, only
        Files left out, and if any are given the only ones kept: paths below ``root`` (with or
        without its name; a folder stands for all it holds), or patterns like ``esc10/*/5-*``.

    Raises
    ------
    DataError
        As :func:`prepare_tree`.
    """
    root = Path(root)
    files = sounds_in(root)
    if only:
        files = [file for file in files if _matches(file, root, only)]
    files = [file for file in files if not _matches(file, root, exclude)]
    if not files:
        raise DataError(f"{root}: no noise is left after --exclude and --only")
    folders = [file.relative_to(root).parent.parts or (root.name,) for file in files]
    classes = speaker_ids(folders)
    ids = utterance_ids(classes, [file.stem for file in files], files)
    wavs = dict(zip(ids, files, strict=True))
    return write_data_directory(
        out, wavs, dict(zip(ids, classes, strict=True)), durations=durations_of(wavs)
    )


def prepare_auto(root: str | Path, out: str | Path) -> DataDirectory:
    """Look at a folder and prepare it as VCTK, LJ Speech, pairs, or a tree of speakers.

    A folder that is a data directory already is checked and written anew with absolute paths; one
    without ``spk2utt``, as Lhotse exports it, gets that, too.

    Raises
    ------
    DataError
        As the function that fits.
    """
    root = Path(root)
    if (root / "wav.scp").is_file():
        if (root / "utt2spk").is_file() and not (root / "spk2utt").exists():
            return copy_data_directory(adopt_data_directory(root, out), out)
        return copy_data_directory(load_data_directory(root), out)
    if find_vctk(root) is not None:
        return prepare_vctk(root, out)
    if find_ljspeech(root) is not None:
        return prepare_ljspeech(root, out)
    if root.is_dir() and find_sides(root):
        return prepare_paired(root, out)
    return prepare_tree(root, out)


def _name_within(file: Path, root: Path) -> str:
    """The path below the speaker's folder, joined by ``-``; just the name if that repeats it."""
    *folders, stem = file.relative_to(root).with_suffix("").parts
    repeats = stem.startswith(("-".join(folders), "_".join(folders)))
    return stem if repeats else "-".join([*folders[1:], stem])


def _matches(file: Path, root: Path, patterns: Iterable[str]) -> bool:
    below = file.relative_to(root).as_posix()
    return any(
        fnmatch(path, pattern) or f"{path}/".startswith(f"{pattern.rstrip('/')}/")
        for pattern in patterns
        for path in (below, f"{root.name}/{below}")
    )
