"""A voice as one small file to keep or to pass on: a vector, how high it speaks, and a card.

``NAME.safetensors`` holds the tensor ``vector`` (feature,), and as metadata, which is text: format,
name, f0_hz, seconds, agreement, recordings, encoder and card. For one converter it may also hold
``match`` (2, mel), with the metadata converter and converter_weights
(:class:`speechgen.synthesis.converter_fit.ConverterFit`). Nothing in it can run.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from speechgen.data import Evidence, SpeakerVectors
from speechgen.data.datasets.speaker_vectors import check_lengths
from speechgen.errors import ConfigError, DataError, ModelError
from speechgen.files import atomic_path, printable
from speechgen.files.disk import open_to_readers
from speechgen.store.header import read_header
from speechgen.synthesis.converter_fit import ConverterFit, fit_in

VOICE_SUFFIX = ".safetensors"
_FORMAT = "speechgen voice 1"
_AXES = {"vector": 1, "match": 2}
_MOST_NUMBERS = 1 << 16
_MOST_HZ = 20_000
_LONGEST_NAME = 200


def save_voice(
    path: Path | str,
    table: SpeakerVectors,
    *,
    agreement: float = math.nan,
    encoder: str = "",
    fit: ConverterFit | None = None,
    done: str = "",
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
    fit
        What a converter is told besides.
    done
        What came of fitting it, for the card.

    Raises
    ------
    DataError
        There are several speakers.
    OutputError
        The file cannot be written, or exists and is not to be replaced.
    """
    from safetensors.numpy import save_file

    name = name_of_one(table, path)
    facts = {"format": _FORMAT, "name": name, "recordings": str(len(table.ids))}
    facts["f0_hz"] = f"{table.f0_of(np.arange(len(table.ids))) or 0.0:.2f}"
    if table.evidence is not None:
        facts["seconds"] = f"{table.evidence.seconds.sum():.2f}"
    facts |= {"agreement": f"{agreement:.4f}", "encoder": encoder}
    tensors = {"vector": table.mean_of(name)}
    if fit is not None:
        facts |= fit.facts()
        tensors["match"] = fit.match
    if done:
        facts["done"] = done
    facts["card"] = _card(facts)
    with atomic_path(path, overwrite=overwrite) as temporary:
        save_file(tensors, str(temporary), metadata=facts)
        open_to_readers(temporary)


def check_name(name: str | None) -> None:
    """Refuse what is no name for a voice, on one line of a list; None is for that of its file.

    Raises
    ------
    ConfigError
        It is empty, longer than 200 characters, or holds line breaks or what cannot be printed.
    """
    if name is None:
        return
    if not name.strip() or printable(name) != name or len(name) > _LONGEST_NAME:
        shown = printable(name[:40]) + "..." * (len(name) > 40)
        raise ConfigError(
            f"--name '{shown}': a voice is called by 1 to {_LONGEST_NAME} characters that can be "
            "printed, on one line; choose another name"
        )


def name_of_one(table: SpeakerVectors, path: Path | str) -> str:
    """The name of the one speaker of a table that is written to ``path``; DataError if several."""
    if len(table.speaker_names) != 1:
        names = ", ".join(table.speaker_names[:8])
        raise DataError(
            f"{path}: takes one voice, and there are {len(table.speaker_names)} ({names}); write"
            " an .npz, or say with --name that all are of one speaker"
        )
    return table.speaker_names[0]


def load_voice(path: Path | str) -> tuple[SpeakerVectors, dict[str, str]]:
    """Read a voice: a table of one row that has its name, and its metadata.

    Raises
    ------
    DataError
        The file is missing, damaged, or no voice.
    """
    table, facts, _ = _read(Path(path))
    return table, facts


def load_fit(path: Path | str) -> ConverterFit | None:
    """What a voice file says for a converter, if anything; raises what :func:`load_voice` does."""
    return _read(Path(path))[2]


def _read(path: Path) -> tuple[SpeakerVectors, dict[str, str], ConverterFit | None]:
    from safetensors import safe_open

    try:
        header = read_header(path)
    except ModelError as error:
        raise DataError(str(error)) from error
    if "vector" not in header or not all(
        info.dtype == "F32" and len(info.shape) == _AXES.get(name) for name, info in header.items()
    ):
        raise DataError(f"{path}: holds no voice; speechgen embed writes one")
    for name, info in header.items():
        if not 0 < info.num_elements <= _MOST_NUMBERS or (name == "match" and info.shape[0] != 2):
            raise DataError(f"{path}: holds a {name} of shape {info.shape}, which is no voice")
    try:
        with safe_open(str(path), "np") as file:
            facts = {str(key): str(value) for key, value in (file.metadata() or {}).items()}
            tensors = {name: np.array(file.get_tensor(name), np.float32) for name in header}
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
    table = SpeakerVectors((name,), (name,), tensors["vector"][None], None, evidence)
    check_lengths(table.vectors, path)
    return table, facts, fit_in(tensors, facts, path)


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
    if "converter" in facts:
        lines += [f"- fitted to the converter {facts['converter']}; others take the vector alone"]
    if "done" in facts:
        lines += [f"- {facts['done']}"]
    lines += ["", "Use it with the consent of the person whose voice it is."]
    return "\n".join([*lines, ""])
