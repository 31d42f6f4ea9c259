"""The table of exported models: how phones are counted, what a row says, that a model gets one."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile


@pytest.fixture
def bench(script, repository, monkeypatch):
    monkeypatch.syspath_prepend(repository / "tools")
    return script("bench_export")


def test_phones_are_compared_by_edits(script, repository, monkeypatch):
    distance = script("export_measures").word_errors
    assert distance([1, 2, 3], [1, 2, 3]) == 0
    assert distance([1, 2, 3], [2, 3]) == distance([2, 3], [1, 2, 3]) == 1
    assert distance([1, 2, 3], [1, 4, 3]) == 1
    assert distance([], [1, 2]) == 2
    assert distance([1, 2, 3, 4], [4, 3, 2, 1]) == 4


def test_every_family_has_a_measure_but_those_that_no_shipped_model_is_of(script):
    from speechgen.export.families import FAMILIES

    assert set(FAMILIES.values()) - set(script("export_measures").MEASURES) == {"recogniser"}


def test_a_model_gets_its_rows(bench, exported, small, tmp_path):
    """On made-up pairs in the place of the corpora."""
    exported("segan")  # skips where the extra is missing
    rng = np.random.default_rng(0)
    for folder in ("clean", "noisy"):
        (tmp_path / "paired" / "dns2020_no_reverb_part" / folder).mkdir(parents=True)
    time = np.arange(32000) / 16000
    clean = 0.2 * np.sin(2 * np.pi * 200 * time) * (np.sin(2 * np.pi * 2 * time) > 0)
    for folder, wave in (("clean", clean), ("noisy", clean + 0.02 * rng.standard_normal(32000))):
        path = tmp_path / "paired" / "dns2020_no_reverb_part" / folder / "a.wav"
        soundfile.write(path, wave, 16000)
    row = bench.measured(str(small("segan")), tmp_path / "out", bench.Corpora(tmp_path, 1))
    assert [len(form["real_time_factors"]) for form in row["forms"]] == [3, 3]
    assert row["bytes"][1] < row["bytes"][0]
    assert all(len(values) == 2 for values in row["measures"].values())
    speed, cost = bench.speed_rows(row), bench.cost_rows(row)
    assert [len(cells) for cells in speed + cost] == [6] * 4
    assert speed[0][1] == "windows at once"
