"""The configuration: plain data in, the same plain data out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechgen.errors import ConfigError
from speechgen.store import TASKS, ModelConfig, check_arguments
from speechgen.store.arguments import fits

from .conftest import CONTENT

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(-1e6, 1e6)
    | st.text(max_size=20).filter(lambda text: "${" not in text)
)
_keys = st.text("abcxyz_0123", min_size=1, max_size=8).filter(lambda key: key[0] != "_")
_values = st.recursive(_scalars, lambda x: st.lists(x, max_size=3) | st.dictionaries(_keys, x, max_size=3), max_leaves=8)  # fmt: skip  # noqa: E501


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(_keys, _values, max_size=4), st.sampled_from(TASKS))
def test_yaml_gives_back_what_it_was_given(values: dict[str, Any], task: str) -> None:
    try:
        config = ModelConfig("identity", task, values, {}, values)
    except ConfigError as error:
        assert "nested" in str(error)  # the only thing the strategy does not avoid
        return
    assert ModelConfig.from_yaml(config.to_yaml()) == config


def test_numpy_numbers_and_tuples_become_plain() -> None:
    config = ModelConfig(
        "segan", "enhance", {"channels": (np.int64(4), 8)}, {}, {"loss": np.float32(0.5)}
    )
    assert config.arguments == {"channels": [4, 8]}
    assert config.training == {"loss": 0.5}
    assert "numpy" not in config.to_yaml()


def test_what_is_not_plain_data_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"training\.when\[1\]: object"):
        ModelConfig("identity", "enhance", training={"when": [1, object()]})
    with pytest.raises(ConfigError, match="not a string"):
        ModelConfig("identity", "enhance", training={3: 4})


@pytest.mark.parametrize(
    ("key", "value"), [("sample_rate", 8000), ("hop_samples", 80), ("local_features", 80)]
)
def test_arguments_and_features_must_say_the_same(key: str, value: int) -> None:
    with pytest.raises(ConfigError, match=key):
        ModelConfig("wavenet", "synthesize", {key: value}, CONTENT)


def test_a_configuration_has_its_feature_settings() -> None:
    config = ModelConfig("wavenet", "synthesize", {"local_features": 18}, CONTENT)
    settings_ = config.feature_settings()
    assert settings_ is not None
    assert settings_.hop_samples == 160
    assert ModelConfig("identity", "enhance").feature_settings() is None


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (3, int, True), (3.0, int, False), (True, int, False), (3, float, True),
        (True, float, False), ("a", str, True), (None, int, False), (None, int | None, True),
        ([1, 2], list[int], True), ([1, "2"], list[int], False), ([1, 2], tuple[int, ...], True),
        ([1, 2], tuple[int, int], True), ([1], tuple[int, int], False), ("ab", list, False),
        ("a", Literal["a", "b"], True), ("c", Literal["a", "b"], False),
        ({"a": 1}, dict[str, int], True), ([], dict, False), (object, Any, True),
    ],
)  # fmt: skip
def test_values_are_checked_against_annotations(value: object, hint: Any, expected: bool) -> None:
    assert fits(value, hint) is expected


def test_arguments_are_checked_by_name_and_type() -> None:
    check_arguments("segan", {"channels": [4, 8], "preemphasis": 0, "latent": True})
    for arguments in ({"channels": [4, True]}, {"latent": None}, {"widths": []}):
        with pytest.raises(ConfigError):
            check_arguments("segan", arguments)


def test_a_harmonic_source_needs_absolute_pitch() -> None:
    features = {"kind": "mel"}
    with pytest.raises(ConfigError, match="harmonic_vocoder: its features need absolute_pitch"):
        ModelConfig("harmonic_vocoder", "synthesize", {}, features)
    ModelConfig("harmonic_vocoder", "synthesize", {}, features | {"absolute_pitch": True})


def test_a_recogniser_of_a_wavenet_needs_absolute_pitch() -> None:
    features = {"kind": "mel", "sample_rate": 16000, "hop_samples": 256}
    heard = {"recogniser": {"channels": 8}}
    with pytest.raises(ConfigError, match="recogniser: its features need absolute_pitch"):
        ModelConfig("wavenet", "synthesize", heard, features)
    ModelConfig("wavenet", "synthesize", heard, features | {"absolute_pitch": True})


def test_an_input_a_period_ago_needs_absolute_pitch() -> None:
    features = {"kind": "mel"}
    with pytest.raises(ConfigError, match="absolute_pitch"):
        ModelConfig("wavenet", "synthesize", {"pitch_lag_taps": 3}, features)
    ModelConfig("wavenet", "synthesize", {"pitch_lag_taps": 3}, features | {"absolute_pitch": True})
