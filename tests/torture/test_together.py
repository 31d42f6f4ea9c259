"""Several processes at once in one folder: each ends well or is refused, what is left is right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.amounts import short_and_long
from tests.torture.running import ROOT, Running, Warm, contents, is_temporary
from tests.torture.verbs import Material, train_words, verbs

QUICK = (("enhance-folder", 4), ("prepare-mix", 2))


def at_once(warm: Warm, words: list[object], number: int, **environment: str) -> list[Running]:
    runs = [warm.start(*words, **environment) for _ in range(number)]
    return [run.wait() for run in runs]


def check(runs: list[Running]) -> list[Running]:
    """Those that were refused, each in lines that say why.

    Of many files each process may find some that another has just written; then all say so.
    """
    for run in runs:
        assert "Traceback" not in run.said, run.said
        assert run.status in (0, 1), run.said
    refused = [run for run in runs if run.status]
    assert all("error:" in run.complaint for run in refused)
    return refused


@short_and_long("times", 1, 10)
@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.parametrize("name", ["enhance-folder", "prepare-auto", "prepare-mix", "score"])
def test_one_output(
    name: str, number: int, times: int, given: Material, warm: Warm, out: Path
) -> None:
    if times == 1 and (name, number) not in QUICK:
        pytest.skip("in the long form only")
    verb = verbs(given)[name]
    (out / "whole").mkdir()
    assert warm.run(*verb.words(out / "whole")).status == 0
    wanted = contents(out / "whole")
    for time in range(times):
        folder = out / str(time)
        folder.mkdir()
        check(at_once(warm, verb.words(folder), number))
        found = contents(folder)
        assert not any(map(is_temporary, found))
        results = {key for key in wanted if verb.result(key)}
        assert {key for key in found if verb.result(key)} == results
        assert [key for key in results if found[key] != wanted[key]] == []
        again = warm.run(*verb.words(folder))
        assert again.status == 0, again.said


@short_and_long("times", 1, 10)
@pytest.mark.parametrize("number", [2, 4])
def test_one_run_folder_is_trained_by_one(
    number: int, times: int, given: Material, warm: Warm, out: Path
) -> None:
    if times == 1 and number == 4:
        pytest.skip("in the long form only")
    weights = "model/model.safetensors"
    assert warm.run(*train_words(given, out / "whole")).status == 0
    wanted = contents(out / "whole")[weights]
    for time in range(times):
        run = out / str(time)
        assert len(check(at_once(warm, train_words(given, run), number))) == number - 1
        assert contents(run)[weights] == wanted


@pytest.mark.torture
@pytest.mark.parametrize("number", [2, 4])
def test_one_cache_of_compiled_code(number: int, given: Material, out: Path) -> None:
    """Processes that fill an empty cache at once say the same; so do those that find it damaged."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(out / "cache"), "OMP_NUM_THREADS": "1"}
    (out / "cache").mkdir()

    def speak(name: str) -> subprocess.Popen:
        folder = out / name
        folder.mkdir()
        words = map(str, verbs(given)["synthesize"].words(folder))
        return subprocess.Popen(
            [sys.executable, "-m", "speechgen", *words], env=environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def check(runs: list[subprocess.Popen]) -> None:
        for run in runs:
            _, complaint = run.communicate(timeout=600)
            assert run.returncode == 0, complaint

    check([speak(str(each)) for each in range(number)])
    kept = [path for path in (out / "cache").rglob("*") if path.is_file()]
    assert kept
    for path, left in zip(kept, (0, 1, 100, -1, -50) * len(kept), strict=False):
        path.write_bytes(path.read_bytes()[:left])
    check([speak("damaged")])
    assert len({path.read_bytes() for path in out.glob("*/said.wav")}) == 1
