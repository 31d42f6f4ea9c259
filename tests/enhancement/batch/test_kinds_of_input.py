"""Whatever sound a folder holds is done in a format that can be written; pipes are files, too."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.audio.ffmpeg import FfmpegSound
from speechgen.audio.finding import left_out
from speechgen.enhancement import EnhanceOptions, enhance, enhance_paths
from speechgen.errors import AudioError, DamagedAudioError
from speechgen.models.classical.identity import Identity

ODD = [  # name, container, coding, name of the output, its container and coding
    ("a.sph", "NIST", "PCM_16", "a.wav", "WAV", "PCM_16"),
    ("b.nist", "NIST", "ULAW", "b.wav", "WAV", "ULAW"),
    ("c.bwf", "WAV", "PCM_24", "c.wav", "WAV", "PCM_24"),
    ("d.aifc", "AIFF", "PCM_16", "d.wav", "WAV", "PCM_16"),
    ("e.voc", "VOC", "PCM_16", "e.wav", "WAV", "PCM_16"),
    ("f.snd", "AU", "FLOAT", "f.wav", "WAV", "FLOAT"),
    ("g.wav", "WAV", "GSM610", "g.wav", "WAV", "PCM_16"),
    ("h.wav", "WAV", "NMS_ADPCM_32", "h.wav", "WAV", "PCM_16"),
    ("i.au", "AU", "G721_32", "i.wav", "WAV", "PCM_16"),
    ("j.aiff", "AIFF", "DWVW_16", "j.aiff", "AIFF", "PCM_16"),
    ("k.mp3", "WAV", "PCM_16", "k.wav", "WAV", "PCM_16"),  # named for what it is not
    ("l.WAV", "NIST", "PCM_16", "l.WAV", "WAV", "PCM_16"),
    ("m.ogg", "OGG", "VORBIS", "m.wav", "WAV", "PCM_16"),
]


def noise(count: int = 8000) -> np.ndarray:
    tone = 0.2 * np.sin(np.arange(count) * 0.3)
    return tone + np.random.default_rng(0).normal(0, 0.01, count)


def test_every_sound_of_a_folder_is_done(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, container, coding, *_ in ODD:
        soundfile.write(folder / name, noise(), 8000, format=container, subtype=coding)
    report = enhance_paths(Identity(), [folder], tmp_path / "out")
    assert (report.failed, report.partial) == ([], [])
    for name, _, _, output, container, coding in ODD:
        facts = soundfile.info(tmp_path / "out" / output)
        assert (facts.format, facts.subtype) == (container, coding), name
        before, _ = audio.read(folder / name)
        after, _ = audio.read(tmp_path / "out" / output)
        np.testing.assert_allclose(after, before, atol=1e-3, err_msg=name)


def test_twins_with_different_endings_are_both_done(tmp_path):
    for name, container in (
        ("x.wav", "WAV"),
        ("x.sph", "NIST"),
        ("x.mp3", "MP3"),
        ("y.mp3", "MP3"),
    ):
        (tmp_path / "in").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "in" / name, noise(), 16000, format=container)
    for _ in range(2):
        report = enhance_paths(Identity(), [tmp_path / "in"], tmp_path / "out")
        assert report.failed == []
    assert {path.name for path in report.skipped} == {"x.wav", "x.sph.wav", "x.mp3.wav", "y.wav"}


def test_python_raises_on_a_cut_file_unless_it_is_to_be_salvaged(tmp_path):
    source = tmp_path / "a.wav"
    soundfile.write(source, noise(), 16000)
    source.write_bytes(source.read_bytes()[:-1000])
    with pytest.raises(DamagedAudioError, match="1000 bytes"):
        enhance(source, model=Identity())
    with pytest.raises(DamagedAudioError, match="1000 bytes"):
        enhance(source, output=tmp_path / "b.wav", model=Identity())
    assert soundfile.info(tmp_path / "b.wav").frames == 7500
    assert enhance(source, model=Identity(), salvage=True).shape == (1, 7500)
    report = enhance_paths(Identity(), [source], tmp_path / "out", EnhanceOptions(salvage=True))
    assert (len(report.done), report.partial) == (1, [])
    assert "1000 bytes" in report.lines[0]["damage"]


def test_a_file_of_which_nothing_can_be_read_leaves_nothing(tmp_path):
    source = tmp_path / "a.flac"
    soundfile.write(source, noise(), 16000)
    source.write_bytes(source.read_bytes()[:200])
    report = enhance_paths(Identity(), [source], tmp_path / "out.wav")
    assert len(report.failed) == 1
    assert not (tmp_path / "out.wav").exists()


def feed(pipe: Path, data: bytes) -> threading.Thread:
    thread = threading.Thread(target=pipe.write_bytes, args=(data,))
    thread.start()
    return thread


def test_pipes_with_names_are_read_like_files(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(), 16000)
    data = (tmp_path / "a.wav").read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    expected = audio.read(tmp_path / "a.wav")[0]
    for use in (
        lambda: audio.read(pipe)[0],
        lambda: enhance(pipe, model=Identity()),
        lambda: audio.read(enhance(pipe, output=tmp_path / "b.wav", model=Identity()).done[0])[0],
        lambda: audio.read(enhance_paths(Identity(), [pipe], tmp_path / "out").done[0])[0],
    ):
        thread = feed(pipe, data)
        np.testing.assert_array_equal(use(), expected)
        thread.join()
    assert (tmp_path / "out" / "pipe.wav").exists()
    thread = feed(pipe, b"")
    with pytest.raises(AudioError, match="pipe: is empty"):
        audio.info(pipe)
    thread.join()


def test_descriptors_and_devices(tmp_path):
    with pytest.raises(AudioError, match="is a device"):
        audio.info("/dev/zero")
    soundfile.write(tmp_path / "a.wav", noise(), 16000)
    reading, writing = os.pipe()
    thread = threading.Thread(
        target=lambda: (os.write(writing, (tmp_path / "a.wav").read_bytes()), os.close(writing))
    )
    thread.start()
    assert audio.read(f"/dev/fd/{reading}")[0].shape == (1, 8000)
    thread.join()
    os.close(reading)


def test_sound_that_takes_ffmpeg_is_not_passed_over_in_silence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "in"
    folder.mkdir()
    soundfile.write(folder / "a.wav", noise(), 16000)
    for name in ("b.m4a", "c.M4A", "d.webm", "notes.txt"):
        (folder / name).write_bytes(b"\0" * 64)
    assert left_out(folder) == (
        f"{folder}: 3 files are left out (2 .m4a, 1 .webm); install the program ffmpeg to read them"
    )
    report = enhance_paths(Identity(), [folder], tmp_path / "out")
    assert report.notes == [left_out(folder)]
    assert [path.name for path in report.done] == ["a.wav"]
    with pytest.raises(AudioError, match=r"b\.m4a: install the program ffmpeg"):
        audio.info(folder / "b.m4a")


@pytest.fixture
def ffmpeg():
    if shutil.which("ffmpeg") is None:
        pytest.skip("the program ffmpeg is not installed")

    def convert(source: Path, target: Path) -> Path:
        command = ["ffmpeg", "-v", "error", "-i", f"file:{source}", f"file:{target}"]
        if subprocess.run(command).returncode:
            pytest.skip(f"this ffmpeg cannot write {target.suffix}")
        return target

    return convert


@pytest.mark.parametrize("name", ["a.m4a", "a.webm", "a.mka", "a.wma", "-b: 'c' %d.m4a", "a.aac"])
def test_what_ffmpeg_reads_is_enhanced(tmp_path, ffmpeg, name):
    stereo = np.stack([noise(96000), noise(96000)], 1).cumsum(0) % 0.2
    soundfile.write(tmp_path / "source.wav", stereo, 48000)
    folder = tmp_path / "in"
    folder.mkdir()
    path = ffmpeg(tmp_path / "source.wav", folder / name)
    report = enhance_paths(Identity(), [folder], tmp_path / "out")
    facts = soundfile.info(report.done[0])
    assert (facts.samplerate, facts.channels, facts.subtype) == (48000, 2, "PCM_16")
    assert report.done[0].suffix == ".wav"
    assert 90000 < facts.frames == audio.info(path).num_samples < 96000 + 3000
    whole, _ = audio.read(path)
    part, _ = audio.read(path, start=50_000, num_samples=999)
    np.testing.assert_array_equal(part, whole[:, 50_000:50_999])
    with audio.AudioReader(path) as reader:
        np.testing.assert_array_equal(np.concatenate(list(reader.blocks(7777)), 1), whole)


def test_ctrl_c_does_not_cut_what_ffmpeg_reads(tmp_path, ffmpeg):
    soundfile.write(tmp_path / "source.wav", noise(2_400_000), 48000)
    path = ffmpeg(tmp_path / "source.wav", tmp_path / "a.m4a")
    sound = FfmpegSound(path, ".m4a")
    first, _ = sound.read(100, "float32")
    os.kill(sound._process._process.pid, signal.SIGINT)
    rest, _ = sound.read(sound.num_samples, "float32")
    sound.close()
    assert len(first) + len(rest) == sound.num_samples


def test_ffmpeg_reads_no_playlists_and_no_other_files(tmp_path, ffmpeg):
    soundfile.write(tmp_path / "secret.wav", noise(), 16000)
    bad = tmp_path / "a.m4a"
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{tmp_path}/secret.wav\n",
        f"ffconcat version 1.0\nfile {tmp_path}/secret.wav\n",
        "no sound at all\n",
    ):
        bad.write_text(text)
        with pytest.raises(AudioError, match=r"a\.m4a: cannot be read"):
            audio.info(bad)


def test_a_cut_m4a_is_not_whole(tmp_path, ffmpeg):
    soundfile.write(tmp_path / "source.wav", noise(96000), 48000)
    path = ffmpeg(tmp_path / "source.wav", tmp_path / "a.aac")
    path.write_bytes(path.read_bytes()[:-100])
    webm = ffmpeg(tmp_path / "source.wav", tmp_path / "b.webm")
    webm.write_bytes(webm.read_bytes()[: -len(webm.read_bytes()) // 3])
    mp4 = ffmpeg(tmp_path / "source.wav", tmp_path / "c.m4a")
    mp4.write_bytes(mp4.read_bytes()[:-400])
    for cut in (path, webm, mp4):
        with pytest.raises(AudioError):
            audio.info(cut)
