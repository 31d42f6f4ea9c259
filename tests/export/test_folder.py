"""What is written, what is refused, and that nothing half-written stays."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from speechgen.errors import ConfigError, ModelError, OutputError
from speechgen.export import export_model, folder
from speechgen.store import ModelConfig, save_model
from speechgen.store.shipped import SHIPPED


def test_a_folder_is_whole_and_its_settings_say_how_to_run_it(exported, small):
    """Run from the settings alone: names, types and shapes, states from zeros."""
    import onnxruntime

    done = exported("spectral")
    assert {path.name for path in done.folder.iterdir()} == {
        "model.onnx", "model.int8.onnx", "settings.json", "README.md", "LICENSE",
    }  # fmt: skip
    told = json.loads((done.folder / "settings.json").read_text())
    assert (told["model"], told["task"], told["sample_rate"]) == (
        "spectral_enhancer", "enhance", 16000,
    )  # fmt: skip
    graph = told["graphs"]["model"]
    for file in graph["files"].values():
        session = onnxruntime.InferenceSession(done.folder / file)
        inputs = {port["name"]: port for port in graph["inputs"]}
        inputs |= {state["input"]: state for state in graph["states"]}
        sizes = {"frames": 7}
        given = {
            name: np.zeros([sizes.get(size, size) for size in port["shape"]], port["type"])
            for name, port in inputs.items()
        }
        assert {one.name for one in session.get_inputs()} == set(given)
        outputs = [port["name"] for port in graph["outputs"]]
        outputs += [state["output"] for state in graph["states"]]
        shapes = [port["shape"] for port in [*graph["outputs"], *graph["states"]]]
        for found, shape in zip(session.run(outputs, given), shapes, strict=True):
            assert list(found.shape) == [sizes.get(size, size) for size in shape]
    card = (done.folder / "README.md").read_text()
    assert card.startswith("# spectral\n")
    assert "model.int8.onnx" in card
    assert "MIT" in (done.folder / "LICENSE").read_text()


def test_a_converter_has_its_parts_and_its_voices_beside_it(exported, small):
    from speechgen.store import load

    done = exported("converter")
    assert {"model.onnx", "recogniser.onnx", "speaking.onnx"} <= set(done.files)
    voices = np.load(done.folder / "voices.npz", allow_pickle=False)
    assert list(voices["names"]) == ["ann", "bob"]
    assert np.array_equal(voices["vectors"], load(small("converter")).speaker_table.numpy())


def test_what_cannot_be_exported_is_named_with_what_can(tmp_path):
    pytest.importorskip("onnx")
    with pytest.raises(ModelError, match=r"log_mmse: cannot be .* what can be: .*segan.*spectral"):
        export_model(SHIPPED / "classical", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_but_an_export_is_replaced_and_that_only_if_asked(exported, small, tmp_path):
    done = exported("chain")
    shutil.copytree(done.folder, tmp_path / "there")
    with pytest.raises(OutputError, match="--overwrite"):
        export_model(small("chain"), tmp_path / "there")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="something else"):
        export_model(small("chain"), tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"
    again = export_model(small("chain"), tmp_path / "there", overwrite=True)
    assert set(again.files) == {"model.onnx"}
    assert not (tmp_path / "there" / "model.int8.onnx").exists()


def test_a_graph_that_disagrees_is_not_left_behind(exported, small, tmp_path, monkeypatch):
    exported("chain")
    monkeypatch.setattr(folder, "TOLERANCE", -1.0)
    with pytest.raises(ModelError, match="differ by"):
        export_model(small("chain"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "_PACKAGES", ("onnx_of_no_name",))
    with pytest.raises(ConfigError, match=r"onnx_of_no_name.*pip install 'speechgen\[export\]'"):
        export_model("spectral-small", tmp_path / "out")


def test_an_unknown_precision_is_refused(exported, small, tmp_path):
    with pytest.raises(ConfigError, match="float32, int8"):
        export_model(small("chain"), tmp_path / "out", precision="int4")


def test_weights_are_known_again(exported, small):
    from speechgen.store import load
    from speechgen.store.weights_hash import weights_hash

    told = json.loads((exported("chain").folder / "settings.json").read_text())
    assert told["weights"] == weights_hash(load(small("chain")))


def test_a_card_of_any_bytes_does(exported, small, tmp_path):
    """Cards come from whoever made the model."""
    from speechgen.store import load

    config = ModelConfig("segan_chain", "enhance", dict(_CHAIN), {}, {})
    save_model(tmp_path / "model", load(small("chain")), config, "# here\n")
    (tmp_path / "model" / "README.md").write_bytes(b"# caf\xe9\n")
    done = export_model(tmp_path / "model", tmp_path / "out")
    assert "caf" in (done.folder / "README.md").read_text()


_CHAIN = {"channels": [4, 8], "stride": 4, "window_samples": 1024, "preemphasis": 0.0}
