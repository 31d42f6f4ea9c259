"""Clean and noisy recordings of the same speech, in two folders: VoiceBank-DEMAND and the like.

VoiceBank-DEMAND (Valentini-Botinhao et al., 2016) has 28 speakers for training and 2 for the
test, in the folders ``clean_trainset_28spk_wav``, ``noisy_trainset_28spk_wav``,
``clean_testset_wav`` and ``noisy_testset_wav``.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from speechgen.data.corpora.download import Archive, fetch_archives
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.joining import join_by_id
from speechgen.data.kaldi.naming import composed, names_in, speaker_ids, utterance_ids
from speechgen.data.kaldi.scanning import durations_of, sounds_in
from speechgen.data.kaldi.transcripts import read_words
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError
from speechgen.files import printable

_BASE = "https://datashare.ed.ac.uk/bitstream/handle/10283/2791/"
# DataShare's checksums of the sound, as several independent projects state them; there is none
# to be found for the texts, whose computed one is written beside them instead.
_FILES = {
    "clean_trainset_28spk_wav": "d2d5a45ec32f8fcbf201bde0447e20ba",
    "noisy_trainset_28spk_wav": "1fca9e8bafb8cd069f6653c6d92f9e9c",
    "clean_testset_wav": "34eb1c0ba7ef667e9b966866c542fc16",
    "noisy_testset_wav": "fb1b86caa31e8ba5b506c0c64da9aab5",
    "trainset_28spk_txt": None,
    "testset_txt": None,
}
ARCHIVES = tuple(Archive(f"{_BASE}{name}.zip", folder="", md5=md5) for name, md5 in _FILES.items())


class Sides(NamedTuple):
    """The folders of one set of pairs; ``texts`` need not exist."""

    clean: Path
    noisy: Path
    texts: Path


def download_voicebank_demand(root: str | Path) -> Path:
    """Fetch and unpack VoiceBank-DEMAND, 28 speakers (5.6 GB), into ``root``.

    Resumes, and does nothing when done.

    Returns
    -------
    Path
        The folder that :func:`prepare_paired` wants.
    """
    fetch_archives(ARCHIVES, root)
    return Path(root)


def find_sides(root: Path) -> dict[str, Sides]:
    """The sets of pairs in a folder: one without a name, or ``train`` and ``test``."""
    layouts = {
        "": Sides(root / "clean", root / "noisy", root / "txt"),
        **{
            part: Sides(root / part / "clean", root / part / "noisy", root / part / "txt")
            for part in ("train", "test")
        },
    }
    published = {
        "train": Sides(
            root / "clean_trainset_28spk_wav",
            root / "noisy_trainset_28spk_wav",
            root / "trainset_28spk_txt",
        ),
        "test": Sides(root / "clean_testset_wav", root / "noisy_testset_wav", root / "testset_txt"),
    }
    for layout in (layouts, published):
        found = {name: s for name, s in layout.items() if s.clean.is_dir() and s.noisy.is_dir()}
        if found:
            return found
    return {}


def prepare_paired(root: str | Path, out: str | Path) -> DataDirectory:
    """Describe paired recordings, joined by their names.

    Parameters
    ----------
    root
        Holds ``clean/`` and ``noisy/``, or the folders of VoiceBank-DEMAND, or ``train/`` and
        ``test/`` with ``clean/`` and ``noisy/`` in each.
    out
        The data directory to write, with noisy.scp. Where there are parts, all pairs are in
        ``out`` and each part is in ``out/train`` and ``out/test``.

    Raises
    ------
    DataError
        Names on one side only, with their number; pairs of unequal length; files that cannot be
        read.
    """
    root, out = Path(root), Path(out)
    parts = find_sides(root)
    if not parts:
        raise DataError(f"{root}: has no clean/ and noisy/; give a folder that has both")
    joined = {name: _join(sides, root) for name, sides in parts.items()}
    for name, pairs in joined.items():
        if name:
            _write(out / name, pairs)
    everything: dict[str, tuple[Path, Path, Path]] = {}
    for pairs in joined.values():
        for name in pairs.keys() & everything.keys():
            raise DataError(f"{root}: {name} is in two parts; give one part at a time")
        everything |= pairs
    return _write(out, everything)


def _join(sides: Sides, root: Path) -> dict[str, tuple[Path, Path, Path]]:
    clean, noisy = _by_name(sides.clean), _by_name(sides.noisy)
    names = join_by_id(clean, noisy, f"{sides.clean}", f"{sides.noisy}")
    return {n: (clean[n], noisy[n], sides.texts / f"{_below(sides.clean, clean[n])}.txt")
            for n in names}  # fmt: skip


def _by_name(folder: Path) -> dict[str, Path]:
    """Sound files by their path below ``folder`` without suffix, however the disk spells it."""
    found: dict[str, Path] = {}
    for file in sounds_in(folder):
        name = composed(_below(folder, file))
        if name in found:
            shown = printable(str(found[name])), printable(str(file))
            raise DataError(f"{shown[0]} and {shown[1]} have one name; keep one of them")
        found[name] = file
    return found


def _below(folder: Path, file: Path) -> str:
    return file.relative_to(folder).with_suffix("").as_posix()


def _write(out: Path, pairs: dict[str, tuple[Path, Path, Path]]) -> DataDirectory:
    names = list(pairs)
    files = [pairs[name][0] for name in names]
    speakers = speaker_ids(names_in(files))
    ids = utterance_ids(speakers, [name.replace("/", "-") for name in names], files)
    clean = {i: pairs[name][0] for i, name in zip(ids, names, strict=True)}
    noisy = {i: pairs[name][1] for i, name in zip(ids, names, strict=True)}
    durations, others = durations_of(clean), durations_of(noisy)
    unequal = [i for i in ids if abs(durations[i] - others[i]) > 0.01]
    if unequal:
        raise DataError(
            f"{len(unequal)} of {len(ids)} pairs differ in length, {unequal[0]} first: "
            f"{durations[unequal[0]]:.2f} s clean, {others[unequal[0]]:.2f} s noisy"
        )
    texts = {
        i: read_words(pairs[name][2])
        for i, name in zip(ids, names, strict=True)
        if pairs[name][2].is_file()
    }
    return write_data_directory(
        out,
        clean,
        dict(zip(ids, speakers, strict=True)),
        texts=texts or None,
        noisy=noisy,
        durations=durations,
    )
