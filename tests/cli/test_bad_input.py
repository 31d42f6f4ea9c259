"""What is wrong is said in one line, with status 1, and nothing is left half-written."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile


def _missing(path: Path, wave: np.ndarray) -> None:
    pass


def _empty(path: Path, wave: np.ndarray) -> None:
    path.write_bytes(b"")


def _no_samples(path: Path, wave: np.ndarray) -> None:
    soundfile.write(path, wave[:0], 16000)


def _truncated(path: Path, wave: np.ndarray) -> None:
    soundfile.write(path, wave, 16000)
    path.write_bytes(path.read_bytes()[:-2000])


def _text(path: Path, wave: np.ndarray) -> None:
    path.write_text("this is no sound\n")


def _nan(path: Path, wave: np.ndarray) -> None:
    broken = wave.copy()
    broken[100] = np.nan
    soundfile.write(path, broken, 16000, subtype="FLOAT")


def _infinity(path: Path, wave: np.ndarray) -> None:
    broken = wave.copy()
    broken[-1] = -np.inf
    soundfile.write(path, broken, 16000, subtype="FLOAT")


BAD_SOUND: list[Callable[[Path, np.ndarray], None]] = [
    _missing, _empty, _no_samples, _truncated, _text, _nan, _infinity,
]  # fmt: skip
RECORD = ".speechgen-enhance.jsonl"


def _files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


SPOILED = [
    pytest.param(verb, spoil, id=f"{verb}-{spoil.__name__[1:]}")
    for verb in ("enhance", "synthesize", "embed", "info")
    for spoil in BAD_SOUND
    if verb != "info" or spoil not in (_nan, _infinity)  # info reads the header only
]


@pytest.mark.parametrize(("verb", "spoil"), SPOILED)
def test_bad_sound_is_refused_in_one_line(refused, tiny, voice, tmp_path, verb, spoil):
    bad = tmp_path / "bad.wav"
    spoil(bad, voice(1.0))
    before = _files_in(tmp_path)
    arguments = {
        "enhance": ("enhance", bad, "--output", tmp_path / "out.wav", "--model", tiny["identity"]),
        "synthesize": (
            "synthesize", "--from", bad, "--speaker", "ann", "--output", tmp_path / "out.wav",
            "--model", tiny["wavenet"],
        ),
        "embed": (
            "embed", bad, "--output", tmp_path / "out.npz", "--model", tiny["speaker_encoder"],
        ),
        "info": ("info", bad),
    }[verb]  # fmt: skip
    line = refused(*arguments)
    assert "bad.wav" in line
    assert _files_in(tmp_path) == before


def test_a_folder_run_does_the_good_files_and_lists_the_bad_ones_last(run, tiny, voice, tmp_path):
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for spoil in BAD_SOUND[1:]:
        spoil(source / f"{spoil.__name__[1:]}.wav", voice(1.0))
    for name in ("a.wav", "z.wav", "deep/m.wav"):
        (source / name).parent.mkdir(exist_ok=True)
        soundfile.write(source / name, voice(1.0), 16000)
    outcome = run("enhance", source, "--output", output, "--model", tiny["identity"])
    assert outcome.status == 1
    wanted = {output / name for name in (RECORD, "a.wav", "z.wav", "deep/m.wav")}
    assert _files_in(output) == wanted
    assert len(outcome.error_lines) == len(BAD_SOUND) - 1
    for spoil in BAD_SOUND[1:]:
        named = [line for line in outcome.error_lines if f"{spoil.__name__[1:]}.wav" in line]
        assert len(named) == 1
        assert "error" in named[0]


def test_a_folder_without_sound(refused, tiny, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("nothing to hear")
    refused("enhance", tmp_path / "in", "--output", tmp_path / "out", "--model", tiny["identity"])
    refused("prepare", "tree", tmp_path / "in", "--output", tmp_path / "data")
    refused("info", tmp_path / "in")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "data" / "wav.scp").exists()


class _Exploit:
    def __reduce__(self):
        return (os.mkdir, ("exploited",))


def _with_pickle(model: Path) -> None:
    (model / "model.safetensors").write_bytes(pickle.dumps(_Exploit()))


def _with_pickle_beside(model: Path) -> None:
    (model / "weights.pt").write_bytes(pickle.dumps(_Exploit()))


def _with_foreign_class(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    (model / "config.yaml").write_text(text.replace("name: segan", "name: os:system"))


def _with_python_tag(model: Path) -> None:
    with (model / "config.yaml").open("a") as file:
        file.write("evil: !!python/object/apply:os.mkdir [exploited]\n")


def _with_interpolation(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    assert "2048" in text
    (model / "config.yaml").write_text(text.replace("2048", "${oc.env:HOME}"))


def _with_other_shapes(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    (model / "config.yaml").write_text(text.replace("- 4\n", "- 6\n").replace("[4,", "[6,"))
    assert (model / "config.yaml").read_text() != text


def _with_huge_shapes(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    huge = text.replace("- 4\n", "- 4000000000\n").replace("[4,", "[4000000000,")
    (model / "config.yaml").write_text(huge)
    assert huge != text


def _without_weights(model: Path) -> None:
    (model / "model.safetensors").unlink()


def _with_half_the_weights(model: Path) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def _with_list_for_configuration(model: Path) -> None:
    (model / "config.yaml").write_text("- 1\n- 2\n")


BAD_MODELS = [
    _with_pickle, _with_pickle_beside, _with_foreign_class, _with_python_tag, _with_interpolation,
    _with_other_shapes,
    _with_huge_shapes, _without_weights, _with_half_the_weights, _with_list_for_configuration,
]  # fmt: skip


@pytest.mark.parametrize("spoil", BAD_MODELS, ids=lambda spoil: spoil.__name__[1:])
def test_a_hostile_or_broken_model_directory(refused, tiny, speech, tmp_path, monkeypatch, spoil):
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "model"
    shutil.copytree(tiny["segan"], model)
    spoil(model)
    output = tmp_path / "out.wav"
    refused("enhance", speech / "ann/ann_0.wav", "--output", output, "--model", model)
    assert not output.exists()
    assert not (tmp_path / "exploited").exists()


def test_a_model_of_another_task_or_none_at_all(refused, tiny, speech, tmp_path):
    sound, output = speech / "ann/ann_0.wav", tmp_path / "out.wav"
    for model in (tiny["wavenet"], tiny["speaker_encoder"], tmp_path, tmp_path / "none", "sagen"):
        refused("enhance", sound, "--output", output, "--model", model)
    refused("synthesize", "--from", sound, "--output", output, "--model", tiny["segan"])
    refused("embed", sound, "--output", tmp_path / "v.npz", "--model", tiny["segan"])
    assert not _files_in(tmp_path)


def test_a_command_in_a_data_directory_is_refused_and_not_run(run, refused, tiny, speech, tmp_path):
    data, mark = tmp_path / "data", tmp_path / "executed"
    assert run("prepare", "tree", speech, "--output", data).status == 0
    lines = (data / "wav.scp").read_text().splitlines()
    name = lines[2].split()[0]
    lines[2] = f"{name} touch {mark}; cat {speech}/ann/ann_2.wav |"
    (data / "wav.scp").write_text("\n".join(lines) + "\n")
    line = refused("validate", data)
    assert "wav.scp:3" in line
    encoder = tiny["speaker_encoder"]
    refused("embed", "--data", data, "--output", tmp_path / "v.npz", "--model", encoder)
    refused("score", "speakers", "--data", data, "--model", encoder)
    refused("synthesize", "--data", data, "--output", tmp_path / "s", "--model", tiny["wavenet"])
    refused("info", data)
    assert not mark.exists()


def test_an_unknown_voice(refused, tiny, speech, tmp_path):
    line = refused(
        "synthesize", "--from", speech / "ann/ann_0.wav", "--speaker", "carol",
        "--output", tmp_path / "out.wav", "--model", tiny["wavenet"],
    )  # fmt: skip
    assert "carol" in line
    assert "ann" in line
    assert "bob" in line
    assert not _files_in(tmp_path)


@pytest.mark.parametrize("content", ["pickle", "text", "nan", "size"])
def test_a_bad_vector_as_voice(refused, tiny, speech, tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    voice = tmp_path / "voice.npy"
    if content == "pickle":
        np.save(voice, np.array([_Exploit()], dtype=object), allow_pickle=True)
    elif content == "text":
        voice.write_text("0.1 0.2")
    elif content == "nan":
        np.save(voice, np.full(8, np.nan, np.float32))
    else:
        np.save(voice, np.ones(5, np.float32))
    refused(
        "synthesize", "--from", speech / "ann/ann_0.wav", "--speaker", voice,
        "--output", tmp_path / "out.wav", "--model", tiny["wavenet"],
    )  # fmt: skip
    assert not (tmp_path / "out.wav").exists()
    assert not (tmp_path / "exploited").exists()


def test_an_output_that_cannot_be_written(refused, tiny, speech, tmp_path):
    sound = speech / "ann/ann_0.wav"
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.wav").mkdir()
    outputs = [tmp_path / "file" / "out.wav", "/proc/nowhere/out.wav"]
    if os.geteuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        outputs.append(locked / "out.wav")
    before = _files_in(tmp_path)
    for output in outputs:
        refused("enhance", sound, "--output", output, "--model", tiny["identity"])
        refused(
            "synthesize", "--from", sound, "--speaker", "ann", "--output", output,
            "--model", tiny["wavenet"],
        )  # fmt: skip
        vectors = Path(output).with_suffix(".npz")
        refused("embed", sound, "--output", vectors, "--model", tiny["speaker_encoder"])
    assert _files_in(tmp_path) == before


def test_nothing_is_replaced_without_leave(run, refused, tiny, speech, tmp_path):
    sound, output = speech / "ann/ann_0.wav", tmp_path / "out.wav"
    output.write_text("precious")
    line = refused("enhance", sound, "--output", output, "--model", tiny["identity"])
    assert "--overwrite" in line
    voice = ("--from", sound, "--speaker", "ann", "--model", tiny["wavenet"])
    assert "--overwrite" in refused("synthesize", *voice, "--output", output)
    assert output.read_text() == "precious"
    command = ("enhance", sound, "--output", output, "--model", tiny["identity"], "--overwrite")
    assert run(*command).status == 0
    assert soundfile.info(output).frames == soundfile.info(sound).frames


def test_the_input_is_never_the_output(refused, tiny, speech, tmp_path):
    sound = tmp_path / "sound.wav"
    shutil.copy(speech / "ann/ann_0.wav", sound)
    link = tmp_path / "link.wav"
    link.symlink_to(sound)
    content = sound.read_bytes()
    for output in (sound, link, tmp_path):
        refused(
            "enhance", sound, "--output", output, "--model", tiny["identity"], "--overwrite"
        )  # fmt: skip
    assert sound.read_bytes() == content


def test_options_of_enhance_that_would_do_harm_or_nothing(refused, tiny, speech, tmp_path):
    sound = tmp_path / "sound.wav"
    shutil.copy(speech / "ann/ann_0.wav", sound)
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "out.wav.png").write_text("precious")
    before = {path: path.read_bytes() for path in _files_in(tmp_path)}
    model, out = ("--model", tiny["identity"]), tmp_path / "out.wav"
    for options, words in (
        (("--report", sound), "sound file of this run"),
        (("--report", out), "sound file of this run"),
        (("--report", tmp_path / "notes.txt"), "is no report"),
        (("--report", tmp_path), "is a folder"),
        (("--report", sound / "r.jsonl"), "cannot be written"),
        (("--chart",), "--overwrite"),
        (("--stream",), "--stream"),
        (("--rate", 16000), "--stream"),
        (("--channels", 1), "--stream"),
        (("--format", "s16le"), "--stream"),
        (("--data", tmp_path), "one of the two"),
    ):
        assert words in refused("enhance", sound, "--output", out, *model, *options)
    for options in (("--jobs", 2), ("--chart",), ("--output", out)):
        assert "--stream" in refused("enhance", "--stream", *model, *options)
    assert {path: path.read_bytes() for path in _files_in(tmp_path)} == before


def _stream_cases(wav: bytes) -> list[tuple[bytes, tuple, str]]:
    raw = ("--rate", 16000)
    nan = np.full(9, np.nan, "<f4").tobytes()
    return [
        (b"", (), "stdin"),
        (b"", raw, "no samples"),
        (b"no sound at all", (), "stdin"),
        (wav[:-100], (), "100 bytes"),
        (wav[:3001], raw, "within a sample"),
        (nan, (*raw, "--format", "f32le"), "NaN"),
        (wav, (*raw, "--format", "mp3"), "s16le"),
        (wav, ("--channels", 2), "--rate"),
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_bad_stream_is_one_line(run, tiny, speech, monkeypatch, number):
    data, options, words = _stream_cases((speech / "ann/ann_0.wav").read_bytes())[number]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    outcome = run("enhance", "--stream", "--model", tiny["identity"], *options)
    assert outcome.status == 1
    told = [line for line in outcome.error_lines if "lags by" not in line]
    assert len(told) == 1
    assert "error" in told[0]
    assert words in told[0]


def test_two_inputs_with_one_target(refused, tiny, speech, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(speech / "ann/ann_0.wav", tmp_path / folder / "same.wav")
    inputs = (tmp_path / "one/same.wav", tmp_path / "two/same.wav")
    refused("enhance", *inputs, "--output", tmp_path / "out", "--model", tiny["identity"])
    inputs = (tmp_path / "one", tmp_path / "two")
    refused("enhance", *inputs, "--output", tmp_path / "out", "--model", tiny["identity"])
    assert not (tmp_path / "out").exists()


def test_wrong_usage_is_one_line_and_status_2(run):
    wrong = [
        ("enhence",),
        ("enhance", "in.wav"),
        ("enhance", "in.wav", "--output", "out.wav", "--wet", "1.5"),
        ("enhance", "in.wav", "--output", "out.wav", "--max-attenuation", "-1"),
        ("enhance", "in.wav", "--output", "out.wav", "--jobs", "0"),
        ("enhance", "--stream", "--rate", "0"),
        ("enhance", "in.wav", "--output", "out.wav", "--no-such-option"),
        ("synthesize", "--output", "out.wav", "--seed", "many"),
    ]
    for arguments in wrong:
        outcome = run(*arguments)
        assert outcome.status == 2
        assert len(outcome.error_lines) == 1
        assert "--help" in outcome.err


def test_a_bug_of_ours_keeps_its_traceback(run, monkeypatch, capfd):
    from speechgen.cli import main

    monkeypatch.setattr("speechgen.audio.find_audio", lambda folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["info", "."])


@pytest.mark.parametrize("overrides", [
    (), ("experiment=nothing",), ("experiment=segan", "output=x", "trainer.max_stepz=3"),
    ("experiment=segan", "output=x", "data.train=nowhere", "data.valid=nowhere"),
    ("experiment=segan", "what is this"),
], ids=["none", "unknown", "key", "data", "form"])  # fmt: skip
def test_train_refuses_what_it_cannot_compose(run, overrides, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("train", *overrides)
    assert outcome.status in (1, 2)
    assert len(outcome.error_lines) == 1
    assert not list(tmp_path.rglob("*.safetensors"))


def test_json_is_written_whole_or_not_at_all(run, speech, tmp_path):
    target = tmp_path / "scores.json"
    target.write_text(json.dumps({"old": 1}))
    outcome = run(
        "score", "enhancement", "--clean", speech, "--estimate", tmp_path / "none", "--json", target
    )
    assert outcome.status == 1
    assert json.loads(target.read_text()) == {"old": 1}
