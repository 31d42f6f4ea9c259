"""A run goes on from a whole checkpoint of its own data, alone in its folder, or says why not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.data import load_data_directory, write_data_directory
from speechgen.errors import ConfigError, DataError, ModelError, OutputError, SpeechgenError
from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path, previous_path
from speechgen.training.run_lock import only_run

DAMAGE = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "garbage": lambda data: b"no checkpoint" * 100,
    "a byte changed": lambda data: data[:5000] + bytes([data[5000] ^ 255]) + data[5001:],
}


@pytest.fixture(scope="module")
def begun(tiny: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four steps that saved at each of them."""
    folder = tmp_path_factory.mktemp("begun") / "run"
    run([*tiny["speaker"], *EACH, f"output={folder}", "trainer.max_steps=4"])
    return folder


EACH = ["trainer.checkpoint_every_steps=1", "trainer.threads=1", "trainer.accelerator=cpu"]


def continued(tiny: dict[str, list[str]], folder: Path, *changed: str) -> bytes:
    """The weights after two steps more."""
    words = [*tiny["speaker"], *EACH, f"output={folder}", "trainer.max_steps=6", *changed]
    return (run(words) / "model.safetensors").read_bytes()


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_checkpoint_costs_steps_and_no_weights(
    kind: str, begun: Path, tiny: dict[str, list[str]], tmp_path: Path, capfd
) -> None:
    shutil.copytree(begun, tmp_path / "earlier")
    checkpoint_path(tmp_path / "earlier").unlink()  # as if killed between the two renames
    expected = continued(tiny, tmp_path / "earlier")
    shutil.copytree(begun, tmp_path / "run")
    last, previous = checkpoint_path(tmp_path / "run"), previous_path(tmp_path / "run")
    last.write_bytes(DAMAGE[kind](last.read_bytes()))
    damaged = last.read_bytes()
    with (tmp_path / "run" / "metrics.csv").open("ab") as table:
        table.write(b"x,y,train,loss,z\n\xff\x00\n4,0.1,tr")
    (tmp_path / "run" / "status.json").write_text('{"steps": 9')
    capfd.readouterr()
    assert continued(tiny, tmp_path / "run") == expected
    (line,) = (ln for ln in capfd.readouterr().err.splitlines() if "last.ckpt" in ln)
    assert "going on from previous.ckpt" in line
    assert last.with_name("damaged.ckpt").read_bytes() == damaged
    assert sorted(path.name for path in last.parent.iterdir()) == [
        "damaged.ckpt", "last.ckpt", "previous.ckpt",
    ]  # fmt: skip
    for path in (last, previous):
        path.write_bytes(damaged)
    before = content(tmp_path / "run")
    with pytest.raises(ModelError, match=r"no good one before it; put a copy of it back"):
        continued(tiny, tmp_path / "run", "trainer.max_steps=9")
    assert content(tmp_path / "run") == before


