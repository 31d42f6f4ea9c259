"""What ``shards.json`` says: which shards there are, and what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from speechgen.errors import DataError
from speechgen.files import read_json

INDEX, SPEAKERS = "shards.json", "speakers.npy"
VERSION = 1
_NAME = re.compile(r"[\w][\w.-]*\.tar")


@dataclass(frozen=True)
class ShardFile:
    """A shard: its tar's name, utterances, seconds and bytes, and SHA-256 of tar and rows."""

    name: str
    utterances: int
    seconds: float
    num_bytes: int
    sha256: str
    rows_sha256: str

    @property
    def rows_name(self) -> str:
        """Of the file with its rows."""
        return f"{self.name.removesuffix('.tar')}.npz"


def parse_index(data: bytes, place: str) -> tuple[list[ShardFile], dict[str, Any]]:
    """The shards that a ``shards.json`` lists, and what else it says.

    Raises
    ------
    DataError
        It cannot be trusted; ``place`` says where it is from.
    """
    try:
        index = read_json(data.decode("utf-8"))
        if index["version"] != VERSION:
            raise ValueError(f"is of version {index['version']}, not {VERSION}")
        shards = [
            ShardFile(
                str(one["name"]), int(one["utterances"]), float(one["seconds"]),
                int(one["bytes"]), str(one["sha256"]), str(one["rows_sha256"]),
            )
            for one in index["shards"]
        ]  # fmt: skip
        facts: dict[str, Any] = {
            "speakers": [str(name) for name in index["speakers"]],
            "speaker_utterances": [int(count) for count in index["speakers"].values()],
            "phones": [str(name) for name in index["phones"]],
            "pairs": bool(index["pairs"]),
            "symbols": bool(index["symbols"]),
            "speakers_sha256": str(index.get("speakers_sha256") or "") or None,
        }
        if any(not _NAME.fullmatch(shard.name) or shard.utterances < 1 for shard in shards):
            raise ValueError("names what can be no shard")
        total = sum(shard.utterances for shard in shards)
        if not shards or total != sum(facts["speaker_utterances"]):
            raise ValueError(f"counts {total} utterances, but other ones of its speakers")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{place}: cannot be trusted ({reason}); write the shards anew") from error
    return shards, facts
