"""``say`` and ``voices``: to a file, a pipe and a folder; what is refused, in one line."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

pytest.importorskip("gruut", reason="text: gruut is not installed")


@pytest.fixture
def say(run, text_model):
    def call(*arguments):
        return run("say", *arguments, "--model", text_model, "--device", "cpu")

    return call


def test_a_text_to_a_file_with_times(say, tmp_path):
    out, times = tmp_path / "out.wav", tmp_path / "times.json"
    outcome = say("Hello there. You.", "--output", out, "--timings", times, "--voice", "bdl")
    assert outcome.status == 0 and outcome.out.strip() == str(out) and not outcome.err
    wave, rate = soundfile.read(out)
    told = json.loads(times.read_text())
    assert rate == told["sample_rate"] == 16000
    words = [word for sentence in told["sentences"] for word in sentence["words"]]
    assert [word["text"] for word in words] == ["Hello", "there", "You"]
    assert told["sentences"][1]["end"] + 0.2 == pytest.approx(len(wave) / rate, abs=1e-3)
    assert all(word["start"] < word["end"] for word in words)


def test_what_cannot_be_said_is_named(say, tmp_path):
    outcome = say("It is 😀 fine", "--output", tmp_path / "out.wav")
    assert outcome.status == 0
    assert "warning: left out what cannot be said: 😀 (GRINNING FACE)" in outcome.err
    assert "It is" in outcome.err


def test_a_pipe_gets_the_same_samples(say, tmp_path, text_model):
    say("One. Two.", "--output", tmp_path / "out.wav", "--seed", 3)
    wave, _ = soundfile.read(tmp_path / "out.wav", dtype="int16")
    command = [sys.executable, "-m", "speechgen", "say", "--output", "-", "--raw", "--seed", "3",
               "--device", "cpu", "--model", str(text_model)]  # fmt: skip
    piped = subprocess.run(command, input=b"One. Two.", capture_output=True, check=True).stdout
    assert np.array_equal(np.frombuffer(piped, "<i2"), wave)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("Hello.".encode("utf-16"), "is UTF-16 text"),
        ("Hello.".encode("utf-16-le"), "is UTF-16 or UTF-32 text"),
        ("Un café là.".encode("latin-1"), "is no UTF-8 text"),
    ],
)
def test_other_encodings_are_refused_in_one_line(say, tmp_path, text_model, data, what):
    path, out = tmp_path / "text.txt", tmp_path / "out.wav"
    path.write_bytes(data)
    command = ["say", "--output", str(out), "--device", "cpu", "--model", str(text_model)]
    for outcome in (
        say("--text-file", path, "--output", out),
        say("--text-file", path, "--output", tmp_path / "folder"),
    ):
        assert outcome.status == 1 and len(outcome.error_lines) == 1
        assert f"{path}: {what}" in outcome.err and "save it as UTF-8" in outcome.err
    piped = subprocess.run(
        [sys.executable, "-m", "speechgen", *command], input=data, capture_output=True, check=False
    )
    assert piped.returncode == 1 and f"stdin: {what}".encode() in piped.stderr
    assert piped.stderr.count(b"\n") == 1 and not out.exists()


def test_a_pipe_without_lines_is_said_while_it_comes(text_model):
    command = [sys.executable, "-m", "speechgen", "say", "--output", "-", "--raw", "--device",
               "cpu", "--model", str(text_model)]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"Hello there my friend. Hello ")
        process.stdin.flush()
        assert len(process.stdout.read(2000)) == 2000  # while the pipe is open
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


def test_a_book_to_a_folder_goes_on_after_a_stop(say, tmp_path):
    book, folder = tmp_path / "book.txt", tmp_path / "book"
    book.write_text("One. Two.\n\nThree is\nhere.\n\n* * *\n\nFour.\n", encoding="utf-8")
    command = ("--text-file", book, "--output", folder)
    outcome = say(*command)
    assert "000003: left out; the text holds nothing to say" in outcome.out
    names = ["000001.wav", "000002.wav", "000004.wav"]
    assert sorted(path.name for path in folder.glob("*.wav")) == names
    before = {name: (folder / name).read_bytes() for name in names}
    (folder / "000002.wav").unlink()
    outcome = say(*command)
    assert next(line.split("/")[-1] for line in outcome.out.splitlines()) == "000002.wav"
    assert "000001" not in outcome.out and "000004" not in outcome.out
    assert {name: (folder / name).read_bytes() for name in names} == before
    lines = [json.loads(line) for line in (folder / "speech.jsonl").read_text().splitlines()]
    assert [s["text"] for s in lines[1]["sentences"]] == ["Three is here"]
    outcome = say(*command, "--rate", "1.3")
    assert outcome.status == 1 and "was made of something else" in outcome.err
    assert say(*command, "--rate", "1.3", "--overwrite").status == 0
    assert (folder / "000001.wav").read_bytes() != before["000001.wav"]


def test_a_batch_of_json_lines(say, tmp_path):
    batch, folder = tmp_path / "b.jsonl", tmp_path / "out"
    lines = [{"text": "One", "id": "a"}, {"text": "One", "voice": "bdl", "rate": 0.5}]
    batch.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert say("--batch", batch, "--output", folder).status == 0
    first, second = (soundfile.info(folder / name).frames for name in ("a.wav", "000002.wav"))
    assert second > 1.3 * first


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "b.jsonl:1"),
        ('{"id": "a"}', "needs an object with a text"),
        ('{"text": "a", "speed": 2}', "'speed' is none of"),
        ('{"text": "a", "rate": 9}', "a rate must be in"),
        ('{"text": "a", "rate": "fast"}', "not a number"),
        ('{"text": "a", "id": "../a"}', "no name of a file"),
        ('{"text": "a", "id": true}', "no name of a file"),
        ('{"text": "a", "ssml": "true"}', 'b.jsonl:1: ssml is "true", which is not true or false'),
        ('{"text": "a", "seed": 1.7}', "b.jsonl:1: seed is 1.7, which is not a whole number"),
        ('{"text": "a", "volume": "6"}', "which is not a number of decibels"),
        ('{"text": "a", "pitch": true}', "b.jsonl:1: pitch is true"),
        ('{"text": "a", "voice": ["slt"]}', "b.jsonl:1: voice is"),
        ('\n{"text": "a", "voice": "nobody"}', "b.jsonl:2: unknown voice 'nobody'"),
        ('{"text": "a", "id": "a"}\n{"text": "b", "id": "a"}', "a second time"),
        ('{"text": "<speak><audio/></speak>", "ssml": true}', "jsonl:1: SSML, line 1: <audio>"),
    ],
)
def test_a_wrong_batch_is_refused(say, tmp_path, line, what):
    batch = tmp_path / "b.jsonl"
    batch.write_text(line, encoding="utf-8")
    outcome = say("--batch", batch, "--output", tmp_path / "out")
    assert outcome.status == 1 and what in outcome.err and len(outcome.error_lines) == 1


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("?!",), "nothing to say"),
        (("a", "--rate", "3"), "a rate must be in"),
        (("a", "--pitch", "high"), "--pitch high"),
        (("a", "--volume", "loud"), "--volume loud"),
        (("a", "--voice", "nobody"), "unknown voice 'nobody'"),
        (("a", "--voice", "nobody"), "lists: slt, bdl, kathleen, lj, p239 and"),
        (("a", "--voice", "bob.wav"), "bob.wav: no such file"),
        (("a", "--voice", "slt,./bob"), "./bob: no such file"),
        (("a", "--encoder", "nowhere"), "nowhere: is neither a model directory"),
        (("a", "--timings", "-"), "-: is no name for times"),
        (("a", "--timings", "t.wav"), "t.wav: is no name for times"),
        (("a", "--sentence-silence", "-1"), "a silence lasts"),
        (("a", "--lexicon", "/nowhere"), "cannot be read"),
        (("[[Q]]",), "'Q' is no phone"),
        (("plain", "--ssml"), "well-formed XML"),
        (("--text-file", "/nowhere"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_written(say, tmp_path, arguments, what):
    out = tmp_path / "out.wav"
    outcome = say(*arguments, "--output", out)
    assert outcome.status == 1 and what in outcome.err and len(outcome.error_lines) == 1
    assert not out.exists() and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("a",),
        ("a", "--text-file", "b", "--output", "o.wav"),
        ("a", "--output", "o.wav", "--raw"),
        ("a", "--output", "o.wav", "--by", "word"),
        ("a", "--output", "o", "--timings", "t.json"),
        ("a", "--output", ""),
        ("a", "--output", "folder/.wav"),
    ],
)
def test_options_that_do_not_go_together(run, arguments):
    assert run("say", *arguments).status == 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--text-file", "/nowhere", "--output", "o.wav"), "/nowhere: cannot be read"),
        (("--batch", "/nowhere", "--output", "o"), "/nowhere: cannot be read"),
        (("a", "--output", "o.txt"), ".txt is not a known sound format"),
    ],
)
def test_what_needs_no_model_is_checked_before_the_models(run, tmp_path, arguments, what):
    outcome = run("say", *arguments, "--model", tmp_path / "none")
    assert outcome.status == 1 and what in outcome.err and len(outcome.error_lines) == 1


@pytest.mark.parametrize(
    ("closed", "status", "what"),
    [
        ("say --output {}/o.wav <&-", 1, "error: stdin is closed"),
        ("say Hi --output - >&-", 1, "error: --output - writes sound to stdout, which is closed"),
        ("say Hi --output {}/o.wav >&-", 0, ""),
    ],
)
def test_streams_that_are_closed(tmp_path, text_model, closed, status, what):
    command = f"{sys.executable} -m speechgen {closed} --model {text_model} --device cpu"
    done = subprocess.run(command.format(tmp_path), shell=True, stderr=subprocess.PIPE, text=True)
    assert done.returncode == status and what in done.stderr
    assert len(done.stderr.splitlines()) == bool(what)


def test_a_reader_that_goes_leaves_the_times_of_what_was_said(spawn, tmp_path, text_model):
    times = tmp_path / "times.json"
    with spawn("say", "One. Two. Three. " * 200, "--output", "-", "--raw", "--timings", times,
               "--model", text_model, "--device", "cpu", stdout=subprocess.PIPE,
               stderr=subprocess.PIPE) as process:  # fmt: skip
        process.stdout.read(120_000)
        process.stdout.close()
        assert (process.wait(120), process.stderr.read()) == (0, b"")
    told = json.loads(times.read_text())["sentences"]
    assert 0 < len(told) < 600 and told[0]["text"] == "One"


def test_voices_are_listed_and_heard(run, tmp_path, text_model):
    outcome = run("voices")
    assert outcome.status == 0
    names = [line.split()[0] for line in outcome.out.splitlines()]
    assert names[:2] == ["bdl", "kathleen"] and "slt" in names and len(set(names)) == len(names)
    folder = tmp_path / "voices"
    command = ("voices", "slt", "bdl", "--output", folder, "--text", "Hi", "--model", text_model)
    assert run(*command).status == 0
    assert {path.name for path in folder.iterdir()} == {"slt.wav", "bdl.wav"}
    outcome = run("voices", "nobody")
    assert outcome.status == 1 and "'nobody'" in outcome.err


@pytest.fixture
def spoken(tmp_path, voice, write):
    """A data directory: ann says two things, one of them in capitals, bob one and a silent one."""
    from speechgen.data import write_data_directory

    wavs = {
        name: write(tmp_path / "sounds" / f"{name}.wav", voice(seconds=2.0, seed=number))
        for number, name in enumerate(("ann_1", "ann_2", "bob_1", "bob_2"))
    }
    texts = {"ann_1": "Hello there.", "ann_2": "GO ON", "bob_1": "You too."}
    speakers = {name: name[:3] for name in wavs}
    return write_data_directory(tmp_path / "data", wavs, speakers, texts=texts).path


def _encoder_is_read(*words):
    """Whether the command line, in a process of its own, comes to need the speaker encoder."""
    program = (
        "import atexit, sys\n"
        "from speechgen.cli import main\n"
        "atexit.register(lambda: print('speechgen.models.speaker.ecapa' in sys.modules))\n"
        "main()"
    )
    command = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return {"True": True, "False": False}[done.stdout.splitlines()[-1]]


def test_the_texts_of_a_data_directory_are_said_and_scored(say, run, spoken, text_model, tmp_path):
    folder, scores = tmp_path / "said", tmp_path / "scores.json"
    command = ("--data", spoken, "--voices", "own,other", "--output", folder)
    outcome = say(*command)
    assert outcome.status == 0, outcome.err
    pairs = {f"{name}__as__{who}" for name in ("ann_1", "ann_2", "bob_1") for who in ("ann", "bob")}
    assert {path.stem for path in folder.glob("*.wav")} == pairs
    manifest = json.loads((folder / "synthesis.json").read_text())
    assert manifest["source"] == "text" and manifest["utterances"] == 6
    seconds = {f"{one}.wav": soundfile.info(folder / f"{one}.wav").duration for one in pairs}
    assert {one["file"]: one["seconds"] for one in manifest["files"]} == pytest.approx(
        seconds, abs=2e-3
    )
    assert manifest["real_time_factor"] == pytest.approx(
        manifest["synthesis_seconds"] / sum(seconds.values()), rel=1e-2
    )
    lines = [json.loads(line) for line in (folder / "speech.jsonl").read_text().splitlines()]
    words = {line["file"]: [w["text"] for w in line["sentences"][0]["words"]] for line in lines}
    assert words["ann_2__as__bob.wav"] == ["go", "on"]  # no letters that are spelled
    again = say(*command)
    assert again.status == 0 and not again.out and "all 6 files are finished" in again.err
    assert json.loads((folder / "synthesis.json").read_text()) == manifest
    assert not _encoder_is_read("say", *command, "--model", text_model, "--device", "cpu")

    outcome = run("score", "synthesis", "--reference", spoken, "--estimate", folder,
                  "--json", scores)  # fmt: skip
    assert outcome.status == 0, outcome.err
    result = json.loads(scores.read_text())
    assert set(result["files"]) == pairs and not result["failed"]
    assert all(list(one) == ["speaker similarity"] for one in result["files"].values())
    assert "said from texts" in result["context"]["estimator"]
    assert result["context"]["timing"]["real_time_factor"] > 0


def test_others_may_say_the_texts_and_vectors_stand_for_recordings(
    say, run, spoken, text_model, tmp_path
):
    vectors, folder = tmp_path / "v.npz", tmp_path / "said"
    assert run("embed", "--data", spoken, "--output", vectors).status == 0
    command = ("--data", spoken, "--limit", 1, "--vectors", vectors)
    assert say(*command, "--voice", "bob,slt", "--output", folder).status == 0
    assert {path.stem for path in folder.glob("*.wav")} == {"ann_1__as__bob", "ann_1__as__slt"}
    heard = tmp_path / "heard"
    more = ("--voice", "bob", "--output", heard)
    assert _encoder_is_read("say", *command[:4], *more, "--model", text_model)
    name = "ann_1__as__bob.wav"
    assert (heard / name).read_bytes() != (folder / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (("--voice", "nobody"), 1, "has no speaker 'nobody'"),
        (("--voices", "mine"), 1, "unknown voice 'mine'"),
        (("--voices", "own", "--voice", "bob"), 2, "--voice"),
        (("--ssml",), 2, "--ssml"),
    ],
)
def test_a_data_directory_said_wrongly(say, spoken, tmp_path, arguments, status, what):
    outcome = say("--data", spoken, *arguments, "--output", tmp_path / "said")
    assert outcome.status == status and what in outcome.err
    assert not list((tmp_path / "said").glob("*"))


def test_a_data_directory_without_texts_is_refused(say, run, spoken, tmp_path):
    (spoken / "text").unlink()
    outcome = say("--data", spoken, "--output", tmp_path / "said")
    assert outcome.status == 1 and "has no file text" in outcome.err
    assert run("say", "Hello", "--limit", "2", "--output", tmp_path / "o.wav").status == 2
