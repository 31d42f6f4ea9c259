"""Every training on speech takes shards where it takes a data directory, and goes on exactly."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.data import load_data_directory, write_data_directory
from speechgen.data.shards.blocks import BlockDataset
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.shard_writing import prepare_shards
from speechgen.errors import DataError
from speechgen.training import datasets, run
from speechgen.training.composition import compose
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.loader import StepBatches, training_loader
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.objectives.base import Objective
from speechgen.training.runner import data_context
from speechgen.training.settings import RunSettings, from_mapping
from tests.data.shards.range_server import RangeServer, served
from tests.training.loop.test_resume import losses
from tests.training.test_processes import SPEECH

BRIEF = [
    "trainer.max_steps=3", "trainer.validate_every_steps=3", "trainer.checkpoint_every_steps=3",
]  # fmt: skip


@pytest.fixture(scope="module")
def sharded(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``speech`` and ``noise`` of ``data`` as shards of about four utterances, and ``pairs``."""
    root = tmp_path_factory.mktemp("sharded")
    for name in ("speech", "noise"):
        shards = prepare_shards(data / name, root / name, shard_mib=0.025)
        assert name == "noise" or len(shards.shards) >= 3
    speech = load_data_directory(data / "speech")
    pairs = write_data_directory(
        root / "pairs-data", speech.wavs, speech.speakers, noisy=dict(speech.wavs)
    )
    prepare_shards(pairs, root / "pairs", shard_mib=0.05)
    return root


@pytest.fixture
def server(sharded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    """Of ``sharded``."""
    with served(sharded, tmp_path / "cache", monkeypatch) as running:
        yield running


def moved(overrides: list[str], data: Path, sharded: Path) -> list[str]:
    """With shards in the place of data directories."""
    for name in ("speech", "noise"):
        overrides = [one.replace(f"={data / name}", f"={sharded / name}") for one in overrides]
    assert f"data.train={sharded / 'speech'}" in overrides
    return overrides


def opened(overrides: list[str], output: Path) -> Any:
    composed = compose([*overrides, f"output={output}"], None)
    settings = from_mapping(RunSettings, composed, "configuration")
    chosen = datasets.data_settings(settings.data)
    return datasets.open_data(chosen, data_context(settings, getattr(chosen, "cache_dir", None)))


@pytest.mark.parametrize("objective", [*SPEECH, "harmonic_vocoder"])
def test_every_objective_trains_on_shards(
    objective: str, tiny: dict[str, list[str]], data: Path, sharded: Path, tmp_path: Path
) -> None:
    if objective == "latent_audio":
        given = [
            "experiment=vae1d", f"data.train={data / 'speech'}", f"data.valid={data / 'speech'}",
            "data.crop_seconds=0.1", "data.batch_size=2", "objective.windows=[32, 64]",
            "model.arguments={sample_rate: 8000, strides: [4, 4], channels: [6, 8], latent: 3, "
            "dilations: [1]}", "trainer.validation_items=4", "trainer.precision=32",
        ]  # fmt: skip
    else:
        given = tiny[objective]
    model = run([*moved(given, data, sharded), *BRIEF, f"output={tmp_path}"])
    rows = read_metrics(model.parent / "metrics.csv")
    assert {row["split"] for row in rows} == {"train", "valid"}
    assert not list(sharded.rglob("*.npy.*")) and not list(sharded.rglob(".cache"))


@pytest.mark.parametrize("kind", ["mixture_augmented", "paired", "phonetic", "speakers_augmented"])
def test_other_kinds_of_data_are_read_from_shards(
    kind: str, tiny: dict[str, list[str]], data: Path, sharded: Path, tmp_path: Path
) -> None:
    chosen = {
        "mixture_augmented": [*tiny["segan"], "data=mixture_augmented"],
        "paired": [
            *[one for one in tiny["segan"] if "noise" not in one], "data=paired",
            f"data.train={sharded / 'pairs'}", f"data.valid={sharded / 'pairs'}",
        ],
        "phonetic": [
            "experiment=wavenet_phonetic", f"data.train={data / 'speech'}",
            f"data.valid={data / 'speech'}", f"data.speaker_vectors={data / 'vectors.npz'}",
            f"data.content_from={data / 'recogniser'}", "model.arguments.sample_rate=8000",
            "data.crop_seconds=0.2", "data.batch_size=2", "trainer.validation_items=2",
            "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
            "num_mels: 20, absolute_pitch: true}",
        ],
        "speakers_augmented": [
            *tiny["speaker"], "data=speakers_augmented", f"data.noise={data / 'noise'}",
        ],
    }[kind]  # fmt: skip
    if kind != "paired":
        chosen = moved(chosen, data, sharded)
    found = opened(chosen, tmp_path)
    assert isinstance(found.dataset, BlockDataset) and found.held_out
    sent = pickle.loads(pickle.dumps(found.dataset))  # as to a worker that is no fork
    for index in (0, 1, 7, 40):
        item, again = found.dataset[index], sent[index]
        for name, value in item.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(again[name]))
            assert torch.isfinite(torch.as_tensor(value).float()).all()
        if kind == "paired":
            assert torch.equal(item["clean"], item["noisy"])


