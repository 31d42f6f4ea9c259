"""Trained models as ONNX graphs, for programs that have neither this package nor PyTorch."""

from __future__ import annotations

from speechgen.export.folder import Exported, check_installed, export_model

__all__ = ["Exported", "check_installed", "export_model"]
