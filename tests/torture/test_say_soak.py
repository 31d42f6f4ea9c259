"""Endurance of ``say``: ten thousand sentences in one process, a book that is killed on its way."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.torture.amounts import short_and_long
from tests.torture.running import ROOT
from tests.torture.test_soak import MAY_GROW, memory_of

pytest.importorskip("gruut", reason="text: gruut is not installed")
SAY = [sys.executable, "-m", "speechgen", "say", "--device", "cpu"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
_FADED_DB = -20.0  # of the last 20 ms of a sentence, below its loudest
_WARM_UP = 0.1  # of the sentences


def short_sentences(count: int) -> list[str]:
    rng = random.Random(0)
    who, did = (
        ("I", "We", "You", "They", "He", "She"),
        ("ran", "sat", "won", "lost", "sang", "fell"),
    )
    where = ("", " here", " there", " now", " today")
    return [f"{rng.choice(who)} {rng.choice(did)}{rng.choice(where)}." for _ in range(count)]


@short_and_long("sentences", 20, 10_000)
def test_many_sentences_in_flat_memory_and_none_is_dropped(
    sentences: int, text_model: Path, tmp_path: Path
) -> None:
    """``TORTURE_SENTENCES`` (10,000), about an hour on one core; resident memory as they come."""
    texts, times = short_sentences(sentences), tmp_path / "times.json"
    (tmp_path / "text.txt").write_text("\n".join(texts), encoding="utf-8")
    command = [*SAY, "--text-file", tmp_path / "text.txt", "--by", "line", "--output", "-", "--raw",
               "--timings", times, "--sentence-silence", "0"]  # fmt: skip
    if sentences < 1000:
        command += ["--model", text_model]
    seen: list[tuple[int, int]] = []  # bytes that came, bytes that are resident
    come = 0
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 1 << 16):
            come += len(piece)
            if process.poll() is None:
                seen.append((come, memory_of(process.pid)[0]))
        assert process.wait(60) == 0
    told = json.loads(times.read_text())["sentences"]
    assert [one["text"] for one in told] == [text.strip(".") for text in texts]
    assert told[-1]["end"] == pytest.approx(come / 2 / 16000, abs=1e-3)
    settled = [memory for got, memory in seen if got >= _WARM_UP * come]
    print(
        f"{sentences} sentences, {come / 32000:.0f} s of sound: {settled[0] / 2**20:.1f} MiB after "
        f"the warm-up, {settled[-1] / 2**20:.1f} MiB at the end",
        file=sys.stderr,
    )
    assert max(settled) <= (MAY_GROW if sentences >= 1000 else 1.2) * settled[0]


@pytest.mark.torture
def test_a_book_goes_on_after_kills_and_its_last_words_are_whole(tmp_path: Path) -> None:
    """Killed three times, the files are those of a run that nothing stopped; each ends in quiet."""
    texts = short_sentences(40)
    (tmp_path / "book.txt").write_text("\n".join(texts), encoding="utf-8")

    def command(folder: Path) -> list[str]:
        book = str(tmp_path / "book.txt")
        return [*SAY, "--text-file", book, "--by", "line", "--output", str(folder)]

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole), check=True, env=ENVIRONMENT, cwd=ROOT, capture_output=True)
    for kills in range(3):
        with subprocess.Popen(
            command(broken), env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.DEVNULL
        ) as process:
            while len(list(broken.glob("*.wav"))) < 9 * (kills + 1) and process.poll() is None:
                time.sleep(0.05)
            process.kill()
    subprocess.run(command(broken), check=True, env=ENVIRONMENT, cwd=ROOT, capture_output=True)
    assert sorted(path.name for path in broken.iterdir()) == sorted(
        path.name for path in whole.iterdir()
    )
    lines = [json.loads(line) for line in (broken / "speech.jsonl").read_text().splitlines()]
    files = {line["file"]: line["sentences"][-1] for line in lines}
    assert [files[name]["text"] for name in sorted(files)] == [text.strip(".") for text in texts]
    for name, sentence in files.items():
        assert (broken / name).read_bytes() == (whole / name).read_bytes()
        wave, rate = soundfile.read(broken / name)
        said = wave[: round(sentence["end"] * rate)]
        parts = np.array_split(said, len(said) // 320)
        level = [20 * np.log10(np.sqrt(np.mean(part**2)) + 1e-6) for part in parts]
        assert level[-1] <= max(level) + _FADED_DB, f"{name}: {sentence['text']} is cut"
