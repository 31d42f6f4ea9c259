"""LJ Speech as it is unpacked: one voice, words with numbers spelled."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import prepare_auto, prepare_ljspeech
from speechgen.data.corpora import ljspeech
from speechgen.data.corpora.download import Archive
from speechgen.data.corpora.ljspeech import download_ljspeech
from speechgen.errors import DataError

LINES = """LJ001-0001|In 1450, "printing"|In fourteen fifty, "printing"
LJ001-0002|in being|
LJ002-0001||
"""


def corpus(folder: Path) -> Path:
    for line in LINES.splitlines():
        path = folder / "wavs" / f"{line.split('|')[0]}.wav"
        write(path, np.full((1, 400), 0.1, np.float32), 22050)
    (folder / "metadata.csv").write_text(LINES, encoding="utf-8")
    return folder


@pytest.mark.parametrize("below", ["", "LJSpeech-1.1"])
def test_one_voice_and_the_words_that_are_spelled(below: str, tmp_path: Path) -> None:
    corpus(tmp_path / "root" / below)
    data = prepare_ljspeech(tmp_path / "root", tmp_path / "data")
    assert data.ids == ["lj-LJ001-0001", "lj-LJ001-0002", "lj-LJ002-0001"]
    assert data.speaker_names == ["lj"]
    assert data.texts == {
        "lj-LJ001-0001": 'In fourteen fifty, "printing"',
        "lj-LJ001-0002": "in being",
    }
    assert prepare_auto(tmp_path / "root", tmp_path / "auto").texts == data.texts


@pytest.fixture
def served(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The archive as the corpus's server has it, from a server of our own."""
    corpus(tmp_path / "made")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as archive:
        archive.add(tmp_path / "made", "LJSpeech-1.1")
    content = packed.getvalue()
    server.files["LJSpeech-1.1.tar.bz2"] = content
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    address = Archive(server.url("LJSpeech-1.1.tar.bz2"), md5=md5)
    monkeypatch.setattr(ljspeech, "ARCHIVES", (address,))
    return content


def test_it_is_fetched_once_and_goes_on_where_it_broke(server, served, tmp_path: Path) -> None:
    root = tmp_path / "root"
    server.limit = len(served) // 2
    with pytest.raises(DataError, match="bytes did not come; try again to resume"):
        download_ljspeech(root)
    assert [path.name for path in root.iterdir()] == ["LJSpeech-1.1.tar.bz2.part"]
    server.limit = 1 << 30
    for _ in range(2):
        assert download_ljspeech(root) == root
    asked = [wanted for _, wanted in server.asked]
    assert asked == [None, f"bytes={len(served) // 2}-"]
    assert sorted(path.name for path in root.iterdir()) == [".downloaded", "LJSpeech-1.1"]
    data = prepare_ljspeech(root, tmp_path / "data")
    assert data.ids == ["lj-LJ001-0001", "lj-LJ001-0002", "lj-LJ002-0001"]
    assert data.texts and len(data.texts) == 2


def test_what_is_there_is_not_fetched_and_what_is_gone_is_named(
    server, served, tmp_path: Path
) -> None:
    assert download_ljspeech(corpus(tmp_path / "there")) == tmp_path / "there"
    assert not server.asked
    root = download_ljspeech(tmp_path / "root")
    shutil.rmtree(root / "LJSpeech-1.1")
    with pytest.raises(DataError, match=r"is gone; remove .*/\.downloaded to fetch it again"):
        download_ljspeech(root)
    shutil.rmtree(root / ".downloaded")
    assert (download_ljspeech(root) / "LJSpeech-1.1" / "metadata.csv").is_file()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no metadata.csv"):
        prepare_ljspeech(tmp_path / "empty", tmp_path / "data")


def test_the_official_archive() -> None:
    (archive,) = ljspeech.ARCHIVES
    assert archive.url == "https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2"
    assert archive.md5 and archive.name == "LJSpeech-1.1.tar.bz2"
