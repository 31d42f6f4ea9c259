"""Every exported form gives what PyTorch gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.export import export_model
from speechgen.export.families import FAMILIES, family_of
from speechgen.export.forms import Example
from speechgen.export.session import Session
from speechgen.store import load, read_config, shipped_models

from .conftest import MISSING, SMALL

SHIPPED = [name for name, path in shipped_models().items() if read_config(path).name in FAMILIES]


@pytest.mark.parametrize("name", SMALL)
def test_every_form_is_within_a_ten_thousandth_of_torch(exported, name):
    differences = exported(name).differences
    assert differences
    assert max(differences.values()) < 1e-4


@pytest.mark.skipif(bool(MISSING), reason="the extra 'export' is not installed")
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_model_is_within_a_ten_thousandth_of_torch(tmp_path, name):
    """On its trained weights, whose levels and states are not those of small random ones."""
    differences = export_model(name, tmp_path / name).differences
    assert differences
    assert max(differences.values()) < 1e-4


def test_every_family_has_a_small_model():
    assert set(FAMILIES) == {kind for kind, _, _ in SMALL.values()}


@pytest.mark.parametrize("name", ["spectral", "low_delay"])
def test_an_enhancer_agrees_on_loud_quiet_and_silent_sound_for_hundreds_of_frames(
    exported, small, name
):
    """Silence between: past spectra, levels and states have to go on as they do in torch."""
    model = load(small(name))
    rng = np.random.default_rng(1)
    parts = [level * rng.standard_normal(100 * model.hop_samples) for level in (0.3, 0.0, 0.003)]
    wave = np.concatenate(parts).astype(np.float32)
    forms = family_of("spectral_enhancer").forms(model, Example(wave, torch.zeros(0)))
    folder = exported(name).folder
    assert len(wave) >= 200 * model.hop_samples
    for form in forms.values():
        assert form.difference(lambda graph: Session(folder, graph)) < 1e-5


def test_any_cutting_into_pieces_gives_the_same(exported, small):
    model = load(small("spectral"))
    rng = np.random.default_rng(2)
    hops = (0.1 * rng.standard_normal((50, model.hop_samples))).astype(np.float32)
    session = Session(exported("spectral").folder)
    whole = session.run(noisy=hops)["clean"]
    session.reset()
    pieces = [session.run(noisy=part)["clean"] for part in np.split(hops, [1, 2, 7, 30])]
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-6


def test_int8_is_near_and_smaller(exported, small):
    """Not so near that nothing was quantised."""
    for name in ("spectral", "segan"):
        done = exported(name)
        assert done.files["model.int8.onnx"] < 0.9 * done.files["model.onnx"]
        model = load(small(name))
        family = family_of(SMALL[name][0])
        form = next(iter(family.forms(model, family.example(model)).values()))
        with torch.inference_mode():
            ours = form.torch()
        theirs = form.onnx(lambda graph, of=done: Session(of.folder, graph, precision="int8"))
        ratio = 10 * np.log10(np.square(ours).sum() / np.square(ours - theirs).sum())
        assert 20 < ratio < 90
