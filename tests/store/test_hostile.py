"""A model directory from a stranger: nothing in it runs, and each refusal is one clear line."""

from __future__ import annotations

import io
import json
import pickle
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from speechgen.errors import ModelError
from speechgen.store import describe, load_model

_BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcd", "bcde"))  # noqa: B905


def _edit(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = directory / "config.yaml"
    values = yaml.safe_load(path.read_text())
    change(values)
    path.write_text(yaml.safe_dump(values))


def _refusal(directory: Path) -> str:
    """The one line with which reading ``directory`` is refused, without taking memory or time."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(ModelError) as caught:
        load_model(directory)
    unit = 1 if sys.platform == "darwin" else 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
    assert grown < 300e6, "memory was taken before the refusal"
    assert time.process_time() - began < 5
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 500
    assert str(directory) in message
    return message


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(_Evil.mark),))

    mark = ""


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("name", ["model.pt", "weights.pkl", "pytorch_model.bin", "last.ckpt"])
def test_pickles_are_refused_and_not_opened(
    directory: Path, tmp_path: Path, name: str, beside: bool
) -> None:
    _Evil.mark = str(tmp_path / "executed")
    (directory / name).write_bytes(pickle.dumps(_Evil()))
    if not beside:
        (directory / "model.safetensors").unlink()
    assert "pickle" in _refusal(directory) and name in _refusal(directory)
    assert not (tmp_path / "executed").exists()


def test_a_pickle_that_calls_itself_safetensors(directory: Path, tmp_path: Path) -> None:
    _Evil.mark = str(tmp_path / "executed")
    buffer = io.BytesIO()
    torch.save({"weight": _Evil()}, buffer)
    for content in (buffer.getvalue(), pickle.dumps(_Evil())):
        (directory / "model.safetensors").write_bytes(content)
        assert "not a safetensors file" in _refusal(directory)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("!!python/object/apply:os.system ['touch executed']", "tag"),
        ("name: !!python/name:os.system", "tag"),
        ("format: 1\nname: segan\ntask: !env HOME", "tag"),
        (_BOMB, "aliases"),
        ("[" * 5000, "nested"),
        ("{a: " * 5000, "nested"),
        ("format: 1\nformat: 1\nname: segan\ntask: enhance", "is given twice"),
        ("just words", "mapping"),
        ("", "mapping"),
        ("format: 2\nname: segan\ntask: enhance", "format must be 1"),
        ("name: segan\ntask: enhance", "'format' is missing"),
        ("format: 1\nname: os:system\ntask: enhance", "unknown model"),
        ("format: 1\nname: segan_discriminator\ntask: enhance", "not a model"),
        ("format: 1\nname: [segan]\ntask: enhance", "unknown model"),
        ("format: 1\nname: segan\ntask: dance", "none of"),
        ("format: 1\nname: segan\ntask: enhance\n_target_: os.system", "_target_"),
        ("format: 1\nname: segan\ntask: enhance\nhooks: {}", "unknown key 'hooks'"),
        ("format: 1\nname: segan\ntask: enhance\narguments: 3", "mapping"),
        ("a: [1, 2", "not valid YAML"),
        ("a: 2001-99-99", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
        ("? {a: 1}\n: 2", "must be a word"),
        ("x: " + "y" * 70_000, "larger than"),
    ],
)
def test_configurations_that_are_more_than_data(directory: Path, text: str, reason: str) -> None:
    (directory / "config.yaml").write_text(text)
    assert reason in _refusal(directory)
    with pytest.raises(ModelError):
        describe(directory)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("channels", "${oc.env:HOME}", "interpolations"),
        ("channels", ["${a}"], "interpolations"),
        ("channels", {"_target_": "os.system"}, "_target_"),
        ("channels", 3, "must be Sequence[int], not 3"),
        ("channels", [4, "8", 8], "must be Sequence[int]"),
        ("channels", [4, 8.0, 8], "must be Sequence[int]"),
        ("channels", [1] * 5000, "at most"),
        ("channels", [1] * 4000, "segan"),
        ("channels", [10**6] * 3, "arger"),
        ("kernel_size", 10**9, "out of range"),
        ("kernel_size", -1, "segan"),
        ("kernel_size", True, "must be int"),
        ("latent", "yes", "must be bool"),
        ("latent", 1, "must be bool"),
        ("preemphasis", float("nan"), "out of range"),
        ("preemphasis", "0.95", "must be float"),
        ("sample_rate", None, "must be int"),
        ("depth", 3, "unknown argument 'depth'"),
    ],
)
def test_arguments_of_wrong_type_or_range(
    directory: Path, key: str, value: object, reason: str
) -> None:
    _edit(directory, lambda values: values["arguments"].update({key: value}))
    assert reason in _refusal(directory)


@pytest.mark.parametrize(
    "arguments",
    [
        {"stacks": 10**6, "layers_per_stack": 10**6},
        {"residual_channels": 10**6, "skip_channels": 10**6, "gate_channels": 10**6},
        {"classes": 10**6},
        {"local_features": 10**6, "hop_samples": 160},
        {"speakers": [str(i) for i in range(4000)], "speaker_features": 10**6},
        {"layers_per_stack": 0},
        {"classes": -5},
    ],
)
def test_a_configuration_of_a_giant_is_refused_before_memory_is_taken(
    directory: Path, arguments: dict[str, Any]
) -> None:
    def change(values: dict[str, Any]) -> None:
        values.update(name="wavenet", task="synthesize", arguments=arguments)

    _edit(directory, change)
    _refusal(directory)


def test_a_bare_front_end_of_a_giant_takes_no_memory_either(directory: Path) -> None:
    def change(values: dict[str, Any]) -> None:
        arguments = {"num_mels": 10**6, "sample_rate": 10**6}
        values.update(name="speaker_encoder", task="embed", arguments=arguments)

    _edit(directory, change)
    _refusal(directory)


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ({"kind": "content", "sample_rate": 8000}, "sample_rate"),
        ({"kind": "content", "hop_samples": 0.5}, "hop_samples"),
        ({"kind": "content", "bands": 3}, "bands"),
        ({"kind": "dreams"}, "kind"),
        ({"sample_rate": 16000}, "kind"),
    ],
)
def test_feature_settings_are_checked_and_the_field_named(
    directory: Path, features: dict[str, Any], reason: str
) -> None:
    _edit(directory, lambda values: values.update(features=features))
    assert reason in _refusal(directory)


def _tamper(directory: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    weights = directory / "model.safetensors"
    state = load_file(str(weights))
    change(state)
    save_file(state, str(weights))


def test_tensors_that_do_not_fit_are_named(directory: Path) -> None:
    original = (directory / "model.safetensors").read_bytes()
    name = sorted(load_file(str(directory / "model.safetensors")))[0]
    changes: list[tuple[Callable[[dict[str, torch.Tensor]], Any], str]] = [
        (lambda s: s.pop(name), "lacks"),
        (lambda s: s.update(stranger=torch.zeros(1)), "'stranger'"),
        (lambda s: s.update({name: torch.zeros(7, 7)}), "has shape [7, 7]"),
        (lambda s: s.update({name: torch.zeros_like(s[name], dtype=torch.int64)}), "is I64"),
        (lambda s: s.update({name: torch.full_like(s[name], torch.nan)}), "NaN"),
        (lambda s: s.update({name: torch.full_like(s[name], -torch.inf)}), "infinity"),
    ]
    for change, reason in changes:
        (directory / "model.safetensors").write_bytes(original)
        _tamper(directory, change)
        assert reason in _refusal(directory)


def _with_header(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        (2**63).to_bytes(8, "little") + b"{}",
        _with_header(b"[" * 100_000),
        _with_header(b"\xff\xfe{}"),
        _with_header([1, 2]),
        _with_header({"a": 1}),
        _with_header({"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}),
        _with_header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"1234"),
        _with_header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"12345678"),
        _with_header({"a": {"dtype": "PICKLE", "shape": [1], "data_offsets": [0, 1]}}, b"1"),
        _with_header({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
        _with_header({"a": {"dtype": "F32", "shape": 3, "data_offsets": [0, 4]}}, b"1234"),
    ],
)
def test_broken_headers(directory: Path, content: bytes) -> None:
    (directory / "model.safetensors").write_bytes(content)
    assert "model.safetensors" in _refusal(directory)


def test_truncated_weights(directory: Path) -> None:
    weights = directory / "model.safetensors"
    content = weights.read_bytes()
    for length in (9, len(content) // 2, len(content) - 1):
        weights.write_bytes(content[:length])
        _refusal(directory)
    weights.write_bytes(content + b"\0")
    _refusal(directory)


def test_folders_that_are_no_model(directory: Path, tmp_path: Path) -> None:
    assert "no such" in _refusal(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "config.yaml" in _refusal(tmp_path / "empty")
    (directory / "model.safetensors").unlink()
    assert "model.safetensors" in _refusal(directory)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "no such model directory" in _refusal(tmp_path / "file")