def test_items_are_those_of_a_data_directory(
    tiny: dict[str, list[str]], data: Path, sharded: Path, tmp_path: Path
) -> None:
    """Of utterances as a whole, whose order is all that differs."""
    whole = opened(tiny["text"], tmp_path).dataset
    parts = opened(moved(tiny["text"], data, sharded), tmp_path).dataset
    sums = [float(whole[index]["mel"].sum()) for index in range(len(whole))]
    assert len(set(sums)) == 12
    met = Counter()
    for index in range(12):
        item = parts[index]
        # sums in float32 hang on where the memory begins: the nearest one is meant
        nearest = int(np.abs(np.array(sums) - float(item["mel"].sum())).argmin())
        expected = whole[nearest]
        met[nearest] += 1
        for name in ("symbols", "stress", "content", "mel", "pitch", "gain_db", "height"):
            torch.testing.assert_close(item[name], expected[name], msg=name)
    assert set(met.values()) == {1} and len(met) == 12


def killed_in_step_9(command: list[str]) -> None:
    """Trains, and kills its process as a power cut would."""
    torch.set_num_threads(1)
    honest = Objective.set_learning_rate

    def deadly(self: Objective, progress: float) -> float:
        if self.steps_done == 8:
            os.kill(os.getpid(), signal.SIGKILL)
        return honest(self, progress)

    Objective.set_learning_rate = deadly  # type: ignore[method-assign]
    run(command)


@pytest.mark.parametrize(("objective", "by_url"), [("segan", False), ("ctc", False), ("ctc", True)])
def test_a_killed_training_goes_on_in_mid_shard(
    objective: str, by_url: bool, tiny: dict[str, list[str]], data: Path, sharded: Path,
    server: RangeServer, tmp_path: Path,
) -> None:  # fmt: skip
    """By a URL it is what it would have been, uninterrupted, in the folder."""
    command = [*moved(tiny[objective], data, sharded), "trainer.num_workers=2"]
    straight = run([*command, f"output={tmp_path / 'straight'}"])
    if by_url:
        command = [one.replace(f"={sharded}", f"={server.url}") for one in command]
        assert f"data.train={server.url}/speech" in command
    broken = [*command, f"output={tmp_path / 'broken'}"]
    process = multiprocessing.get_context("fork").Process(target=killed_in_step_9, args=(broken,))
    process.start()
    process.join(300)
    assert process.exitcode == -signal.SIGKILL
    kept = torch.load(checkpoint_path(tmp_path / "broken"), weights_only=True)
    assert kept["speechgen"]["steps_done"] == 6
    expected, found = losses(straight.parent), losses(run(broken).parent)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert bool(server.asked) == by_url


def test_batches_are_the_same_by_url(
    tiny: dict[str, list[str]], data: Path, sharded: Path, server: RangeServer, tmp_path: Path
) -> None:
    """Of speech and noise; by two workers, forked from a process that has read from there."""
    given = moved(tiny["segan"], data, sharded)
    local = opened(given, tmp_path)
    remote = opened([one.replace(f"={sharded}", f"={server.url}") for one in given], tmp_path)
    assert remote.summary == local.summary
    for here, there in zip(local.held_out, remote.held_out, strict=True):
        torch.testing.assert_close(here, there, rtol=0, atol=0)
    alone = training_loader(local.dataset, StepBatches(0, local.batch_size), num_workers=0)
    expected = list(islice(alone, 12))
    for first in (0, 5):
        batches = StepBatches(first, remote.batch_size)
        found = islice(training_loader(remote.dataset, batches, num_workers=2), 12 - first)
        for here, there in zip(expected[first:], found, strict=True):
            torch.testing.assert_close(here, there, rtol=0, atol=0)
    tars = [wanted for name, wanted in server.asked if name.endswith(".tar")]
    assert tars and all(tars)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_tar_that_changes_under_a_training_ends_it_in_one_line(
    workers: int, tiny: dict[str, list[str]], data: Path, sharded: Path, server: RangeServer,
    tmp_path: Path,
) -> None:  # fmt: skip
    server.folder = Path(shutil.copytree(sharded, tmp_path / "served"))
    given = moved(tiny["segan"], data, sharded)
    found = opened([one.replace(f"={sharded}", f"={server.url}") for one in given], tmp_path)
    for tar in (server.folder / "speech").glob("*.tar"):
        tar.write_bytes(bytes(tar.stat().st_size))
    loader = training_loader(found.dataset, StepBatches(0, 2), num_workers=workers)
    with pytest.raises(DataError) as told:
        next(iter(loader))
    assert re.fullmatch(
        rf"{server.url}/speech/shard-\d+.tar: has changed at byte \d+; copy it again .*",
        str(told.value),
    )


def test_what_shards_lack_is_told(
    tiny: dict[str, list[str]], data: Path, sharded: Path, tmp_path: Path
) -> None:
    bare = replace(load_data_directory(data / "speech"), phones=None, path=tmp_path)
    prepare_shards(bare, tmp_path / "bare")
    for objective, what in (("ctc", "has no phones"), ("text", "has no symbols")):
        given = [*tiny[objective], f"data.train={tmp_path / 'bare'}"]
        with pytest.raises(DataError, match=what):
            opened(given, tmp_path)
    with pytest.raises(DataError, match="no noisy versions"):
        given = [one for one in tiny["segan"] if "noise" not in one and "valid" not in one]
        opened([*given, "data=paired", f"data.train={tmp_path / 'bare'}"], tmp_path)
    assert not ShardSet(tmp_path / "bare").has_pairs
