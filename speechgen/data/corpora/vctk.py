"""VCTK 0.92 (Yamagishi, Veaux and MacDonald, 2019): 110 English speakers, two microphones.

The archive holds ``wav48_silence_trimmed/SPEAKER/SPEAKER_NNN_mic1.flac`` (48 kHz),
``txt/SPEAKER/SPEAKER_NNN.txt`` and ``speaker-info.txt``. Speakers p280 and p315 lack the second
microphone; p315 lacks its texts. Version 0.80 (``wav48/SPEAKER/SPEAKER_NNN.wav``) is read too.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from speechgen.audio import find_audio
from speechgen.data.corpora.download import Archive, fetch_archives
from speechgen.data.kaldi.directory import DataDirectory, in_byte_order
from speechgen.data.kaldi.scanning import durations_of
from speechgen.data.kaldi.transcripts import read_words
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError
from speechgen.files import write_text

_SOUND_FOLDERS = ("wav48_silence_trimmed", "wav48")
_FOLDER = "VCTK-Corpus-0.92"
_NAME = re.compile(r"(?P<utterance>.+?)(?:_(?P<microphone>mic\d))?")
_log = logging.getLogger(__name__)

# The checksum is the one DataShare states for the file, as torchaudio's dataset has it too.
ARCHIVES = (
    Archive(
        "https://datashare.ed.ac.uk/bitstream/handle/10283/3443/VCTK-Corpus-0.92.zip",
        folder=_FOLDER,
        md5="8a6ba2946b36fcbef0212cad601f4bfa",
    ),
)


def download_vctk(root: str | Path) -> Path:
    """Fetch and unpack VCTK 0.92 (11.7 GB) into ``root``; resumes, and does nothing when done.

    Returns
    -------
    Path
        The folder that :func:`prepare_vctk` wants.
    """
    if find_vctk(Path(root)) is None:
        fetch_archives(ARCHIVES, root)
    return Path(root)


def find_vctk(root: Path) -> Path | None:
    """The folder with the sound folder of VCTK: ``root``, or the archive's folder in it."""
    for folder in (root, root / _FOLDER, root / "VCTK-Corpus"):
        if any((folder / name).is_dir() for name in _SOUND_FOLDERS):
            return folder
    return None


def prepare_vctk(root: str | Path, out: str | Path, microphone: str = "mic1") -> DataDirectory:
    """Describe a VCTK tree.

    Parameters
    ----------
    root
        The folder with ``wav48_silence_trimmed``, or the one above it.
    out
        The data directory to write; it also gets ``spk2gender`` if speaker-info.txt tells.
    microphone
        ``mic1`` or ``mic2``. Where an utterance lacks the second the first stands in, and a
        warning says for how many and which speakers.

    Raises
    ------
    DataError
        No such tree, another microphone, or files that cannot be read (with their number).
    """
    if microphone not in ("mic1", "mic2"):
        raise DataError(f"microphone {microphone} is not known; VCTK has mic1 and mic2")
    folder = find_vctk(Path(root))
    if folder is None:
        raise DataError(f"{root}: has no {_SOUND_FOLDERS[0]}; give the root of VCTK 0.92")
    sounds = next(folder / name for name in _SOUND_FOLDERS if (folder / name).is_dir())
    wavs = _choose(sounds, microphone)
    if not wavs:
        raise DataError(f"{sounds}: holds no sound of {microphone}; is the corpus unpacked?")
    speakers = {utterance: file.parent.name for utterance, file in wavs.items()}
    texts = {}
    for utterance, speaker in speakers.items():
        file = folder / "txt" / speaker / f"{utterance}.txt"
        if file.is_file():
            texts[utterance] = read_words(file)
    data = write_data_directory(
        out, wavs, speakers, texts=texts or None, durations=durations_of(wavs)
    )
    genders = read_genders(folder / "speaker-info.txt")
    if genders.keys() >= set(data.speaker_names):
        rows = "".join(f"{name} {genders[name]}\n" for name in data.speaker_names)
        write_text(data.path / "spk2gender", rows)
    return data


def read_genders(file: Path) -> dict[str, str]:
    """Speaker id to ``f`` or ``m`` from speaker-info.txt; empty if there is no such file.

    Its columns are ID, AGE, GENDER, ACCENTS, REGION and comments. Ids without the ``p`` (as in
    version 0.80) get it.
    """
    if not file.is_file():
        return {}
    genders = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 3 and fields[2].lower() in ("f", "m"):
            name = f"p{fields[0]}" if fields[0].isdigit() else fields[0]
            genders[name] = fields[2].lower()
    return genders


def _choose(sounds: Path, microphone: str) -> dict[str, Path]:
    """One file for each utterance: the microphone's, else the other's."""
    versions: dict[str, dict[str, Path]] = {}
    for file in find_audio(sounds):
        match = _NAME.fullmatch(file.stem)
        if match is not None and file.parent != sounds:
            versions.setdefault(match["utterance"], {})[match["microphone"] or microphone] = file
    chosen = {name: files.get(microphone) or files[min(files)] for name, files in versions.items()}
    others = [chosen[name] for name, files in versions.items() if microphone not in files]
    if others:
        _log.warning(
            "%d utterances of %s have no %s; their other microphone is used",
            len(others),
            ", ".join(in_byte_order({file.parent.name for file in others})),
            microphone,
        )
    return {name: chosen[name] for name in in_byte_order(chosen)}
