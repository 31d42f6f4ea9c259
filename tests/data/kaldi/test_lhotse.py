"""Lhotse imports our data directories, and what it exports is a data directory again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import (
    DataDirectory,
    Segment,
    load_data_directory,
    prepare_auto,
    read_utterance,
    write_data_directory,
)
from speechgen.data.kaldi.adopting import adopt_data_directory
from speechgen.errors import DataError

RATE = 16000


@pytest.fixture(scope="module")
def lhotse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs ``lhotse`` as its command line does."""
    pytest.importorskip("lhotse", reason="lhotse is not installed")
    from click.testing import CliRunner
    from lhotse.bin.modes.cli_base import cli
    from lhotse.bin.modes.kaldi import kaldi

    assert kaldi.name in cli.commands

    def run(*words: object) -> None:
        outcome = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output

    return run


def directory(root: Path, ending: str, *, segments: bool = False) -> DataDirectory:
    """Six utterances of two speakers with words, of 10 ms and a few samples each."""
    rng = np.random.default_rng(0)
    wavs, speakers, spans = {}, {}, {}
    for number in range(6):
        name = f"{'ab'[number % 2]}-{number}"
        wavs[name] = root / "sound files" / f"{number}{ending}"
        audio.write(wavs[name], rng.uniform(-0.5, 0.5, 3200 + 7 * number), RATE)
        speakers[name] = name[0]
        spans[name] = Segment(f"rec{number}", 0.05, 0.15)
    texts = {name: f"WÖRTER {name}" for name in wavs}
    return write_data_directory(
        root / "data", wavs, speakers, texts=texts, segments=spans if segments else None
    )


@pytest.mark.parametrize(
    ("ending", "segments"), [(".wav", False), (".flac", True), (".flac", False)]
)
def test_there_and_back(lhotse: Any, tmp_path: Path, ending: str, segments: bool) -> None:
    from lhotse import CutSet

    ours = directory(tmp_path, ending, segments=segments)
    lhotse("kaldi", "import", ours.path, RATE, tmp_path / "manifests")
    cuts = CutSet.from_file(tmp_path / "manifests" / "cuts.jsonl.gz")
    supervisions = {one.id: (cut, one) for cut in cuts for one in cut.supervisions}
    assert sorted(supervisions) == ours.ids
    for name, (cut, one) in supervisions.items():
        assert (one.speaker, one.text) == (ours.speakers[name], ours.texts[name])
        wave, rate = read_utterance(ours, name)
        theirs = cut.trim_to_supervisions()[0].load_audio()[0]
        assert rate == RATE and 0 <= len(wave) - len(theirs) <= RATE // 1000  # it floors to 1 ms
        np.testing.assert_array_equal(theirs, wave[: len(theirs)])

    manifests = [
        tmp_path / "manifests" / f"{kind}.jsonl.gz" for kind in ("recordings", "supervisions")
    ]
    lhotse("kaldi", "export", *manifests, tmp_path / "exported")
    again = prepare_auto(tmp_path / "exported", tmp_path / "again")
    assert (again.ids, again.speakers, again.texts) == (ours.ids, ours.speakers, ours.texts)
    assert again.wavs == ours.wavs
    for name in ours.ids:
        wave, back = (read_utterance(one, name)[0] for one in (ours, again))
        assert 0 <= len(wave) - len(back) <= RATE // 1000
        np.testing.assert_array_equal(back, wave[: len(back)])


def test_a_directory_without_spk2utt_is_sorted_and_made_whole(tmp_path: Path) -> None:
    ours = directory(tmp_path, ".wav")
    other = tmp_path / "other"
    other.mkdir()
    for name in ("wav.scp", "utt2spk", "text"):
        lines = (ours.path / name).read_text().splitlines(keepends=True)
        (other / name).write_text("".join(reversed(lines)))
    command = "ffmpeg -threads 1 -i {} -ar 16000 -map_channel 0.0.0  -f wav -threads 1 pipe:1 |"
    lines = [f"{name} {command.format(path)}\n" for name, path in ours.wavs.items()]
    (other / "wav.scp").write_text("".join(lines))
    again = prepare_auto(other, tmp_path / "again")
    assert (again.wavs, again.speakers, again.texts) == (ours.wavs, ours.speakers, ours.texts)
    assert load_data_directory(tmp_path / "again").ids == ours.ids
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "again", "data", "other", "sound files",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command", ["cat {0} |", "ffmpeg -i {0} |", "sox {0} -t wav - |", "touch {1}; ffmpeg |"]
)
def test_other_commands_are_refused_and_not_run(tmp_path: Path, command: str) -> None:
    ours = directory(tmp_path, ".wav")
    other = tmp_path / "other"
    other.mkdir()
    (other / "utt2spk").write_text((ours.path / "utt2spk").read_text())
    said = command.format("x.wav", tmp_path / "run")
    (other / "wav.scp").write_text("".join(f"{name} {said}\n" for name in ours.ids))
    with pytest.raises(DataError, match=r"other/wav.scp:1: a-0 is a command") as refusal:
        adopt_data_directory(other, tmp_path / "out")
    assert "\n" not in str(refusal.value) and not (tmp_path / "run").exists()
