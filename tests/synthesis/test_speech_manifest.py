"""``speech.jsonl``: a run may be stopped at any moment; nothing is lost or taken for another."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import numpy as np
import pytest

from speechgen.errors import OutputError
from speechgen.synthesis.speech_manifest import MANIFEST, SpeechManifest, read_lines
from speechgen.synthesis.speech_output import sound_file


def line_of(name: str, digest: str = "new", text: str = "Zoë") -> dict[str, object]:
    return {"file": name, "digest": digest, "sentences": [{"text": text}]}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole"
    path.write_bytes(b"new sound")
    return path


def test_a_line_is_told_when_the_sound_is_whole_and_has_not_its_name_yet(tmp_path: Path) -> None:
    import soundfile

    target, seen = tmp_path / "a.wav", []

    def look(path: Path) -> None:
        seen.append((target.exists(), soundfile.info(path).frames))

    with sound_file(target, 16000, when_whole=look) as sink:
        sink(np.zeros(500, np.float32))
    assert seen == [(False, 500)] and target.exists()

    def refuse(_path: Path) -> None:
        raise OutputError("full")

    with pytest.raises(OutputError), sound_file(tmp_path / "b.wav", 16000, when_whole=refuse):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_run_killed_between_line_and_name_has_not_finished(tmp_path: Path, whole: Path) -> None:
    target = tmp_path / "a.wav"
    SpeechManifest(tmp_path).add(line_of("a.wav"), whole, target)
    assert SpeechManifest(tmp_path).of(target) is None
    whole.rename(target)
    assert SpeechManifest(tmp_path).of(target) == line_of("a.wav")


@pytest.mark.parametrize("before", [b"old sound", b"new sound"])
def test_a_file_that_was_to_be_replaced_is_not_taken_for_the_new_one(
    tmp_path: Path, whole: Path, before: bytes
) -> None:
    target = tmp_path / "a.wav"
    target.write_bytes(before)
    SpeechManifest(tmp_path).add(line_of("a.wav"), whole, target)
    found = SpeechManifest(tmp_path).of(target)
    assert (found is not None) == (before == whole.read_bytes())
    whole.replace(target)
    done = SpeechManifest(tmp_path).of(target)
    assert done is not None and done["digest"] == "new"


def test_a_line_cut_short_anywhere_swallows_no_other(tmp_path: Path, whole: Path) -> None:
    written = (json.dumps(line_of("a.wav"), ensure_ascii=False) + "\n").encode()
    manifest, target = tmp_path / MANIFEST, tmp_path / "b.wav"
    for kept in range(len(written) + 1):
        manifest.write_bytes(written[:kept])
        SpeechManifest(tmp_path).add(line_of("b.wav"), whole, target)
        names = [line["file"] for line in read_lines(manifest)]
        assert names == (["a.wav"] if kept >= len(written) - 1 else []) + ["b.wav"]


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path, whole: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    manifest = SpeechManifest(tmp_path)
    manifest.add(line_of("a.wav"), whole, tmp_path / "a.wav")
    before = (tmp_path / MANIFEST).read_bytes()
    with pytest.raises(OutputError, match="cannot be written"):
        manifest.add(line_of("b.wav", text="x" * limit), whole, tmp_path / "b.wav")
    assert (tmp_path / MANIFEST).read_bytes() == before
