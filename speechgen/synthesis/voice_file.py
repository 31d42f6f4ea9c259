"""A voice as one small file to keep or to pass on: a vector, how high it speaks, and a card.

``NAME.safetensors`` holds the tensor ``vector`` (feature,), and as metadata, which is text: format,
name, f0_hz, seconds, agreement, recordings, encoder and card. Nothing in it can run.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from speechgen.data import Evidence, SpeakerVectors
from speechgen.errors import DataError, ModelError
from speechgen.files import atomic_path
from speechgen.files.disk import open_to_readers
from speechgen.store.header import TensorInfo, read_header

VOICE_SUFFIX = ".safetensors"
_FORMAT = "speechgen voice 1"
_MOST_FEATURES = 1 << 16
_MOST_HZ = 20_000


def save_voice(
    path: Path | str,
    table: SpeakerVectors,
    *,
    agreement: float = math.nan,
    encoder: str = "",
    overwrite: bool = False,
) -> None:
    """Write the one voice of a table: the mean of its vectors, with what is known of them.

    Parameters
    ----------
    table
        Of one speaker.
    agreement
        Mean cosine between the vectors of all windows and the voice's; NaN where it is not known.
    encoder
        What made the vectors, for the card.

    Raises
    ------
    DataError
        There are several speakers.
    OutputError
        The file cannot be written, or exists and is not to be replaced.
    """
    from safetensors.numpy import save_file

    if len(table.speaker_names) != 1:
        names = ", ".join(table.speaker_names[:8])
        raise DataError(
            f"{path}: takes one voice, and there are {len(table.speaker_names)} ({names}); write"
            " an .npz, or say with --name that all are of one speaker"
        )
    (name,) = table.speaker_names
    facts = {"format": _FORMAT, "name": name, "recordings": str(len(table.ids))}
    facts["f0_hz"] = f"{table.f0_of(np.arange(len(table.ids))) or 0.0:.2f}"
    if table.evidence is not None:
        facts["seconds"] = f"{table.evidence.seconds.sum():.2f}"
    facts |= {"agreement": f"{agreement:.4f}", "encoder": encoder}
    facts["card"] = _card(facts)
    with atomic_path(path, overwrite=overwrite) as temporary:
        save_file({"vector": table.mean_of(name)}, str(temporary), metadata=facts)
        open_to_readers(temporary)


def load_voice(path: Path | str) -> tuple[SpeakerVectors, dict[str, str]]:
    """Read a voice: a table of one row that has its name, and its metadata.

    Raises
    ------
    DataError
        The file is missing, damaged, or no voice.
    """
    from safetensors import safe_open

    path = Path(path)
    try:
        header = read_header(path)
    except ModelError as error:
        raise DataError(str(error)) from error
    info = header.get("vector", TensorInfo("", ()))
    if len(header) != 1 or info.dtype != "F32" or len(info.shape) != 1:
        raise DataError(f"{path}: holds no voice; speechgen embed writes one")
    if not 0 < info.num_elements <= _MOST_FEATURES:
        raise DataError(f"{path}: holds a vector of {info.num_elements} numbers, which is no voice")
    try:
        with safe_open(str(path), "np") as file:
            facts = {str(key): str(value) for key, value in (file.metadata() or {}).items()}
            vector = np.array(file.get_tensor("vector"), np.float32)
    except Exception as error:  # safetensors raises classes of its own
        raise DataError(f"{path}: cannot be read as a voice ({str(error)[:200]})") from error
    if facts.get("format") != _FORMAT:
        raise DataError(f"{path}: is not a voice of this version; it lacks the format {_FORMAT!r}")
    f0_hz, seconds, agreement = (
        _number(facts, key, path) for key in ("f0_hz", "seconds", "agreement")
    )
    if not (0 <= f0_hz <= _MOST_HZ and math.isfinite(seconds)):
        raise DataError(f"{path}: has an f0_hz or seconds out of range; embed the voice again")
    name = facts.get("name") or path.stem
    evidence = Evidence(np.array([seconds]), np.array([agreement]), np.array([f0_hz]))
    return SpeakerVectors((name,), (name,), vector[None], None, evidence), facts


def _number(facts: dict[str, str], key: str, path: Path) -> float:
    try:
        return float(facts.get(key, "0"))
    except ValueError as error:
        raise DataError(f"{path}: its {key} is {facts[key][:40]!r}, not a number") from error


def _card(facts: dict[str, str]) -> str:
    """What somebody who gets the file may want to know of it, in Markdown."""
    lines = [f"# The voice {facts['name']}", ""]
    lines += [f"- recordings: {facts['recordings']}, {facts.get('seconds', '?')} s of speech"]
    if facts.get("agreement", "nan") != "nan":
        lines += [f"- agreement of the vectors of windows: {facts['agreement']}"]
    if float(facts["f0_hz"]):
        lines += [f"- mean F0: {facts['f0_hz']} Hz"]
    if facts["encoder"]:
        lines += [f"- encoder: {facts['encoder']}; models trained with its vectors speak it"]
    lines += ["", "Use it with the consent of the person whose voice it is."]
    return "\n".join([*lines, ""])
