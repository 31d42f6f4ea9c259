"""``score``: the numbers, their JSON, and what becomes of files that cannot be measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

MEASURES = {"PESQ", "STOI", "SI-SDR", "SSNR", "CSIG", "CBAK", "COVL"}


@pytest.fixture
def pairs(speech, tmp_path):
    """Clean and noisy folders of the same names."""
    random = np.random.default_rng(0)
    for path in sorted(speech.rglob("*.wav")):
        wave, rate = soundfile.read(path)
        for side, level in (("clean", 0.0), ("noisy", 0.02)):
            (tmp_path / side).mkdir(exist_ok=True)
            noisy = wave + level * random.standard_normal(len(wave))
            soundfile.write(tmp_path / side / path.name, noisy, rate)
    return tmp_path / "clean", tmp_path / "noisy"


def test_enhancement_writes_means_files_and_failures(run, pairs, tmp_path):
    clean, noisy = pairs
    target = tmp_path / "scores.json"
    command = ("score", "enhancement", "--clean", clean, "--estimate", noisy, "--jobs", 1)
    outcome = run(*command, "--json", target)
    assert outcome.status == 0, outcome.err
    scores = json.loads(target.read_text())
    assert {"mean", "files", "failed"} <= set(scores)
    assert set(scores["mean"]) == MEASURES
    assert set(scores["files"]) == {path.stem for path in clean.iterdir()}
    assert scores["failed"] == {}
    for measure in MEASURES:
        mean = np.mean([values[measure] for values in scores["files"].values()])
        assert scores["mean"][measure] == pytest.approx(mean)
        assert measure in outcome.out
    perfect = run("score", "enhancement", "--clean", clean, "--estimate", clean, "--jobs", 1)
    assert perfect.status == 0


def test_what_cannot_be_measured_is_listed_and_counted_not_averaged(run, pairs, tmp_path):
    clean, noisy = pairs
    target = tmp_path / "scores.json"
    names = sorted(path.name for path in clean.iterdir())
    soundfile.write(noisy / names[0], np.zeros(25600), 16000)
    soundfile.write(noisy / names[1], np.ones(100) * 0.1, 16000)
    (noisy / names[2]).write_text("no sound")
    (noisy / names[3]).unlink()
    command = ("score", "enhancement", "--clean", clean, "--estimate", noisy, "--jobs", 1)
    outcome = run(*command, "--json", target)
    assert outcome.status == 1
    scores = json.loads(target.read_text())
    assert set(scores["failed"]) == {name.removesuffix(".wav") for name in names[:4]}
    assert len(scores["files"]) == 2
    mean = np.mean([values["PESQ"] for values in scores["files"].values()])
    assert scores["mean"]["PESQ"] == pytest.approx(mean)
    assert "2 scored, 4 failed" in outcome.out
    assert len(outcome.error_lines) == 4
    for name in scores["failed"]:
        assert any(name in line for line in outcome.error_lines)


def test_speakers_and_likelihood_and_synthesis(run, tiny, speech, tmp_path):
    data, made = tmp_path / "data", tmp_path / "made"
    run("prepare", "tree", speech, "--output", data)
    encoder, wavenet = tiny["speaker_encoder"], tiny["wavenet"]
    speakers = tmp_path / "speakers.json"
    command = ("score", "speakers", "--data", data, "--model", encoder, "--json", speakers)
    assert run(*command, "--map", tmp_path / "map.png").status == 0
    mean = json.loads(speakers.read_text())["mean"]
    for name in ("EER", "minDCF", "EER of mel statistics", "minDCF of mel statistics"):
        assert 0 <= mean[name] <= 1
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")

    bits = tmp_path / "bits.json"
    command = ("score", "likelihood", "--data", data, "--model", wavenet, "--json", bits)
    outcome = run(*command, "--limit", 4)
    assert outcome.status == 0, outcome.err
    found = json.loads(bits.read_text())
    assert len(found["files"]) == 4
    assert set(found["differences"]) == {"other speaker", "other content"}
    assert "95 % interval" in outcome.out
    assert "bits_16bit" in outcome.out
    assert found["mean"]["bits_16bit"] > found["mean"]["right"]  # classes are coarser than 16 bits

    command = ("score", "likelihood", "--data", data, "--model", wavenet, "--model", wavenet)
    outcome = run(*command, "--limit", 2, "--json", bits)
    assert outcome.status == 0, outcome.err
    assert "+0.000 (+0.000, +0.000)" in outcome.out
    both = json.loads(bits.read_text())
    assert len(both["results"]) == len(both["comparison"]) == 2

    synthesize = ("synthesize", "--data", data, "--model", wavenet, "--encoder", encoder)
    assert run(*synthesize, "--limit", 1, "--output", made).status == 0
    common = ("score", "synthesis", "--reference", data)
    target = tmp_path / "mcd.json"
    outcome = run(*common, "--estimate", made, "--encoder", encoder, "--json", target)
    assert outcome.status == 0, outcome.err
    assert json.loads(target.read_text())["mean"]["MCD"] > 0
    outcome = run(*common, "--mean-of", data)
    assert outcome.status == 0, outcome.err
    assert "MCD" in outcome.out


def test_the_linear_filter_writes_a_file_for_every_pair(run, pairs, tmp_path):
    assert run("prepare", "paired", pairs[0].parent, "--output", tmp_path / "pairs").status == 0
    out = tmp_path / "filtered"
    command = ("score", "filter", "--train", tmp_path / "pairs", "--noisy", tmp_path / "pairs")
    outcome = run(*command, "--output", out, "--taps", 65)
    assert outcome.status == 0, outcome.err
    assert {path.name for path in out.iterdir()} == {path.name for path in pairs[0].iterdir()}
    command = ("score", "enhancement", "--clean", pairs[0], "--estimate", out, "--jobs", 1)
    assert run(*command).status == 0


def test_the_report_holds_what_was_scored(run, pairs, tmp_path):
    exp = tmp_path / "exp"
    command = ("score", "enhancement", "--clean", pairs[0], "--estimate", pairs[1], "--jobs", 1)
    assert run(*command, "--system", "noisy", "--json", exp / "noisy.json").status == 0
    outcome = run("score", "report", "--exp", exp)
    assert outcome.status == 0, outcome.err
    report = (exp / "RESULTS.md").read_text()
    for measure in MEASURES:
        assert measure in report


def test_systems_are_compared_in_one_table_with_notes(run, pairs, tmp_path):
    clean, noisy = pairs
    late, rate = tmp_path / "late", 16000
    late.mkdir()
    for path in sorted(noisy.iterdir()):
        wave, rate = soundfile.read(path)
        soundfile.write(late / path.name, np.concatenate([np.zeros(300), wave[:-300]]), rate)
    table, target = tmp_path / "table.md", tmp_path / "scores.json"
    command = ("score", "enhancement", "--clean", clean, "--noisy", noisy, "--estimate", late)
    command += ("--jobs", 1, "--json", target, "--markdown", table)
    outcome = run(*command)
    assert outcome.status == 0, outcome.err
    assert "note: late: 6 of 6 estimates: 300 samples late (18.8 ms)" in outcome.out
    text = table.read_text()
    assert "above noisy, paired" in text and "300 samples late" in text
    written = json.loads(target.read_text())
    assert [result["context"]["system"] for result in written["results"]] == ["noisy", "late"]
    above = written["comparison"]["systems"]["late"]["above"]["SI-SDR"]
    noisy_scores, late_scores = (result["files"] for result in written["results"])
    differences = [late_scores[n]["SI-SDR"] - noisy_scores[n]["SI-SDR"] for n in noisy_scores]
    assert above["mean"] == pytest.approx(np.mean(differences)) and above["high"] < -5
    assert run("score", "report", "--exp", tmp_path).status == 0
    assert "300 samples late" in (tmp_path / "RESULTS.md").read_text()


def test_what_was_enhanced_is_heard_too(run, refused, pairs, tmp_path):
    clean, noisy = pairs
    command = ("score", "enhancement", "--clean", clean, "--estimate", noisy, "--jobs", 1)
    assert "--text is for --measure wer" in refused(*command, "--text", tmp_path / "text")
    assert "needs one of dnsmos, wer" in refused(*command, "--measure", "similarity")
    for package in ("speechmos", "onnxruntime"):
        pytest.importorskip(package, reason="the extra eval is not installed")
    for path in [*sorted(clean.iterdir())[2:], *sorted(noisy.iterdir())[2:]]:
        path.unlink()
    target, table = tmp_path / "scores.json", tmp_path / "table.md"
    outcome = run(*command, "--measure", "dnsmos", "--json", target, "--markdown", table)
    assert outcome.status == 0, outcome.err
    results = json.loads(target.read_text())["results"]
    assert [result["context"]["system"] for result in results] == ["noisy", "clean speech"]
    assert set(results[0]["mean"]) == MEASURES | {"SIG", "BAK", "OVRL", "P.808"}
    assert set(results[1]["mean"]) == {"SIG", "BAK", "OVRL", "P.808"}
    assert "| SIG (1..5) ↑ |" in table.read_text() and "clean speech" in outcome.out
    assert run("score", "report", "--exp", tmp_path).status == 0
    assert "OVRL (1..5) ↑" in (tmp_path / "RESULTS.md").read_text()


def test_wrong_words_are_refused_before_the_work(refused, pairs, tmp_path):
    clean, noisy = pairs
    command = ("score", "enhancement", "--clean", clean, "--estimate", noisy, "--jobs", 1)
    assert "once for each" in refused(*command, "--system", "a", "--system", "b")
    assert "given twice" in refused(*command, "--estimate", noisy)
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(*command, "--json", tmp_path / "file" / "scores.json")
    other = tmp_path / "other"
    other.mkdir()
    soundfile.write(other / "x_y.wav", np.zeros(16000), 16000)
    line = refused("score", "enhancement", "--clean", clean, "--estimate", other)
    assert "no id in common" in line and "x_y" in line and "ann_0" in line
