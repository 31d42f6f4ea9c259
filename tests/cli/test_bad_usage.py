"""Wrong usage is one line; a bug of ours keeps its traceback."""

from __future__ import annotations

import sys

import pytest


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


def test_a_package_that_is_not_there_is_named_in_one_line(run, monkeypatch):
    """As where only what enhances is installed (tools/Containerfile)."""
    monkeypatch.setitem(sys.modules, "hydra", None)
    monkeypatch.delitem(sys.modules, "speechgen.training.composition", raising=False)
    outcome = run("train", "experiment=segan", "output=x")
    assert outcome.status == 1
    (line,) = outcome.error_lines
    assert "package hydra" in line and "pip install" in line


def test_a_module_of_ours_that_is_not_there_is_a_bug(run, monkeypatch):
    from speechgen.cli import main

    monkeypatch.setitem(sys.modules, "speechgen.audio", None)
    with pytest.raises(ModuleNotFoundError):
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


def test_options_of_the_other_form_are_refused(refused, tiny, speech, tmp_path):
    synthesize = ("synthesize", "--model", tiny["wavenet"], "--output", tmp_path / "out")
    assert "--speaker" in refused(*synthesize, "--data", tmp_path, "--speaker", "ann")
    batch_only = [
        ("--vectors", tmp_path / "v.npz"),
        ("--speakers", "ann"),
        ("--limit", "1"),
        ("--seconds", "1"),
        ("--voices", "other"),
        ("--untrained",),
    ]
    for option in batch_only:
        line = refused(*synthesize, "--from", speech / "ann/ann_0.wav", *option)
        assert option[0] in line and "--data" in line
