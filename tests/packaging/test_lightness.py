"""``import speechgen`` is quick and takes nothing heavy along; so does the help."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "torch", "torchaudio", "numpy", "scipy", "librosa", "soundfile", "soxr", "lightning", "hydra",
    "omegaconf", "matplotlib", "pesq", "pystoi", "espeakng_loader", "safetensors", "yaml",
}  # fmt: skip
SERVER = {
    "fastapi", "starlette", "uvicorn", "websockets", "prometheus_client", "multipart", "pydantic",
}  # fmt: skip


def _loaded(code: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not _loaded("import speechgen; dir(speechgen)") & (HEAVY | SERVER)


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    assert not _loaded("import speechgen.cli") & (HEAVY | SERVER)


def test_no_job_but_serving_imports_what_a_server_needs() -> None:
    jobs = "speechgen.enhance, speechgen.synthesize, speechgen.say, speechgen.load"
    code = f"import speechgen; {jobs}\nimport speechgen.cli.entry, speechgen.enhancement.live.pipe"
    assert not _loaded(f"{code}, speechgen.synthesis.live_pipe") & SERVER


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
