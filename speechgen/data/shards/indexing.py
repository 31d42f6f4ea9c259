"""The rows of a tar shard, our own or that of others: one look at every member of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

import numpy as np

from speechgen.audio import info
from speechgen.data.augment.loudness import active_rms
from speechgen.data.kaldi.symbols import parse_symbols
from speechgen.data.shards.rows import ShardRows, Sounds
from speechgen.data.shards.sound_bytes import SOUNDS, decoded
from speechgen.data.shards.tar_headers import Member, members_of
from speechgen.errors import AudioError, DataError
from speechgen.files import read_json
from speechgen.text import MARKS

_NOISY = ".noisy"
_COLUMNS = ("start", "size", "crc", "sample_rate", "num_samples", "level", "peak")


def index_shard(path: Path) -> ShardRows:
    """The rows of one tar.

    Raises
    ------
    DataError
        It cannot be trusted, or an utterance has no sound, two of them, or one that cannot be
        decoded.
    """
    with path.open("rb") as tar:
        found = [_utterance(path, tar, key, parts) for key, parts in _samples(path)]
    if not found:
        raise DataError(f"{path}: holds no utterances; remove it")
    pairs = {one["noisy"] is not None for one in found}
    if len(pairs) > 1:
        raise DataError(f"{path}: some of its utterances have noisy versions, others have not")

    def column(name: str) -> np.ndarray:
        return np.array([one[name] for one in found])

    phones = {phone for one in found for phone in one["phones"]}

    def side(name: str) -> Sounds:
        rows = [one[name] for one in found]
        return Sounds(**{key: np.array([row[key] for row in rows]) for key in _COLUMNS})

    return ShardRows(
        ids=column("id"),
        speakers=column("speaker"),
        clean=side("clean"),
        noisy=side("noisy") if pairs == {True} else None,
        facts_start=column("facts_start"),
        facts_size=column("facts_size"),
        phone_places=column("phone_places"),
        symbol_places=column("symbol_places"),
        phone_names=np.array(sorted(phone.encode() for phone in phones), dtype=np.bytes_),
    )


def _samples(path: Path) -> Iterator[tuple[str, list[tuple[str, Member]]]]:
    """Names up to the first dot, and the endings and members of each."""

    def parted(member: Member) -> tuple[str, str]:
        folder, slash, name = member.name.rpartition("/")
        stem, dot, ending = name.partition(".")
        if not stem:
            raise DataError(f"{path}: {member.name!a} has nothing before its dot; give it an id")
        return f"{folder}{slash}{stem}", f"{dot}{ending}".lower()

    for key, members in groupby(members_of(path), lambda member: parted(member)[0]):
        yield key, [(parted(member)[1], member) for member in members]


def _utterance(
    path: Path, tar: BinaryIO, key: str, parts: list[tuple[str, Member]]
) -> dict[str, Any]:
    def read(member: Member) -> bytes:
        tar.seek(member.start)
        return tar.read(member.size)

    def sound(endings: Iterable[str]) -> dict[str, Any] | None:
        fits = [member for ending, member in parts if ending in endings]
        if len(fits) > 1:
            raise DataError(f"{path}: {key} has {len(fits)} sounds; keep one of them")
        return _sound(path, fits[0], read(fits[0])) if fits else None

    clean, noisy = sound(SOUNDS), sound([_NOISY + ending for ending in SOUNDS])
    if clean is None:
        raise DataError(f"{path}: {key} has no sound ({', '.join(SOUNDS)}); remove it")
    if noisy is not None and noisy["num_samples"] != clean["num_samples"]:
        raise DataError(f"{path}: {key} and its noisy version differ in length; cut or align them")
    facts = next((member for ending, member in parts if ending == ".json"), None)
    said = _facts(path, key, read(facts)) if facts else {}
    _check_text(path, key, [key, *said.values()])
    said_phones = str(said.get("phones") or "").split()
    return {
        "id": str(said.get("id", key)).encode(),
        "speaker": str(said.get("speaker") or key.replace("_", "-").partition("-")[0]).encode(),
        "clean": clean,
        "noisy": noisy,
        "facts_start": facts.start if facts else 0,
        "facts_size": facts.size if facts else 0,
        "phones": said_phones,
        # two that are alike need a frame between them
        "phone_places": len(said_phones) + sum(a == b for a, b in pairwise(said_phones)),
        "symbol_places": _symbol_places(path, key, said),
    }


def _sound(path: Path, member: Member, data: bytes) -> dict[str, Any]:
    wave, rate = _decoded(path, member, data)
    return {
        "start": member.start,
        "size": member.size,
        "crc": zlib.crc32(data),
        "sample_rate": rate,
        "num_samples": len(wave),
        "level": active_rms(wave, rate),
        "peak": float(np.abs(wave).max()),
    }


def _decoded(path: Path, member: Member, data: bytes) -> tuple[np.ndarray, int]:
    name = f"{path}: {member.name}"
    try:
        found = decoded(data, name)
        with NamedTemporaryFile(suffix=Path(member.name).suffix) as file:
            file.write(data)
            file.flush()
            info(name, content=Path(file.name))  # refuses what is cut short
        return found
    except AudioError as error:
        raise DataError(str(error)) from error


def _facts(path: Path, key: str, data: bytes) -> dict[str, Any]:
    try:
        said = read_json(data)
    except ValueError as error:
        raise DataError(f"{path}: the JSON of {key} is none ({error}); pack it anew") from error
    if not isinstance(said, dict):
        raise DataError(f"{path}: the JSON of {key} is no object; pack it anew")
    for name in ("id", "speaker"):
        value = said.get(name, "x")
        if not isinstance(value, str | int) or str(value).split() != [str(value)]:
            raise DataError(f"{path}: {key} has {name} {value!r}; give a word without spaces")
    return said


def _check_text(path: Path, key: str, values: Iterable[Any]) -> None:
    """Names in a tar may be any bytes, and JSON may spell half a character (``\\ud800``)."""
    try:
        for value in values:
            str(value).encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path}: {key!a} has text that is no UTF-8; pack it anew") from error


def _symbol_places(path: Path, key: str, facts: dict[str, Any]) -> int:
    said = str(facts.get("symbols") or "").split()
    if not said:
        return 0
    try:
        symbols, _ = parse_symbols(said)
    except ValueError as error:
        raise DataError(f"{path}: {key}: {error}; write the symbols anew") from error
    return sum(symbol not in MARKS for symbol in symbols) + 1
