"""Files and folders: mirrored, linked, colliding, failing; all refusals come before any work."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from speechgen.enhancement import Report, enhance, enhance_paths
from speechgen.enhancement.batch.resume import NAME
from speechgen.errors import AudioError, ConfigError, OutputError, SpeechgenError
from speechgen.models.classical.identity import Identity


def make(path: Path, *, length: int = 700, rate: int = 16000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, length), rate)
    return path


def files(folder: Path) -> list[str]:
    """All but the record of what is done."""
    found = (p for p in folder.rglob("*") if not p.is_dir() and p.name != NAME)
    return sorted(str(p.relative_to(folder)) for p in found)


def test_a_folder_is_mirrored_and_links_are_followed(tmp_path) -> None:
    root = tmp_path / "in"
    make(root / "a.wav")
    make(root / "deep" / "er" / "b.flac")
    make(root / "c.mp3", length=9000)
    elsewhere = make(tmp_path / "elsewhere" / "d.wav")
    (root / "deep" / "link.wav").symlink_to(elsewhere)
    (root / "notes.txt").write_text("not sound")
    report = enhance_paths(Identity(), [root], tmp_path / "out")
    expected = ["a.wav", "c.wav", "deep/er/b.flac", "deep/link.wav"]
    assert files(tmp_path / "out") == expected
    assert report == Report(done=report.done, failed=[])
    assert sorted(report.done) == [tmp_path / "out" / name for name in expected]
    assert elsewhere.read_bytes() == (tmp_path / "out" / "deep" / "link.wav").read_bytes()


def test_one_file_to_a_file_or_into_a_folder(tmp_path) -> None:
    source = make(tmp_path / "a.wav")
    enhance_paths(Identity(), [source], tmp_path / "new" / "b.flac")
    enhance_paths(Identity(), [source], tmp_path / "folder")
    (tmp_path / "dotted.v1").mkdir()
    enhance_paths(Identity(), [source], tmp_path / "dotted.v1")
    assert files(tmp_path / "new") == ["b.flac"]
    assert files(tmp_path / "folder") == files(tmp_path / "dotted.v1") == ["a.wav"]


def test_bad_files_are_listed_and_the_others_done(tmp_path) -> None:
    root = tmp_path / "in"
    make(root / "a.wav")
    make(root / "z.wav")
    (root / "empty.wav").touch()
    (root / "text.wav").write_text("hello")
    whole = make(root / "short.wav", length=5000).read_bytes()
    (root / "short.wav").write_bytes(whole[:-999])
    nan = np.full(20000, np.nan, np.float32)
    soundfile.write(root / "nan.wav", nan, 16000, subtype="FLOAT")
    missing, hollow = tmp_path / "missing.wav", tmp_path / "hollow"
    hollow.mkdir()
    report = enhance_paths(Identity(), [root, missing, hollow], tmp_path / "out")
    assert files(tmp_path / "out") == ["a.wav", "short.wav", "z.wav"]
    assert [path.name for path, _ in report.partial] == ["short.wav"]
    names = {"empty.wav", "text.wav", "nan.wav", "missing.wav", "hollow"}
    assert {path.name for path, _ in report.failed} == names
    for path, why in [*report.failed, *report.partial]:
        assert why
        assert "\n" not in why
        assert str(path) not in why


def refused(inputs: list[Path], output: Path, **options) -> str:
    before = files(output) if output.is_dir() else None
    with pytest.raises(OutputError) as error:
        enhance_paths(Identity(), inputs, output, **options)
    assert (files(output) if output.is_dir() else None) == before
    return str(error.value)


def test_two_inputs_with_one_target_are_refused_before_any_work(tmp_path) -> None:
    one, two = make(tmp_path / "1" / "x.wav"), make(tmp_path / "2" / "x.wav")
    first = make(tmp_path / "1" / "a.wav")
    message = refused([first, one, two], tmp_path / "out")
    assert str(one) in message
    assert str(two) in message
    assert "both" in refused([one, one], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_never_both_in_and_out(tmp_path) -> None:
    root = tmp_path / "in"
    source = make(root / "a.wav")
    (tmp_path / "same").symlink_to(root)
    for output in (root, tmp_path / "same", root / "inside"):
        assert "input" in refused([root], output, overwrite=True)
    assert "one sound file" in refused([root], root / "inside" / "b.wav", overwrite=True)
    assert "input" in refused([source], source, overwrite=True)
    assert "input" in refused([source], root, overwrite=True)
    other = make(tmp_path / "b.wav")
    assert "input" in refused([source, other], tmp_path, overwrite=True)
    assert files(root) == ["a.wav"]


def test_a_target_that_is_a_link_to_an_input_is_refused(tmp_path) -> None:
    source = make(tmp_path / "in" / "a.wav")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.wav").symlink_to(source)
    assert "input" in refused([tmp_path / "in"], tmp_path / "out", overwrite=True)


def test_existing_outputs_are_refused_before_any_work(tmp_path) -> None:
    root = tmp_path / "in"
    make(root / "a.wav")
    make(root / "b.wav")
    make(tmp_path / "out" / "b.wav", length=5)
    assert "--overwrite" in refused([root], tmp_path / "out")
    enhance_paths(Identity(), [root], tmp_path / "out", overwrite=True)
    assert files(tmp_path / "out") == ["a.wav", "b.wav"]
    assert soundfile.info(tmp_path / "out" / "b.wav").frames == 700


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written_is_one_line(tmp_path) -> None:
    make(tmp_path / "in" / "a.wav")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    report = enhance_paths(Identity(), [tmp_path / "in"], locked / "out")
    assert len(report.failed) == 1


def test_enhance_takes_paths_arrays_and_tensors(tmp_path) -> None:
    source = make(tmp_path / "a.wav", rate=48000)
    wave = enhance(source, model=Identity())
    assert wave.shape == (1, 700)
    assert enhance(str(source), output=tmp_path / "b.wav", model=Identity()).failed == []
    for array in (wave[0], np.concatenate([wave, wave])):
        out = enhance(array, sample_rate=48000, model=Identity())
        np.testing.assert_array_equal(out, array)
    tensor = torch.randn(2, 500).double()
    out = enhance(tensor, sample_rate=8000, model=Identity(), output=tmp_path / "c.wav")
    assert torch.equal(out, tensor)
    assert soundfile.info(tmp_path / "c.wav").channels == 2


def test_enhance_says_what_is_wrong(tmp_path) -> None:
    with pytest.raises(ConfigError, match="sample_rate"):
        enhance(np.zeros(10), model=Identity())
    with pytest.raises(ConfigError, match="sample_rate"):
        enhance(make(tmp_path / "a.wav"), sample_rate=16000, model=Identity())
    with pytest.raises(AudioError, match="no such file"):
        enhance(tmp_path / "missing.wav", output=tmp_path / "b.wav", model=Identity())
    with pytest.raises(SpeechgenError):
        enhance(np.zeros(10), sample_rate=16000, model=tmp_path / "no model")
