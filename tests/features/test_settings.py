from __future__ import annotations

from dataclasses import fields, replace

import pytest

from speechgen.errors import ConfigError, ModelError
from speechgen.features import FeatureSettings


def test_defaults_of_both_kinds() -> None:
    mel, content = FeatureSettings("mel"), FeatureSettings("content")
    assert (mel.hop_samples, mel.num_features) == (256, 80)
    assert (content.hop_samples, content.num_features) == (160, 18)
    assert mel.fmax_hz == 8000.0


@pytest.mark.parametrize("kind", ["mel", "content"])
def test_dictionary_and_back(kind: str) -> None:
    settings = FeatureSettings(kind, sample_rate=22050, num_mels=64)
    assert FeatureSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "kind"),
        ({"kind": "phonemes"}, "kind"),
        ({"kind": "mel", "colour": 1}, "colour"),
        ({"kind": "mel", "hop_samples": "256"}, "hop_samples"),
        ({"kind": "mel", "hop_samples": True}, "hop_samples"),
        ({"kind": "mel", "hop_samples": -1}, "hop_samples"),
        ({"kind": "mel", "window_samples": 2048}, "window_samples"),
        ({"kind": "mel", "fmax_hz": 9000.0}, "fmax_hz"),
        ({"kind": "mel", "fmax_hz": float("nan")}, "fmax_hz"),
        ({"kind": "content", "num_cepstra": 81}, "num_cepstra"),
        ({"kind": "content", "f0_max_hz": 50.0}, "f0_max_hz"),
        ({"kind": "content", "sample_rate": 0}, "sample_rate"),
        ({"kind": "content", "f0_tracker": "reaper"}, "'yin' or 'pyin'"),
    ],
)
def test_bad_settings_are_refused_by_field(values: dict, field: str) -> None:
    with pytest.raises(ConfigError, match=field):
        FeatureSettings.from_dict(values)


def test_something_else_than_a_mapping_is_refused() -> None:
    with pytest.raises(ConfigError, match="mapping"):
        FeatureSettings.from_dict(["mel"])  # type: ignore[arg-type]


def test_every_field_that_differs_is_named() -> None:
    settings = FeatureSettings("content", fmin_hz=20.0, fmax_hz=7000.0)
    settings.check_same(replace(settings))
    for field in fields(settings):
        if field.name in ("kind", "f0_tracker"):
            continue
        value = getattr(settings, field.name)
        other = replace(settings, **{field.name: not value if field.type == "bool" else value - 1})
        with pytest.raises(ModelError, match=field.name):
            settings.check_same(other)
    with pytest.raises(ModelError, match="kind"):
        settings.check_same(FeatureSettings("mel"))


def test_features_whose_f0_others_found_mean_the_same() -> None:
    settings = FeatureSettings("mel", absolute_pitch=True)
    settings.check_same(replace(settings, f0_tracker="pyin"))


@pytest.mark.parametrize("num_samples", [1, 159, 160, 161, 16000])
def test_frames_cover_all_samples(num_samples: int) -> None:
    frames = FeatureSettings("content").num_frames(num_samples)
    assert (frames - 1) * 160 < num_samples <= frames * 160


@pytest.mark.parametrize("field", ["sample_rate", "fmin_hz", "num_mels"])
def test_numbers_beyond_all_floats_are_refused(field: str) -> None:
    with pytest.raises(ConfigError, match=field):
        FeatureSettings.from_dict({"kind": "mel", field: 10**400})


def test_the_usual_tracker_is_not_told_so_that_older_programs_read_the_settings() -> None:
    settings = FeatureSettings("mel", absolute_pitch=True)
    assert "f0_tracker" not in settings.to_dict()
    other = replace(settings, f0_tracker="pyin")
    assert FeatureSettings.from_dict(other.to_dict()) == other


def test_pitch_is_told_by_content_and_by_mel_where_asked_for() -> None:
    assert FeatureSettings("content").tells_pitch
    assert FeatureSettings("mel", absolute_pitch=True).tells_pitch
    assert not FeatureSettings("mel").tells_pitch
