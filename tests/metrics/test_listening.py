"""Measures that follow ears: the arithmetic, and the models on real speech where they are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.errors import ConfigError
from speechgen.metrics import cosine
from speechgen.metrics.listening import (
    MEASURES,
    check_installed,
    choose_measures,
    word_errors,
    words_of,
)

RATE = 16000


@pytest.fixture
def spoken(corpora: Path) -> dict[str, np.ndarray]:
    names = ("bdl/arctic_a0011", "bdl/arctic_a0023", "slt/arctic_a0011")
    return {name: read_mono(corpora / "arctic" / f"{name}.flac", RATE) for name in names}


def test_words_are_the_same_however_they_are_written() -> None:
    plain = words_of("MISTER HALE SAID IT'S A WELL KNOWN CAFE")
    assert plain == words_of("Mr. Hale said: “It’s a well-known café.”")
    assert words_of("Philip Steels, etc.") == ["philip", "steels", "et", "cetera"]
    assert words_of(" -- ") == []


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b c", "a b b c", 1),
        ("a b c d", "b c d a", 2),
        ("a b", "", 2),
        ("", "a b c", 3),
    ],
)
def test_errors_are_the_fewest_edits(reference: str, hypothesis: str, errors: int) -> None:
    assert word_errors(reference.split(), hypothesis.split()) == errors
    assert word_errors(hypothesis.split(), reference.split()) == errors


def test_what_is_missing_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="dnsmos, wer, similarity"):
        check_installed(["mos"])
    monkeypatch.setitem(MEASURES, "wer", ("no_such_package",))
    with pytest.raises(ConfigError, match=r"no_such_package.*pip install 'speechgen\[eval\]'"):
        check_installed(["wer"])
    check_installed([])


def test_measures_are_chosen_by_name_all_or_those_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in MEASURES:
        monkeypatch.setitem(MEASURES, name, ("numpy",))
    assert choose_measures([], texts=True) == []
    assert choose_measures(["wer"], texts=False) == ["wer"]
    assert choose_measures(["all"], texts=True) == list(MEASURES)
    few = ("dnsmos", "wer")
    assert choose_measures(["all"], among=few, texts=False) == ["dnsmos", "wer"]
    assert choose_measures(["installed"], among=few, texts=False) == ["dnsmos"]
    monkeypatch.setitem(MEASURES, "dnsmos", ("no_such_package",))
    assert choose_measures(["installed"], among=few, texts=True) == ["wer"]
    with pytest.raises(ConfigError, match="'similarity': needs one of dnsmos, wer"):
        choose_measures(["similarity"], among=few, texts=True)
    with pytest.raises(ConfigError, match="no_such_package"):
        choose_measures(["all"], among=few, texts=True)


def test_noise_costs_naturalness(spoken: dict[str, np.ndarray]) -> None:
    pytest.importorskip("speechmos", reason="the extra eval is not installed")
    pytest.importorskip("onnxruntime", reason="the extra eval is not installed")
    from speechgen.metrics.listening.naturalness import dnsmos_scores

    wave = spoken["slt/arctic_a0011"]
    noisy = wave + np.random.default_rng(0).normal(size=len(wave)) * 0.03
    clean, spoilt = dnsmos_scores(wave), dnsmos_scores(noisy)
    assert list(clean) == ["SIG", "BAK", "OVRL", "P.808"]
    assert all(3.0 < value < 5.0 for value in clean.values())
    assert all(spoilt[name] < clean[name] - 0.3 for name in ("BAK", "OVRL", "P.808"))
    assert spoilt["SIG"] < clean["SIG"]
    assert dnsmos_scores(wave) == clean  # whatever was rated before


def test_words_of_a_recording_are_heard_whatever_was_heard_before(
    spoken: dict[str, np.ndarray],
) -> None:
    pytest.importorskip("pocketsphinx", reason="the extra eval is not installed")
    from speechgen.metrics.listening.recognition import recognise

    wanted = words_of("If I ever needed a fighter in my life I need one now.")
    first = recognise(spoken["bdl/arctic_a0011"])
    assert word_errors(wanted, words_of(first)) <= 0.5 * len(wanted)
    recognise(0.05 * spoken["slt/arctic_a0011"])
    assert recognise(spoken["bdl/arctic_a0011"]) == first


def test_another_encoder_tells_voices_apart(spoken: dict[str, np.ndarray]) -> None:
    pytest.importorskip("resemblyzer", reason="the extra eval is not installed")
    from speechgen.metrics.listening.voice import ResemblyzerEncoder

    encoder = ResemblyzerEncoder()
    bdl, same, slt = (encoder(torch.from_numpy(wave)[None])[0].numpy() for wave in spoken.values())
    assert np.linalg.norm(bdl) == pytest.approx(1.0, abs=1e-5)
    assert cosine(bdl, same) > cosine(bdl, slt) + 0.1