def test_a_checkpoint_of_another_run_is_refused(
    begun: Path, tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    other = [*tiny["speaker"], *EACH, "model.arguments.channels=16", "trainer.max_steps=1"]
    run([*other, f"output={tmp_path / 'other'}"])
    shutil.copytree(begun, tmp_path / "run")
    shutil.copy(checkpoint_path(tmp_path / "other"), checkpoint_path(tmp_path / "run"))
    before = content(tmp_path / "run")
    with pytest.raises(ConfigError, match=r"arguments channels=16, not 8; choose another output"):
        continued(tiny, tmp_path / "run")
    kept = torch.load(checkpoint_path(tmp_path / "run"), weights_only=True)
    kept["state_dict"] = {"network.other": torch.zeros(1)}
    torch.save(kept, checkpoint_path(tmp_path / "run"))
    before = content(tmp_path / "run")
    with pytest.raises(ConfigError, match="is of another kind of network"):
        continued(tiny, tmp_path / "run")
    (tmp_path / "run" / "config.yaml").write_bytes(b"\x00\xff")
    with pytest.raises(ConfigError, match=r"config.yaml: is no configuration of a run"):
        continued(tiny, tmp_path / "run")
    (tmp_path / "run" / "config.yaml").write_bytes(before["config.yaml"])
    assert content(tmp_path / "run") == before


def test_speakers_must_be_the_same_and_utterances_may_be_more(
    begun: Path, data: Path, tiny: dict[str, list[str]], tmp_path: Path, capfd
) -> None:
    shutil.copytree(begun, tmp_path / "run")
    known = load_data_directory(data / "speech")

    def resumed(renamed: dict[str, str], ids: list[str]) -> bytes:
        names = {u: renamed.get(u, known.speakers[u]) for u in ids}
        whole = {f"{who}-{u}": (u, who) for u, who in names.items()}
        write_data_directory(
            tmp_path / "data",
            {new: known.wavs[u] for new, (u, _) in whole.items()},
            {new: who for new, (_, who) in whole.items()},
        )
        return continued(tiny, tmp_path / "run")

    given = [word for word in tiny["speaker"] if not word.startswith("data.train=")]
    tiny = tiny | {"speaker": [*given, f"data.train={tmp_path / 'data'}"]}
    config = tmp_path / "run" / "config.yaml"
    text = config.read_text("utf-8").replace(f"{data}/speech\n  kind", "x")
    config.write_text(text.replace(f"train: {data / 'speech'}", f"train: {tmp_path / 'data'}"))
    before = content(tmp_path / "run")
    with pytest.raises(ConfigError, match="other speakers: the data now adds dan"):
        resumed({"cid-3": "dan"}, known.ids)
    exchanged = {u: "dan" for u in known.ids if known.speakers[u] == "cid"}
    with pytest.raises(ConfigError, match="the data now lacks cid and adds dan"):
        resumed(exchanged, known.ids)
    assert content(tmp_path / "run") == before
    resumed({}, [u for u in known.ids if u != "cid-3"])
    assert "the data has changed since the run began (utterances 12 -> 11" in capfd.readouterr().err


def test_classes_of_images_must_be_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 1, 8, 8), dtype=np.uint8)
    words = ["experiment=vae", f"data.train={tmp_path / 'train.npz'}", *EACH]
    words.append(f"output={tmp_path / 'run'}")
    np.savez(tmp_path / "train.npz", images=images, labels=np.arange(40) % 4)
    run([*words, "trainer.max_steps=1"])
    np.savez(tmp_path / "train.npz", images=images, labels=np.arange(40) % 4 + 1)
    with pytest.raises(ConfigError, match="other classes: the data now lacks 0 and adds 4"):
        run([*words, "trainer.max_steps=2"])


HOLDS = """
import os, sys, time
from pathlib import Path
from speechgen.training.run_lock import only_run
with only_run(Path(sys.argv[1])):
    if os.fork() == 0:  # a worker that outlives its run
        time.sleep(20)
        os._exit(0)
    print("holds", flush=True)
    time.sleep(60)
"""


def test_a_pretrained_model_is_needed_at_the_start_only(
    begun: Path, tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    shutil.copytree(begun / "model", tmp_path / "model")
    words = [*tiny["speaker"], *EACH, f"output={tmp_path / 'run'}"]
    words.append(f"init_from={tmp_path / 'model'}")
    run([*words, "trainer.max_steps=1"])
    shutil.rmtree(tmp_path / "model")
    run([*words, "trainer.max_steps=2"])


def test_two_runs_in_one_folder_and_a_lock_that_dies_with_its_process(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert first.stdout is not None and first.stdout.readline() == "holds\n"
        with pytest.raises(
            OutputError, match=rf"another run is at work in it \(process {first.pid}"
        ):
            continued(tiny, folder)
        assert [path.name for path in folder.iterdir()] == [".lock"]
        first.send_signal(signal.SIGKILL)
        first.wait()
        with only_run(folder):  # at once, though its worker lives
            assert (folder / ".lock").read_text().startswith(f"process {os.getpid()} ")
        assert list(folder.iterdir()) == []
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("data.train=nowhere", DataError),
        ("data.crop_seconds=-1", ConfigError),
        ("model.arguments.channels=many", SpeechgenError),
        ("init_from=nowhere", SpeechgenError),
        ("objective.loss=none", SpeechgenError),
    ],
)
def test_a_run_that_never_began_leaves_nothing(
    wrong: str, error: type[Exception], tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    with pytest.raises(error):
        run([*tiny["speaker"], f"output={tmp_path / 'deep' / 'run'}", wrong])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine").write_text("kept")
    with pytest.raises(error):
        run([*tiny["speaker"], f"output={tmp_path / 'run'}", wrong])
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine"]


def test_noise_that_stands_in_is_told_once(
    tiny: dict[str, list[str]], tmp_path: Path, capfd
) -> None:
    words = [word for word in tiny["segan"] if not word.startswith("data.noise=")]
    run([*words, f"output={tmp_path}", "trainer.max_steps=1"])
    assert capfd.readouterr().err.count("no data.noise: babble") == 1
    run([*tiny["segan"], f"output={tmp_path / 'noise'}", "trainer.max_steps=1"])
    assert "babble" not in capfd.readouterr().err
