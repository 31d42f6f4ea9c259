"""Several voices as one: how they are written, and what lies between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.data import SpeakerVectors, save_vectors
from speechgen.errors import ConfigError
from speechgen.synthesis.mixtures import mix, mix_heights, parts_of

NAMES = ("anna", "ben", "o:2", "x,y")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("anna", {"anna": 1.0}),
        ("anna,ben", {"anna": 0.5, "ben": 0.5}),
        ("anna:0.7, ben:0.3", {"anna": 0.7, "ben": 0.3}),
        ("anna:3,ben", {"anna": 0.75, "ben": 0.25}),
        ("o:2", {"o:2": 1.0}),
        ("o:2:3,ben:1", {"o:2": 0.75, "ben": 0.25}),
        ("x,y", {"x,y": 1.0}),
        ("v.npz:anna:3,v.npz:ben", {"v.npz:anna": 0.75, "v.npz:ben": 0.25}),
        (["anna:0.5", "ben:1.5"], {"anna": 0.25, "ben": 0.75}),
        (["anna,ben", "c.wav"], {"anna": 1 / 3, "ben": 1 / 3, "c.wav": 1 / 3}),
        ({"anna": 1, "ben": 3}, {"anna": 0.25, "ben": 0.75}),
        ([Path("a.wav"), "b.wav"], {Path("a.wav"): 0.5, "b.wav": 0.5}),
        ("anna:", {"anna:": 1.0}),
        ("anna:1e308,ben:1e308", {"anna": 0.5, "ben": 0.5}),
        ("anna:1e308,ben:1e-308", {"anna": 1.0, "ben": 0.0}),
        ("C:voice.wav", {"C:voice.wav": 1.0}),
    ],
)
def test_what_is_written_is_voices_and_weights(written: object, expected: dict) -> None:
    assert dict(parts_of(written, NAMES)) == pytest.approx(expected)


def test_a_name_in_a_file_may_be_a_number_and_a_file_may_have_a_comma(tmp_path: Path) -> None:
    vectors = SpeakerVectors(("u", "w"), ("19", "26"), np.eye(2, dtype=np.float32))
    table, odd = tmp_path / "v.npz", tmp_path / "a,b:0.5.wav"
    save_vectors(table, vectors)
    odd.touch()
    assert parts_of(f"{table}:19") == [(f"{table}:19", 1.0)]
    assert parts_of(f"{table}:19:3,{table}:26") == [(f"{table}:19", 0.75), (f"{table}:26", 0.25)]
    assert parts_of(f"{table}:3,ben") == [(str(table), 0.75), ("ben", 0.25)]
    assert parts_of(str(odd)) == [(str(odd), 1.0)]


def test_a_vector_is_one_voice() -> None:
    vector = np.ones(4)
    for voice in (vector, [1.0, 2.0], (1.0, 2.0)):
        ((found, weight),) = parts_of(voice)
        assert found is voice and weight == 1.0


@pytest.mark.parametrize("written", ["anna:0,ben", "anna:-1,ben", "anna:inf,ben", "anna:nan"])
def test_weights_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="anna: is mixed with a weight"):
        parts_of(written, NAMES)


@pytest.mark.parametrize("written", ["", " , ", [], {}])
def test_no_voice_is_refused(written: object) -> None:
    with pytest.raises(ConfigError, match="no voice is given"):
        parts_of(written, NAMES)


def test_a_mixture_lies_between_on_the_sphere() -> None:
    rng = np.random.default_rng(0)
    one, other = (row / np.linalg.norm(row) for row in rng.standard_normal((2, 64)))
    half = mix([one, other], [0.5, 0.5])
    assert np.linalg.norm(half) == pytest.approx(1.0, abs=1e-6)
    assert half @ one == pytest.approx(half @ other, abs=1e-6)
    assert half @ one > one @ other + 0.2
    nearer = mix([one, other], [0.7, 0.3])
    assert one @ nearer > one @ half > one @ mix([one, other], [0.3, 0.7])
    np.testing.assert_allclose(mix([3 * one, one], [0.5, 0.5]), 2 * one, rtol=1e-5)
    assert mix([one], [1.0]) is one
    with pytest.raises(ConfigError, match="cancel"):
        mix([one, -one], [0.5, 0.5])


def test_heights_are_mixed_as_ears_hear_them() -> None:
    assert mix_heights([100.0, 400.0], [0.5, 0.5]) == pytest.approx(200.0)
    assert mix_heights([100.0, 400.0], [0.75, 0.25]) == pytest.approx(100 * 2**0.5)
    assert mix_heights([100.0, None, 400.0], [0.25, 0.5, 0.25]) == pytest.approx(200.0)
    assert mix_heights([None], [1.0]) is None
