"""Voices: from recordings, files of vectors, vectors, names in the model, or mixtures of these."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from speechgen.audio import to_array
from speechgen.data.datasets.speaker_vectors import check_lengths
from speechgen.errors import ConfigError, DataError, ModelError
from speechgen.features.activity import check_enough
from speechgen.store import load_model, resolve_model
from speechgen.synthesis.hearing import Heard, hear_files, recordings_of
from speechgen.synthesis.mixtures import mix, parts_of
from speechgen.synthesis.vector_files import is_vector_file, read_vector, split_key

Reference = Path | str | np.ndarray | Tensor | Sequence[float]
_FAMILIAR = ("slt", "bdl", "kathleen", "lj", "p239")  # of published corpora, much heard
Voice = Reference | Sequence[Path | str] | Mapping[Path | str, float]


def speaker_vector(reference: Voice, network: Any, encoder: nn.Module | None) -> np.ndarray:
    """The vector of the voice that ``reference`` means.

    Parameters
    ----------
    reference
        A name in the model's table; a vector (feature,), as an array, a tensor or a list; an .npy
        or .npz file, where ``F.npz:NAME`` picks an utterance, a speaker or an array of it; a
        recording of the voice, or a folder of such recordings; or several of these
        (:func:`speechgen.synthesis.mixtures.parts_of`), which are averaged.
    network
        Its vector length and its speaker table.
    encoder
        Embeds recordings; needed for them only (:func:`needs_encoder`).

    Returns
    -------
    ndarray
        (feature,) float32.

    Raises
    ------
    ModelError
        The voice is unknown, or its vector does not fit the model.
    DataError, AudioError
        A file cannot be read, or there is no voice in it.
    """
    parts = parts_of(reference, network.speakers)
    heard = {str(part): _hear(part, encoder) for part, _ in parts if is_recording(part, network)}
    if heard:
        first, *others = heard
        name = f"{first} and {len(others)} more" if others else first
        check_enough(sum(one.seconds for one in heard.values()), name)
    vectors = [
        _checked(heard[str(part)].vector, network, f"the speaker encoder's vector of {part}")
        if is_recording(part, network)
        else _vector(part, network)
        for part, _ in parts
    ]
    return mix(vectors, [weight for _, weight in parts])


def needs_encoder(reference: Voice, network: Any) -> bool:
    """Whether some of a voice is a recording."""
    return any(is_recording(part, network) for part, _ in parts_of(reference, network.speakers))


def loaded_encoder(encoder: Path | str | nn.Module | None, device: str) -> nn.Module:
    """``encoder``, or what a model directory or a shipped name holds; None for the default."""
    if isinstance(encoder, nn.Module):
        return encoder
    return load_model(resolve_model(encoder, "embed"), device=device).model


def is_recording(part: Reference, network: Any) -> bool:
    """Whether one voice is a recording or a folder of recordings."""
    if not isinstance(part, str | os.PathLike) or str(part) in network.speakers:
        return False
    return not is_vector_file(split_key(part)[0]) and Path(part).exists()


def _hear(part: Reference, encoder: nn.Module | None) -> Heard:
    if encoder is None:
        raise ConfigError(f"{part}: a recording of a voice needs a speaker encoder")
    return hear_files(recordings_of(Path(str(part))), encoder)


def _vector(part: Reference, network: Any) -> np.ndarray:
    """The vector of a voice that is no recording."""
    if not isinstance(part, str | os.PathLike):
        return _checked(to_array(part, "the vector given"), network, "the vector given")
    name = str(part)
    if name in network.speakers:
        vector = network.speaker_vector(name).detach().cpu().numpy()
        return _checked(vector, network, f"voice {name!r}")
    path, key = split_key(part)
    if is_vector_file(path):
        return _checked(read_vector(path, key), network, name)
    raise unknown_voice(name, network)


def unknown_voice(name: str, network: Any) -> ModelError:
    """What is to be raised where ``name`` is neither a file nor a voice of the model's own."""
    known = _some(network.speakers, name)
    if "/" in name or Path(name).suffix:
        return ModelError(
            f"{name}: no such file of a voice; 'speechgen voices' lists the voices known by name,"
            f" which are: {known}"
        )
    return ModelError(
        f"unknown voice {name!r}: neither a file nor one of the model's own voices,"
        f" which 'speechgen voices' lists: {known}"
    )


def _some(names: Sequence[str], wanted: str, most: int = 12) -> str:
    """The names, or where there are many those like ``wanted`` and those that people know."""
    if len(names) <= most:
        return ", ".join(names) or "none by name"
    near = difflib.get_close_matches(wanted, names, n=3)
    familiar = [name for name in _FAMILIAR if name in names] or list(names[:3])
    shown = list(dict.fromkeys([*near, *familiar]))
    return f"{', '.join(shown)} and {len(names) - len(shown)} more"


def _checked(vector: np.ndarray, network: Any, where: str) -> np.ndarray:
    if not network.speaker_features:
        raise ModelError(f"{where}: this model takes no voice; leave --speaker out")
    if vector.dtype.kind not in "fiu":
        raise DataError(f"{where}: is of type {vector.dtype}, not a vector of numbers")
    vector = np.squeeze(vector)
    if vector.shape != (network.speaker_features,):
        raise ModelError(
            f"{where}: has shape {vector.shape}, but the model needs {network.speaker_features}"
            " numbers; embed the voice with the encoder the model was trained with (a recording of"
            " it is given as a file)"
        )
    if not np.isfinite(vector).all():
        raise DataError(f"{where}: holds NaN or infinity")
    if not np.any(vector):
        raise DataError(f"{where}: is all zeros, which is not a voice")
    check_lengths(vector[None], where)
    return vector.astype(np.float32)
