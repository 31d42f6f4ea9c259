"""Writing a data directory as tar shards: in a seeded order, each beside its place, resumable."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

from speechgen.data.datasets.audio_cache import sources_of
from speechgen.data.datasets.packing import Source
from speechgen.data.datasets.random_access import generator
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory, read_table
from speechgen.data.kaldi.symbols import FILE as SYMBOLS
from speechgen.data.shards.index_files import write_index
from speechgen.data.shards.index_reading import INDEX
from speechgen.data.shards.indexing import index_shard
from speechgen.data.shards.remote_reads import is_url
from speechgen.data.shards.rows import load_rows, save_rows
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.sound_bytes import encoded
from speechgen.data.shards.tar_headers import BLOCK, add_member, end_tar
from speechgen.errors import AudioError, ConfigError, DataError, OutputError
from speechgen.files import atomic_path, read_json, size_and_time, write_json
from speechgen.progress import Bar

FORMATS = ("flac", "wav", "keep")
_PLAN = "plan.json"
_AHEAD = 16  # utterances encoded and not yet written, at most
_LONGEST_KEY = 80
Parts = list[tuple[str, bytes]]


def prepare_shards(
    data_dir: DataDirectory | str | Path,
    out: str | Path,
    *,
    shard_mib: float = 256.0,
    form: str = "flac",
    seed: int = 0,
) -> ShardSet:
    """Write the utterances of a data directory to ``out/shard-000000.tar`` and following.

    Their order is random, so that every few shards are a sample of the whole. The same data and
    options give the same bytes; what an interrupted call has finished is not written again.

    Parameters
    ----------
    data_dir
        With its text, phones, symbols and noisy versions, where it has them.
    out
        A folder of its own.
    shard_mib
        A shard ends with the utterance that makes it as large, in MiB.
    form
        Of the sounds, as :func:`speechgen.data.shards.sound_bytes.encoded` takes it.
    seed
        Of the order.

    Raises
    ------
    ConfigError
        An option is out of range.
    DataError
        Sounds cannot be read (with their number), or ``out`` holds something else.
    """
    if form not in FORMATS or not shard_mib > 0:
        raise ConfigError(
            f"--format {form} --shard-mib {shard_mib:g}: needs one of {', '.join(FORMATS)}, and "
            "more than 0 MiB"
        )
    if is_url(out):
        raise OutputError(f"{out}: is a URL; write shards to a disk, then copy the folder there")
    data = data_dir if isinstance(data_dir, DataDirectory) else load_data_directory(data_dir)
    out = Path(out)
    clean, noisy = sources_of(data, False), sources_of(data, True) if data.noisy else None
    facts = _Facts(data)
    plan = {"sources": _hash(data, facts, clean, noisy)}
    _claim(out, plan | {"shard_mib": shard_mib, "format": form, "seed": seed})
    if (out / INDEX).is_file():  # which is written last
        return ShardSet(out)
    order = generator(seed, 0).permutation(len(data)).tolist()
    tars, done = _finished(out, [data.ids[index] for index in order])

    def utterance(index: int) -> Parts | AudioError:
        name = data.ids[index]
        try:
            sound, ending = encoded(clean[index], form)
            parts = [(ending, sound)]
            if noisy is not None:
                sound, ending = encoded(noisy[index], form)
                parts.append((f".noisy{ending}", sound))
        except AudioError as error:
            return error
        key = key_of(name)
        return [(key + ending, part) for ending, part in [*parts, (".json", facts.of(name))]]

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        ready = _ahead(pool, utterance, order[done:])
        with Bar("writing shards", len(data)) as bar:
            bar.update(done)
            while (first := next(ready, None)) is not None:
                tar = out / f"shard-{len(tars):06d}.tar"
                done += _write_shard(tar, itertools.chain([first], ready), shard_mib, bar)
                save_rows(tar.with_suffix(".npz"), index_shard(tar))
                tars.append(tar)
    return write_index(out, tars)


def key_of(utterance: str) -> str:
    """The name of an utterance's members up to the first dot: ASCII, without dots and slashes."""
    key = quote(utterance, safe="").replace(".", "%2E")
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[: _LONGEST_KEY - 17]}-{hashlib.sha256(utterance.encode()).hexdigest()[:16]}"


