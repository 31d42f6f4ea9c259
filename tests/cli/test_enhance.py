"""``speechgen enhance`` on real files: what goes in comes out, in kind and length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

RECORD = Path(".speechgen-enhance.jsonl")


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2])
def test_kind_and_length_are_kept(run, tiny, voice, write, tmp_path, rate, subtype, channels):
    wave = np.stack([voice(0.7, rate=rate, seed=c) for c in range(channels)])[:, :-13]
    source = write(tmp_path / "in.wav", wave, rate, subtype)
    for name in ("identity", "segan"):
        target = tmp_path / f"{name}.wav"
        assert run("enhance", source, "--output", target, "--model", tiny[name]).status == 0
        before, after = soundfile.info(source), soundfile.info(target)
        for fact in ("samplerate", "channels", "frames", "format", "subtype"):
            assert getattr(after, fact) == getattr(before, fact)
    expected, rate = soundfile.read(source)
    found, _ = soundfile.read(tmp_path / "identity.wav")
    assert np.abs(found - expected).max() <= 2e-4


def test_wet_goes_from_the_input_to_the_enhanced_signal(run, tiny, voice, write, tmp_path):
    source = write(tmp_path / "in.wav", voice(1.0), subtype="FLOAT")
    waves = {}
    for wet in (0, 0.25, 1):
        target = tmp_path / f"{wet}.wav"
        command = ("enhance", source, "--output", target, "--model", tiny["segan"])
        assert run(*command, "--wet", wet).status == 0
        waves[wet] = soundfile.read(target)[0]
    dry = soundfile.read(source)[0]
    assert np.abs(waves[0] - dry).max() < 1e-6
    assert np.abs(waves[1] - dry).max() > 1e-3
    assert np.abs(waves[0.25] - (0.75 * dry + 0.25 * waves[1])).max() < 1e-5


def test_folders_are_mirrored_and_links_to_files_followed(run, tiny, voice, write, tmp_path):
    source, output = tmp_path / "in", tmp_path / "out"
    elsewhere = write(tmp_path / "elsewhere" / "far.wav", voice(0.5))
    write(source / "a b" / "ä.flac", voice(0.5), subtype="PCM_16")
    write(source / "top.wav", voice(0.5))
    (source / "link.wav").symlink_to(elsewhere)
    (source / "notes.txt").write_text("no sound")
    before = elsewhere.read_bytes()
    outcome = run("enhance", source, "--output", output, "--model", tiny["segan"])
    assert outcome.status == 0
    written = {path.relative_to(output) for path in output.rglob("*") if path.is_file()}
    written.discard(RECORD)
    assert {str(path) for path in written} == {"a b/ä.flac", "top.wav", "link.wav"}
    assert set(outcome.out.splitlines()) == {str(output / path) for path in written}
    assert not (output / "link.wav").is_symlink()
    assert elsewhere.read_bytes() == before


def test_files_and_folders_together(run, tiny, voice, write, tmp_path):
    single = write(tmp_path / "single.wav", voice(0.5))
    write(tmp_path / "folder" / "one.wav", voice(0.5))
    command = ("enhance", single, tmp_path / "folder", "--output", tmp_path / "out")
    assert run(*command, "--model", tiny["identity"]).status == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"single.wav", "one.wav", str(RECORD)}


def test_lossy_input_becomes_wav(run, tiny, voice, tmp_path):
    source = tmp_path / "in" / "talk.mp3"
    source.parent.mkdir()
    soundfile.write(source, voice(1.0), 16000)
    out = tmp_path / "out"
    assert run("enhance", source.parent, "--output", out, "--model", tiny["identity"]).status == 0
    found = soundfile.info(out / "talk.wav")
    assert (found.samplerate, found.subtype) == (16000, "PCM_16")
    assert found.frames == soundfile.info(source).frames


def test_the_python_function_gives_the_same_samples(run, tiny, voice, write, tmp_path):
    import speechgen

    wave = np.stack([voice(0.6, rate=48000), voice(0.6, rate=48000, seed=1)])
    source = write(tmp_path / "in.wav", wave, 48000, "FLOAT")
    target = tmp_path / "out.wav"
    assert run("enhance", source, "--output", target, "--model", tiny["segan"]).status == 0
    in_python = speechgen.enhance(wave, sample_rate=48000, model=tiny["segan"])
    assert in_python.shape == wave.shape
    assert np.abs(soundfile.read(target)[0].T - in_python).max() < 1e-5
