"""Help teaches: every verb says what it does and closes with examples."""

from __future__ import annotations

import subprocess
import time

import pytest
import typer

from speechgen.cli import app

PREPARE = (
    "auto", "tree", "vctk", "paired", "noise", "noise-parts", "mini", "split", "mix", "combine",
)  # fmt: skip
SCORE = ("enhancement", "likelihood", "synthesis", "speakers", "filter", "pictures", "report")
VERBS = [
    ("prepare",), ("validate",), ("train",), ("synthesize",), ("enhance",), ("embed",), ("score",),
    ("models",), ("info",), *(("prepare", sub) for sub in PREPARE),
    *(("score", sub) for sub in SCORE),
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_ends_with_examples_of_this_verb(run, verb):
    outcome = run(*verb, "--help")
    assert outcome.status == 0
    _, _, examples = outcome.out.partition("Examples")
    lines = [line for line in examples.splitlines() if line.strip().startswith("speechgen")]
    assert lines
    assert any(" ".join(("speechgen", *verb)) in line for line in lines)


def test_the_list_of_verbs_above_is_complete():
    found = set()
    for name, command in typer.main.get_command(app).commands.items():
        found.add((name,))
        found.update((name, sub) for sub in getattr(command, "commands", {}))
    assert found == set(VERBS)


def test_train_help_lists_every_packaged_experiment(run):
    from speechgen.training.composition import experiments

    shown = run("train", "--help").out
    assert experiments()
    for name in experiments():
        assert name in shown


def test_help_comes_at_once_and_imports_no_room(spawn):
    code = (
        "import sys; from speechgen.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted(m for m in sys.modules if m in ('torch', 'numpy')))"
    )
    import sys

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        assert spawn("--help", stdout=subprocess.DEVNULL).wait() == 0
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.7


def test_version(run):
    from speechgen import __version__

    assert run("--version").out.strip() == f"speechgen {__version__}"
