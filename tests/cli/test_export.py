"""speechgen export: what is printed and what is refused."""

from __future__ import annotations

import pytest


def test_files_and_differences_are_printed(run, tiny, tmp_path):
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason="the extra 'export' is not installed")
    outcome = run("export", tiny["segan"], "--output", tmp_path / "out")
    assert outcome.status == 0, outcome.err
    assert f"{tmp_path}/out/model.onnx: 0." in outcome.out
    assert "one window: within" in outcome.out
    assert outcome.err == ""


def test_what_cannot_be_exported_is_one_line(refused, tiny, tmp_path):
    pytest.importorskip("onnx", reason="the extra 'export' is not installed")
    pytest.importorskip("onnxscript", reason="the extra 'export' is not installed")
    line = refused("export", tiny["wavenet"], "--output", tmp_path / "out")
    assert "sample after sample" in line
    assert "spectral_enhancer" in line


def test_other_formats_are_refused(refused, tiny, tmp_path):
    line = refused("export", tiny["segan"], "--format", "tflite", "--output", tmp_path / "out")
    assert "onnx" in line
