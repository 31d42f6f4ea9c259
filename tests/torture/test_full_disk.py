"""A disk that fills up at any call: one line says so, nothing is half there, nothing is lost."""

from __future__ import annotations

import contextlib
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from speechgen.store import load_model
from tests.torture.amounts import short_and_long
from tests.torture.running import BrokenDisk, Running, Warm, contents, is_temporary
from tests.torture.verbs import Material, Verb, verbs

QUICK = ("enhance-file", "enhance-folder", "embed", "prepare-auto")
ALL = (*QUICK, "score", "train", "prepare-split", "prepare-mix", "synthesize")


def spread_over(calls: int, points: int, rng: random.Random) -> list[int]:
    """``points`` of the calls 1 to ``calls``, the first and the last among them."""
    inner = range(2, calls)
    return sorted({1, calls, *rng.sample(inner, min(len(inner), points - 2))})


def check_refusal(run: Running) -> None:
    """It failed, in lines that each say why; no traceback.

    Or it succeeded: where a call fails that only looks after the record of a run.
    """
    assert "Traceback" not in run.said, run.said
    assert run.status in (0, 1, 2), (run.status, run.said)
    if run.status == 0:
        return
    errors = [line for line in run.complaint.splitlines() if "error:" in line]
    assert errors and all("o space left" in line for line in errors), run.complaint


def check_whole(
    verb: Verb, run: Running, out: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    """Every file is the one from before or the finished one; no temporary is left.

    Where the run claims success every file is the finished one.
    """
    if run.status == 0:
        found = contents(out)
        assert all(found.get(name) == after[name] for name in after if verb.result(name))
    for name, content in contents(out).items():
        assert not is_temporary(name), name
        if name.endswith("model.safetensors"):  # of the last checkpoint, whole
            load_model((out / name).parent)
        elif verb.result(name):
            assert content in (before.get(name), after.get(name)), f"{name} is half there"
    assert before.keys() <= contents(out).keys()


@short_and_long("points", 3, 20)
@pytest.mark.parametrize("name", ALL)
def test_full_at_a_call(
    name: str, points: int, given: Material, warm: Warm, disk: BrokenDisk, out: Path
) -> None:
    if points <= 3 and name not in QUICK:
        pytest.skip("in the long form only")
    verb = verbs(given)[name]
    (out / "whole").mkdir()
    run = warm.run(*verb.words(out / "whole"), **disk.at_call(None, out / "whole"))
    assert run.status == 0, run.said
    whole = contents(out / "whole")
    for number in spread_over(disk.calls, points, random.Random(name)):
        folder = out / str(number)
        folder.mkdir()
        run = warm.run(*verb.words(folder), **disk.at_call(number, folder))
        check_refusal(run)
        check_whole(verb, run, folder, {}, whole)
        if run.status == 0:
            continue
        again = warm.run(*verb.words(folder))
        assert again.status == 0, again.said
        results = {key for key in whole if verb.result(key)}
        found = contents(folder)
        assert {key for key in found if verb.result(key)} == results
        assert [key for key in results if found[key] != whole[key]] == []


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of ``size`` bytes at ``folder``; the test is skipped where none can be made."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@short_and_long("points", 2, 20)
@pytest.mark.parametrize("name", ALL)
def test_full_at_a_size(name: str, points: int, given: Material, warm: Warm, out: Path) -> None:
    """On a real file system, where writes end short and a close may fail."""
    if points <= 3 and name != "enhance-folder":
        pytest.skip("in the long form only")
    verb = verbs(given)[name]
    (out / "whole").mkdir()
    assert warm.run(*verb.words(out / "whole")).status == 0
    whole = contents(out / "whole")
    pages = sum(-(-len(content) // 4096) for content in whole.values())
    for number in range(points):
        size = 4096 * max(1, pages * number // points)
        with small_disk(out / str(number), size) as folder:
            run = warm.run(*verb.words(folder))
            if run.status == 0:
                continue  # what was counted beside it takes no room there
            check_refusal(run)
            check_whole(verb, run, folder, {}, whole)
            subprocess.run(["mount", "-o", f"remount,size={1 << 26}", str(folder)], check=True)
            assert warm.run(*verb.words(folder)).status == 0
            found = contents(folder)
            assert all(found[key] == whole[key] for key in whole if verb.result(key))


REPLACED = {
    "enhance-file": "clean.wav",
    "enhance-folder": "clean/ann/ann-0.wav",
    "synthesize": "said.wav",
    "embed": "voices.npz",
    "score": "scores.json",
}


@short_and_long("points", 2, 20)
@pytest.mark.parametrize("name", REPLACED)
def test_what_was_to_be_replaced_is_still_there(
    name: str, points: int, given: Material, warm: Warm, disk: BrokenDisk, out: Path
) -> None:
    if points <= 3 and name in ("synthesize", "score"):
        pytest.skip("in the long form only")
    verb = verbs(given)[name]
    words = [*verb.words(out), *(() if name == "score" else ("--overwrite",))]
    assert warm.run(*words, **disk.at_call(None, out)).status == 0
    whole, calls = contents(out), disk.calls
    old = out / REPLACED[name]
    for number in spread_over(calls, points, random.Random(name)):
        old.write_bytes(b"{}")
        run = warm.run(*words, **disk.at_call(number, out))
        check_refusal(run)
        check_whole(verb, run, out, whole | {REPLACED[name]: b"{}"}, whole)
    assert warm.run(*words).status == 0
    assert contents(out)[REPLACED[name]] == whole[REPLACED[name]]
