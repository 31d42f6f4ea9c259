"""SIGKILL at random moments: the same command again ends as an undisturbed one does.

Half of the kills come at a random time, half at a random one of the calls that change the output,
where a file is half written, whole but without its name, or named before the next is begun.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture.amounts import short_and_long
from tests.torture.running import BrokenDisk, Warm, contents, is_temporary
from tests.torture.verbs import Material, Verb, verbs

QUICK = ("enhance-folder", "train", "prepare-mix")
KILLED = (*QUICK, "enhance-jobs", "prepare-auto", "prepare-split")


def undisturbed(verb: Verb, warm: Warm, disk: BrokenDisk, out: Path) -> tuple[dict, float, int]:
    """Contents of the output, seconds and counted calls of a run that nothing strikes."""
    out.mkdir()
    run = warm.run(*verb.words(out), **disk.at_call(None, out))
    assert run.status == 0, run.said
    return results(verb, out), run.seconds, disk.calls


def results(verb: Verb, out: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(out).items() if verb.result(name)}


@short_and_long("kills", 2, 50)
@pytest.mark.parametrize("name", KILLED)
def test_the_same_command_again_ends_as_if_undisturbed(
    name: str, kills: int, given: Material, warm: Warm, disk: BrokenDisk, out: Path
) -> None:
    if kills <= 2 and name not in QUICK:
        pytest.skip("in the long form only")
    verb, rng = verbs(given)[name], random.Random(name)
    wanted, seconds, calls = undisturbed(verb, warm, disk, out / "whole")
    struck = 0
    for number in range(kills):
        folder = out / str(number)
        folder.mkdir()
        if number % 2:
            run = warm.start(*verb.words(folder))
            run.ended.wait(rng.uniform(0.05, 1.0) * seconds)
            run.kill(alone=rng.random() < 0.3)
            run.wait()
            run.bury()
        else:
            strike = disk.at_call(rng.randint(1, calls), folder, kill=True)
            run = warm.run(*verb.words(folder), **strike)
        struck += run.status == -9
        again = warm.run(*verb.words(folder))
        assert again.status == 0, again.said
        found = results(verb, folder)
        assert not any(map(is_temporary, contents(folder)))
        assert found.keys() == wanted.keys()
        assert [key for key in wanted if found[key] != wanted[key]] == []
    assert struck >= kills / 2


@short_and_long("kills", 2, 50)
def test_a_kill_leaves_what_was_there(
    kills: int, given: Material, warm: Warm, disk: BrokenDisk, out: Path
) -> None:
    """Under --overwrite each output is the old or the new one, whole, at any moment."""
    speech, models = given / "speech", given / "models"
    words = ["enhance", speech, "--output", out, "--overwrite", "--model"]
    new, old = models / "segan", models / "identity"
    states = []
    for model in (new, old):
        assert warm.run(*words, model, **disk.at_call(None, out)).status == 0
        states.append(sounds(out))
        calls = disk.calls
    rng = random.Random(kills)
    for _ in range(kills):
        strike = disk.at_call(rng.randint(1, calls - 10), out, kill=True)
        assert warm.run(*words, new, **strike).status == -9
        now = sounds(out)
        assert all(now[name] in (state[name] for state in states) for name in states[0])
    assert warm.run(*words, new).status == 0
    assert contents(out).keys() - {".speechgen-enhance.jsonl"} == states[0].keys()


def sounds(out: Path) -> dict[str, bytes]:
    return {
        name: content
        for name, content in contents(out).items()
        if name.endswith(".wav") and not is_temporary(name)
    }
