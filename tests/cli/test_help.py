"""Help teaches: every verb says what it does and closes with examples."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
import typer.testing

from speechgen.cli.entry import app, lean

PREPARE = (
    "auto", "tree", "vctk", "paired", "noise", "noise-parts", "mini", "split", "mix", "mixtures",
    "combine", "degrade", "digits", "mnist", "fsdd", "ljspeech", "trim", "phones", "symbols",
    "shards", "index",
)  # fmt: skip
SCORE = (
    "enhancement", "enhancer", "ablation", "likelihood", "synthesis", "speakers", "filter",
    "content", "alignment", "closed-set", "curves",
    "pictures", "listening-page", "report", "publish", "images", "latent", "latent-samples",
)  # fmt: skip
VERBS = [
    ("prepare",), ("validate",), ("train",), ("say",), ("voices",), ("synthesize",), ("enhance",),
    ("embed",), ("adapt",), ("align",), ("score",), ("models",), ("info",), ("sample",),
    ("interpolate",), ("inpaint",),
    ("reconstruct",), ("export",), ("serve",), ("demo",),
    *(("prepare", sub) for sub in PREPARE),
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


def test_the_list_of_verbs_is_that_of_all_verbs_whole(run):
    """What is run reads the options of one verb only."""
    runner = typer.testing.CliRunner()
    assert run("--help").out == runner.invoke(app, ["--help"], prog_name="speechgen").output


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_each_verb_is_whole_where_it_is_run(verb):
    whole, ours = typer.main.get_command(app), typer.main.get_command(lean([*verb, "IN"]))
    for word in verb:
        whole, ours = whole.commands[word], ours.commands[word]
    assert [one.name for one in ours.params] == [one.name for one in whole.params]


def test_train_help_lists_every_packaged_experiment(run):
    from speechgen.training.composition import experiments

    shown = run("train", "--help").out
    assert experiments()
    for name in experiments():
        assert name in shown


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from speechgen.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted({'torch', 'numpy', 'hydra'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_help_comes_at_once(spawn):
    """At most twice the processor time of what formats it, in turns: with torch it is ten times."""

    def seconds(process):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_utime + usage.ru_stime

    ours, theirs = [], []
    for _ in range(5):
        ours.append(seconds(spawn("--help", stdout=subprocess.DEVNULL)))
        code = "import typer.rich_utils"
        theirs.append(seconds(subprocess.Popen([sys.executable, "-c", code])))
    assert min(ours) < 2 * min(theirs)


def test_version(run):
    from speechgen import __version__

    assert run("--version").out.strip() == f"speechgen {__version__}"
