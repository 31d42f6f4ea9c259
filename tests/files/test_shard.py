"""Parts of many files: each file in exactly one, decided by its name alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from speechgen.errors import ConfigError, OutputError
from speechgen.files.shard import Shard, hold_list, lists_of, own_list, place_of

ENDINGS = frozenset({".wav", ".mp3", ".flac"})


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_every_name_is_in_one_part_and_parts_are_of_a_size(count: int) -> None:
    names = [f"speaker{n % 50}/utterance_{n:06}" for n in range(10_000)]
    sizes = [0] * count
    for name in names:
        (number,) = (n for n in range(1, count + 1) if Shard(n, count).holds(name))
        sizes[number - 1] += 1
    mean = len(names) / count
    assert max(abs(size - mean) for size in sizes) < 5 * mean**0.5


def test_the_part_of_a_name_is_the_same_everywhere() -> None:
    """A job on another machine, or of a later version, must decide as this one does."""
    assert [Shard(1, 2).holds(name) for name in "abcdefgh"] == [
        bool(int(bit)) for bit in "00000011"
    ]
    assert sum(Shard(n, 3).holds(os.fsdecode(b"caf\xe9")) for n in (1, 2, 3)) == 1


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["a/x.wav", "a/x.mp3", "a/x.mp3.wav", "a/x.FLAC", "a/x.data"], "a/x"),
        (["talk.2024.wav", "talk.2024.mp3"], "talk.2024"),
        (["x.wav.d/y.wav"], "x.wav.d/y"),
        ([".wav"], ".wav"),
    ],
)
def test_names_that_may_be_written_to_one_place_have_one_place(names, place: str) -> None:
    assert {place_of(name, ENDINGS) for name in names} == {place}


@pytest.mark.parametrize(
    "text", ["0/8", "9/8", "8", "1/0", "-1/8", "a/b", "1/8/9", "1 /8", "¹/8", ""]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--shard .*: give I/N"):
        Shard.parse(text)
    assert Shard.parse("3/8") == Shard(3, 8)


def test_lists_that_may_hold_files_of_a_part_are_read_the_latest_last(tmp_path: Path) -> None:
    whole = tmp_path / "list.jsonl"
    written = [own_list(whole, Shard(*part)) for part in ((1, 2), (2, 2), (3, 4), (1, 4))]
    for second, path in enumerate([*written, whole]):
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (second, second))
    of_two, other, of_four, ours = written
    assert lists_of(whole, Shard(1, 4)) == [of_two, other, ours, whole]
    assert lists_of(whole, None) == [of_two, other, of_four, ours, whole]
    assert lists_of(tmp_path / "none" / "list.jsonl", Shard(1, 4)) == []


def test_a_part_is_held_by_one_process_until_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "list.shards" / "1-of-2.jsonl"
    program = (
        "import sys; from pathlib import Path; from speechgen.files.shard import Shard, hold_list\n"
        "hold_list(Path(sys.argv[1]), Shard(1, 2)); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(OutputError, match="shard 1/2 is being done by another process"):
            hold_list(path, Shard(1, 2))
        other.kill()
        other.wait()
        hold_list(path, Shard(1, 2))()


def test_an_output_that_cannot_be_written_is_told_by_its_own_name(tmp_path: Path) -> None:
    output = tmp_path / "cleaned"
    output.touch()
    with pytest.raises(OutputError, match=r"cleaned: cannot be written \("):
        hold_list(output / "list.shards" / "1-of-2.jsonl", Shard(1, 2))
