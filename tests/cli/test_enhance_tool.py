"""The options of ``speechgen enhance`` on recordings: real ones where there are some."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

RECORD = ".speechgen-enhance.jsonl"


def _real(count: int) -> list[Path]:
    root = os.environ.get("SPEECHGEN_CORPORA", "")
    found = sorted(Path(root, "paired").glob("*/noisy/*.*")) if root else []
    return [path for path in found if soundfile.info(path).duration < 6][:count]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory, voice, write) -> Path:
    """A folder of three noisy recordings as FLAC: real ones, or made where there are none."""
    folder = tmp_path_factory.mktemp("noisy")
    for number in range(3):
        wave = voice(1.5, seed=number)
        wave = wave + 0.02 * np.random.default_rng(number).standard_normal(len(wave))
        write(folder / f"{number}.flac", wave.astype(np.float32))
    for number, path in enumerate(_real(3)):
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
        write(folder / f"{number}.flac", wave.T[:, : 3 * rate], rate)
    return folder


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_nothing_is_attenuated_by_more_than_is_said(run, tiny, noisy, tmp_path):
    waves = {}
    for name, options in {
        "full": (), "limited": ("--max-attenuation", 12), "none": ("--max-attenuation", 0),
        "half": ("--wet", 0.5, "--max-attenuation", 20),
    }.items():  # fmt: skip
        target = tmp_path / f"{name}.flac"
        command = ("enhance", noisy / "0.flac", "--output", target, "--model", "classical")
        assert run(*command, *options).status == 0
        waves[name] = soundfile.read(target)[0]
    dry, step = soundfile.read(noisy / "0.flac")[0], 2**-15
    share = 10 ** (-12 / 20)
    np.testing.assert_allclose(
        waves["limited"], share * dry + (1 - share) * waves["full"], atol=1.01 * step
    )
    np.testing.assert_array_equal(waves["none"], dry)
    np.testing.assert_allclose(waves["half"], (dry + waves["full"]) / 2, atol=1.01 * step)
    assert np.abs(waves["full"] - dry).max() > 20 * step
    quietest = np.sort([np.std(part) for part in np.array_split(dry, 100)])[30]
    for before, after in zip(
        *(np.array_split(wave, 100) for wave in (dry, waves["limited"])), strict=True
    ):
        if np.std(before) > quietest:
            assert np.std(after) > 0.9 * share * np.std(before)


def test_a_report_says_what_was_done(run, noisy, tmp_path):
    (tmp_path / "in").symlink_to(noisy)
    report = tmp_path / "r.jsonl"
    command = ("enhance", tmp_path / "in", tmp_path / "none.wav", "--output", tmp_path / "out")
    outcome = run(*command, "--model", "classical", "--report", report)
    assert outcome.status == 1
    *_, missing = found = lines(report)
    assert len(found) == 4
    assert missing["source"].endswith("none.wav")
    assert "no such file" in missing["error"]
    for line in found[:3]:
        about = soundfile.info(line["output"])
        assert line["seconds"] == pytest.approx(about.duration, abs=1e-5)
        assert (line["sample_rate"], line["channels"]) == (about.samplerate, about.channels)
        ratio = line["processing_seconds"] / line["seconds"]
        assert line["real_time_factor"] == pytest.approx(ratio, rel=0.01)
        assert line["noise_reduction_db"] > 1
        assert line["clipped_samples"] == 0
        assert line["warnings"] == []


def test_a_warning_where_nothing_is_left(run, noisy, tmp_path):
    from speechgen.registry import build
    from speechgen.store import ModelConfig, save_model

    sizes = {"channels": [4, 8, 8], "window_samples": 2048}
    network = build("segan", sizes)
    for tensor in network.parameters():
        tensor.data.zero_()
    save_model(tmp_path / "mute", network, ModelConfig("segan", "enhance", sizes, {}))
    command = ("enhance", noisy / "0.flac", "--output", tmp_path / "a.wav")
    outcome = run(*command, "--model", tmp_path / "mute", "--report", tmp_path / "r.jsonl")
    assert outcome.status == 0
    assert "nearly silent" in lines(tmp_path / "r.jsonl")[0]["warnings"][0]
    assert "warning" in outcome.error_lines[0]
    assert "a.wav" in outcome.error_lines[0]


def test_a_folder_is_resumed(run, refused, noisy, tmp_path):
    out = tmp_path / "out"
    command = ("enhance", noisy, "--output", out, "--model", "classical")
    assert len(run(*command).out.splitlines()) == 3
    (out / "1.flac").unlink()
    outcome = run(*command, "--report", tmp_path / "r.jsonl")
    assert outcome.status == 0
    assert outcome.out.splitlines() == [str(out / "1.flac")]
    assert "2 files were done before" in outcome.err
    assert ["done_before" in line for line in lines(tmp_path / "r.jsonl")] == [True, False, True]
    assert "--overwrite" in refused(*command, "--wet", 0.5)
    assert "--overwrite" in refused(*command[:-1], "segan-small")
    assert len(run(*command, "--wet", 0.5, "--overwrite").out.splitlines()) == 3


def test_jobs_and_charts(run, noisy, tmp_path):
    for jobs in (1, 2):
        out, pictures = tmp_path / f"out{jobs}", tmp_path / f"pictures{jobs}"
        command = ("enhance", noisy, "--output", out, "--model", "classical", "--jobs", jobs)
        outcome = run(*command, *(("--chart-folder", pictures) if jobs == 2 else ("--chart",)))
        assert outcome.status == 0, outcome.err
        assert [Path(line).name for line in outcome.out.splitlines()] == [
            "0.flac", "1.flac", "2.flac",
        ]  # fmt: skip
    for number in range(3):
        name = f"{number}.flac"
        assert (tmp_path / "out1" / name).read_bytes() == (tmp_path / "out2" / name).read_bytes()
        drawn = (tmp_path / "out1" / f"{name}.png").read_bytes()
        assert drawn.startswith(b"\x89PNG")
        assert (tmp_path / "pictures2" / f"{name}.png").read_bytes() == drawn
    assert not (tmp_path / "out2" / "0.flac.png").exists()


@pytest.mark.parametrize("kind", ["wav", "s16le", "f32le"])
def test_a_stream_from_stdin_to_stdout_is_the_file(run, spawn, write, noisy, tmp_path, kind):
    wave, rate = soundfile.read(noisy / "0.flac", dtype="float32", always_2d=True)
    subtype = "FLOAT" if kind == "f32le" else "PCM_16"
    source = write(tmp_path / "in.wav", wave.T, rate, subtype)
    target = tmp_path / "out.wav"
    assert run("enhance", source, "--output", target, "--model", "classical").status == 0
    content, expected = source.read_bytes(), target.read_bytes()
    options: tuple = ()
    if kind != "wav":
        content = soundfile.read(source, dtype="int16")[0].tobytes()
        if kind == "f32le":
            content = wave.tobytes()
        options = ("--rate", rate, "--channels", wave.shape[1], "--format", kind)
    process = spawn(
        "enhance", "--stream", "--model", "classical", *options, "--report", tmp_path / "r.jsonl",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = process.communicate(content, timeout=300)
    assert process.returncode == 0, err
    assert len(out) == len(content)
    assert b"lags by" in err
    dtype, scale = ("<f4", 1e-5) if kind == "f32le" else ("<i2", 1)
    if kind == "wav":
        assert out[:44] == expected[:44]
    wanted = soundfile.read(target, dtype="float32" if kind == "f32le" else "int16")[0]
    count = wanted.size * np.dtype(dtype).itemsize
    found = np.frombuffer(out[-count:], dtype).reshape(wanted.shape)
    assert np.abs(found.astype(np.float64) - wanted).max() <= scale
    (line,) = lines(tmp_path / "r.jsonl")
    assert line["seconds"] == pytest.approx(len(wave) / rate, abs=1e-5)


def test_a_stream_at_another_rate_may_lag_less(spawn, run, tmp_path):
    content = (1000 * np.sin(np.arange(96000) / 20)).astype("<i2").tobytes()
    lags, outputs = [], []
    for option in ([], ["--low-delay"]):
        process = spawn(
            "enhance", "--stream", "--rate", 48000, "--model", "spectral-tiny", *option,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        out, err = process.communicate(content, timeout=300)
        assert process.returncode == 0 and len(out) == len(content), err
        lags.append(int(re.search(rb"lags by (\d+) ms", err)[1]))
        outputs.append(out)
    assert lags[1] <= 26 < lags[0]
    assert outputs[0] != outputs[1]
    refused = run("enhance", tmp_path, "--output", tmp_path / "out", "--low-delay")
    assert refused.status != 0 and "--stream" in refused.error_lines[-1]


def test_a_reader_that_goes_away_ends_a_stream_without_a_word(spawn, tiny):
    process = spawn(
        "enhance", "--stream", "--rate", 16000, "--model", tiny["identity"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.close()
    _, err = process.communicate(bytes(1_000_000), timeout=300)
    assert process.returncode == 0, err
    assert len(err.splitlines()) == 1
