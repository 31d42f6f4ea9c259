"""What all run.sh share: options, the lock, steps with stamps; words are never evaluated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from speechgen.audio import write

PRELUDE = """
set -euo pipefail
root={root}
program=test
task_name=test
source "$root/recipes/lib/options.sh"
source "$root/recipes/lib/stages.sh"
source "$root/recipes/lib/training.sh"
source "$root/recipes/lib/results.sh"
exp='a folder/exp'
conf=
own_options=(conf)
own_flags=(download)
"""


class Shell:
    """Runs bash with the library loaded, in a folder of its own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.prelude = PRELUDE.format(root=f"'{root}'")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path}
        self.environment.pop("SPEECHGEN_LOCKED_EXP", None)

    def __call__(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", self.prelude + script, "test", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def shell(repository: Path, tmp_path: Path) -> Shell:
    return Shell(repository, tmp_path)


SHOW = (
    'parse_options "$@"; printf "%s|" "$task" "$stage" "$stop_stage" "$exp" "$publish" "$download"'
)


def test_options_in_both_spellings_and_with_spaces(shell: Shell) -> None:
    words = ("--task", "enhance", "--stage=2", "--exp", "my exp", "--publish", "--download")
    done = shell(SHOW, *words)
    assert done.stdout == "enhance|2|99|my exp|true|true|", done.stderr


def test_overrides_after_the_dashes_are_kept_word_by_word(shell: Shell) -> None:
    words = ("--nj", "1", "--", "a.b=[1, 2]", "wavenet:c=$(touch hacked)", "--stage", "x")
    done = shell('parse_options "$@"; printf "%s|" "${overrides[@]}"', *words)
    assert done.stdout == "a.b=[1, 2]|wavenet:c=$(touch hacked)|--stage|x|"
    assert not (shell.folder / "hacked").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--frobnicate", "1"], "unknown option --frobnicate"),
        (["--path=/tmp"], "unknown option --path"),
        (["--own-options", "x"], "unknown option --own-options"),
        (["--stage"], "--stage needs a value"),
        (["--exp", "--stage", "1"], "--exp needs a value"),
        (["--stage", "two"], "--stage needs a number, not 'two'"),
        (["--nj", "0"], "--nj needs at least 1"),
        (["--ngpu", "-1"], "--ngpu needs a number or auto"),
        (["--publish=yes"], "--publish takes no value"),
        (["--data-root", "/no such folder"], "--data-root /no such folder: no such folder"),
        (["stray"], "unexpected word 'stray'"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(shell: Shell, words: list[str], message: str) -> None:
    done = shell('parse_options "$@"; echo unreachable', *words)
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert "unreachable" not in done.stdout


def test_stages_outside_the_range_are_left_out(shell: Shell) -> None:
    script = 'parse_options "$@"; for n in 0 1 2 3; do if stage $n x; then :; fi; done'
    done = shell(script, "--stage", "1", "--stop-stage", "2")
    assert [line.split(":")[0][-1] for line in done.stdout.splitlines()] == ["1", "2"]


STEP = """
parse_options "$@"
open_experiment
mkdir -p "$exp/in"
[ -e "$exp/in/file" ] || echo one >"$exp/in/file"
copy='mkdir -p "$1"; cp "$0" "$1/"; date +%N >"$1/when"'
step copy --reads "$exp/in" --anew "$exp/out" -- \
    bash -c "$copy" "$exp/in/file" "$exp/out" "${overrides[@]}"
"""


def test_a_step_is_skipped_only_while_nothing_has_changed(shell: Shell) -> None:
    exp = shell.folder / "a folder" / "exp"
    first = shell(STEP)
    assert first.returncode == 0, first.stderr
    assert "done already" not in first.stdout
    when = (exp / "out" / "when").read_text()
    assert "done already" in shell(STEP).stdout
    assert (exp / "out" / "when").read_text() == when

    (exp / "in" / "file").write_text("two")  # input
    again = shell(STEP)
    assert "done already" not in again.stdout
    assert (exp / "out" / "file").read_text() == "two"
    assert (exp / "superseded" / "out.1" / "file").read_text() == "one\n"  # kept, not deleted

    assert "done already" not in shell(STEP, "--", "more").stdout  # command
    assert "done already" in shell(STEP, "--", "more").stdout
    (exp / "out" / "when").unlink()
    (exp / "out" / "file").unlink()
    (exp / "out").rmdir()  # output
    assert "done already" not in shell(STEP, "--", "more").stdout


def test_content_of_equal_size_is_told_apart(shell: Shell) -> None:
    shell(STEP)
    (shell.folder / "a folder" / "exp" / "in" / "file").write_text("six\n")
    assert "done already" not in shell(STEP).stdout


def test_configuration_is_part_of_the_stamp(shell: Shell) -> None:
    conf = shell.folder / "conf"
    conf.mkdir()
    (conf / "x.yaml").write_text("a: 1\n")
    shell(STEP, "--conf", str(conf))
    assert "done already" in shell(STEP, "--conf", str(conf)).stdout
    (conf / "x.yaml").write_text("a: 2\n")
    assert "done already" not in shell(STEP, "--conf", str(conf)).stdout


def test_longer_training_goes_on_in_its_folder(shell: Shell) -> None:
    shell(STEP, "--", "trainer.max_steps=1")
    again = shell(STEP, "--", "trainer.max_steps=2")
    assert "done already" not in again.stdout
    assert not (shell.folder / "a folder" / "exp" / "superseded").exists()


KILLED = """
open_experiment
work='mkdir -p "$0"; echo line >>"$0/log"
    [ -e "$0/resumed" ] || { touch "$0/resumed"; exit 7; }'
step work --reads 'in put' --anew "$exp/out" -- bash -c "$work" "$exp/out"
"""


def test_a_failed_step_fails_the_run_and_is_resumed(shell: Shell) -> None:
    (shell.folder / "in put").write_text("x")
    first = shell(KILLED + "echo unreachable")
    assert first.returncode == 7 and "unreachable" not in first.stdout
    assert "step work failed with status 7" in first.stderr
    assert shell(KILLED).returncode == 0
    log = shell.folder / "a folder" / "exp" / "out" / "log"
    assert log.read_text() == "line\nline\n"  # gone on with, not begun anew


def test_a_step_that_wrote_nothing_is_no_success(shell: Shell) -> None:
    done = shell('open_experiment; step lazy --writes "$exp/gold" -- true')
    assert done.returncode != 0 and "wrote not all it should" in done.stderr


def test_missing_input_is_named(shell: Shell) -> None:
    done = shell("open_experiment; step hungry --reads 'no such' -- true")
    assert done.returncode == 2 and "no such: no such file or folder" in done.stderr


def test_lenient_lets_status_one_pass_but_nothing_else(shell: Shell) -> None:
    script = """
open_experiment
step some --writes "$exp/x" --lenient -- bash -c 'touch "$0"; exit STATUS' "$exp/x"
"""
    assert shell(script.replace("STATUS", "1")).returncode == 0
    assert shell(script.replace("STATUS", "3").replace("some", "other")).returncode == 3


def test_one_run_locks_its_folder_and_children_share_the_lock(shell: Shell) -> None:
    script = 'open_experiment; bash -c "$0 open_experiment; echo child in" ; echo ready; read -r _'
    holder = subprocess.Popen(
        ["bash", "-c", shell.prelude + script, shell.prelude],
        cwd=shell.folder,
        env=shell.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert [holder.stdout.readline() for _ in range(2)] == ["child in\n", "ready\n"]
    refused = shell("open_experiment; echo in")
    assert refused.returncode == 2 and "another run is at work" in refused.stderr
    holder.communicate("\n", timeout=30)
    assert shell("open_experiment; echo in").stdout == "in\n"


def test_overrides_reach_the_training_they_are_for(shell: Shell) -> None:
    script = """
parse_options "$@"
step() { shift 8; printf '%s|' "$@"; }
train wavenet NAME 'out put' 'in put' -- data.train='in put'
"""
    words = ("--ngpu", "2", "--nj", "3", "--", "seed=1", "wavenet:a=1", "segan:b=2", "speaker:c=3")
    done = shell(script, *words)
    assert "a=1|" in done.stdout and "seed=1|" in done.stdout, done.stderr
    assert "b=2" not in done.stdout and "c=3" not in done.stdout
    assert "output=out put|" in done.stdout and "trainer.devices=2|" in done.stdout


def test_publishing_copies_results_and_nothing_else(shell: Shell) -> None:
    exp = shell.folder / "a folder" / "exp"
    wanted = ["RESULTS.md", "enhance/results/a.json", "synthesize/samples/x.wav"]
    sounds = ["synthesize/samples/x.wav", "mini/pairs/samples/y.wav", "enhance/data/z.wav"]
    for name in [*wanted, *sounds, "enhance/figures/t/a b.png", "enhance/a.json"]:
        (exp / name).parent.mkdir(parents=True, exist_ok=True)
        (exp / name).write_text(name)
    for name in sounds:
        write(exp / name, np.zeros(80), 8000, overwrite=True)
    Image.new("L", (9, 9)).save(exp / "enhance" / "figures" / "t" / "a b.png")
    done = shell("publish 'to here'")
    assert done.returncode == 0, done.stderr
    target = shell.folder / "to here"
    found = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    assert found == sorted([*wanted, "enhance/contact_sheet.png"])
    there = {name: (target / name).read_bytes() for name in found}
    assert shell("publish 'to here'").returncode == 0
    assert {name: (target / name).read_bytes() for name in found} == there


def test_publishing_before_there_are_results_is_refused(shell: Shell) -> None:
    done = shell("publish 'to here'")
    assert done.returncode == 2 and "run all stages first" in done.stderr
    assert not (shell.folder / "to here").exists()