class _Facts:
    """The JSON of each utterance."""

    def __init__(self, data: DataDirectory) -> None:
        self._data = data
        file = data.path / SYMBOLS
        self.tables = {"text": data.texts, "phones": data.phones, "duration": data.durations}
        self.tables["symbols"] = read_table(file) if file.is_file() else None

    def of(self, utterance: str) -> bytes:
        facts: dict[str, Any] = {"id": utterance, "speaker": self._data.speakers[utterance]}
        for name, table in self.tables.items():
            if table is not None and utterance in table:
                facts[name] = table[utterance]
        return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()


def _hash(
    data: DataDirectory, facts: _Facts, clean: list[Source], noisy: list[Source] | None
) -> str:
    """Of all that goes into the shards: ids, words, files with their sizes and times, segments."""
    found = hashlib.sha256()
    for index, name in enumerate(data.ids):
        found.update(facts.of(name))
        for sources in (clean, noisy or []):
            for source in sources[index : index + 1]:
                row = [str(source.path.absolute()), *size_and_time(source.path)]
                found.update(json.dumps([*row, *source[1:]]).encode())
    return found.hexdigest()


def _claim(out: Path, plan: dict[str, Any]) -> None:
    """Note what ``out`` is to hold, unless it holds something else."""
    file = out / _PLAN
    if file.is_file():
        try:
            before = read_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = None
        if before != plan:
            raise DataError(
                f"{out}: holds shards of other data or with other options; remove it, or choose "
                "another output"
            )
    elif out.is_dir() and any(out.iterdir()):
        raise DataError(f"{out}: is not empty; choose another output")
    else:
        write_json(file, plan)


def _finished(out: Path, names: list[str]) -> tuple[list[Path], int]:
    """Shards that are there already, and how many of the utterances are in them."""
    tars: list[Path] = []
    done = 0
    while (tar := out / f"shard-{len(tars):06d}.tar").is_file():
        file = tar.with_suffix(".npz")
        if not file.is_file():
            save_rows(file, index_shard(tar))
        ids = [name.decode() for name in load_rows(file, None, tar.stat().st_size).ids.tolist()]
        if ids != names[done : done + len(ids)]:
            raise DataError(f"{tar}: holds other utterances; remove {out}, or choose another")
        tars.append(tar)
        done += len(ids)
    return tars, done


def _ahead(pool: ThreadPoolExecutor, work: Any, items: list[int]) -> Iterator[Parts]:
    """Results in order, some of them made ahead; at the end all that failed are told at once."""
    rest = iter(items)
    failures: list[AudioError] = []
    waiting: list[Future] = [pool.submit(work, item) for item in itertools.islice(rest, _AHEAD)]
    while waiting:
        result = waiting.pop(0).result()
        waiting += [pool.submit(work, item) for item in itertools.islice(rest, 1)]
        if isinstance(result, AudioError):
            failures.append(result)
        elif not failures:
            yield result
    if failures:
        raise DataError(f"{len(failures)} of {len(items)} utterances cannot be used: {failures[0]}")


def _write_shard(tar: Path, utterances: Iterator[Parts], shard_mib: float, bar: Bar) -> int:
    """Write utterances until the shard is large enough; how many there are in it."""
    count, most = 0, shard_mib * 2**20
    with atomic_path(tar, overwrite=True) as temporary, temporary.open("wb") as file:
        for parts in utterances:
            for name, data in parts:
                add_member(file, name, data)
            count += 1
            bar.advance()
            if file.tell() + 2 * BLOCK >= most:
                break
        end_tar(file)
    return count
