"""``import speechgen`` is quick and takes nothing heavy along; so does each verb what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

HEAVY = {
    "torch", "torchaudio", "numpy", "scipy", "librosa", "soundfile", "soxr", "lightning", "hydra",
    "omegaconf", "matplotlib", "pesq", "pystoi", "espeakng_loader", "safetensors", "yaml",
}  # fmt: skip
SERVER = {
    "fastapi", "starlette", "uvicorn", "websockets", "prometheus_client", "multipart", "pydantic",
}  # fmt: skip


# What enhancing needs none of; Typer reads the arguments of a verb with pydantic.
NEEDED = {"torch", "numpy", "soundfile", "safetensors", "yaml", "pydantic"}
NOT_TO_ENHANCE = (HEAVY | SERVER) - NEEDED | {
    "numba", "sklearn", "tensorboard", "onnxruntime", "gruut", "pandas", "sympy", "triton",
    "torch._dynamo", "PIL",
}  # fmt: skip
VERB = """
import sys
from speechgen.cli import main
try:
    main({words})
except SystemExit as end:
    assert not end.code, end.code
"""


def _loaded(code: str) -> set[str]:
    """Modules that are there after ``code``, with their parts."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(result.stdout.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not _loaded("import speechgen; dir(speechgen)") & (HEAVY | SERVER)


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    assert not _loaded("import speechgen.cli") & (HEAVY | SERVER)


def test_no_job_but_serving_imports_what_a_server_needs() -> None:
    jobs = "speechgen.enhance, speechgen.synthesize, speechgen.say, speechgen.load"
    code = f"import speechgen; {jobs}\nimport speechgen.cli.entry, speechgen.enhancement.live.pipe"
    assert not _loaded(f"{code}, speechgen.synthesis.live_pipe") & SERVER


def test_the_help_of_verbs_imports_nothing_heavy() -> None:
    for words in (["--help"], ["enhance", "--help"], ["train", "--help"], ["prepare", "--help"]):
        assert not _loaded(VERB.format(words=words)) & (HEAVY - {"yaml"})


@pytest.mark.parametrize("model", ["spectral-small", "segan-small"])
def test_enhancing_imports_what_it_needs(tmp_path: Path, model: str) -> None:
    """Each second that a command takes to start is waited for by everybody, every time."""
    noise = np.random.default_rng(0).standard_normal(8000)
    soundfile.write(tmp_path / "noisy.wav", 0.1 * noise, 16000)
    words = [str(tmp_path / "noisy.wav"), "--output", str(tmp_path / "clean.wav")]
    loaded = _loaded(VERB.format(words=["enhance", *words, "--model", model]))
    assert (tmp_path / "clean.wav").exists()
    assert "torch" in loaded  # so this is a list of modules
    assert not loaded & NOT_TO_ENHANCE


def test_reading_a_data_directory_does_not_wait_for_pytorch(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(8000, 0.1), 16000)
    prepare = ["prepare", "tree", str(tmp_path), "--output", str(tmp_path / "data")]
    for words in (prepare, ["validate", str(tmp_path / "data")]):
        assert not _loaded(VERB.format(words=words)) & {"torch", "scipy", "librosa", "lightning"}
    assert (tmp_path / "data" / "wav.scp").exists()


def test_the_data_room_holds_what_it_lists() -> None:
    import speechgen.data

    assert all(hasattr(speechgen.data, name) for name in speechgen.data.__all__)
    assert set(speechgen.data.__all__) <= set(dir(speechgen.data))


def test_importing_the_package_takes_less_than_a_third_of_a_second() -> None:
    code = "import time; t = time.process_time(); import speechgen; print(time.process_time() - t)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert float(result.stdout) < 0.3


@pytest.mark.parametrize("name", ["enhance", "synthesize", "load", "SpeechgenError"])
def test_what_the_package_promises_is_there(name: str) -> None:
    import speechgen

    assert callable(getattr(speechgen, name))
    assert name in dir(speechgen)


def test_what_it_does_not_promise_is_an_attribute_error() -> None:
    import speechgen

    with pytest.raises(AttributeError, match="dance"):
        speechgen.dance  # noqa: B018
