"""What every test shares: one thread, fixed seeds, checked annotations, the way to recordings."""

from __future__ import annotations

import importlib.util
import os
import random
import resource
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import beartype
import jaxtyping
import numpy as np
import pytest
import torch

torch.set_num_threads(1)
if not torch.cuda.is_available():  # kernels in Triton are interpreted then; it is read at import
    os.environ.setdefault("TRITON_INTERPRET", "1")

# What a shell starts in the background ignores SIGINT, and so would the programs tested here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# In the tests the annotations of the cores and the networks are held against every call, shapes
# included. An int may stand for a float, as everywhere in Python. Kernels are compiled as they are.
_CAUSAL = Path(__file__).parents[1] / "speechgen" / "causal"
_COMPILED = ("fused_kernels", "lanes")
CHECKED_ROOMS = (
    *(f"causal.{file.stem}" for file in _CAUSAL.glob("[a-z]*.py") if file.stem not in _COMPILED),
    *(
        "layers",
        "likelihood",
        "losses",
        "variational",
        "adversarial",
        "models",
        "images.models",
    ),
    *("sampling.cached", "sampling.conditions", "sampling.interface", "sampling.noise"),
    *("sampling.reference", "sampling.start", "sampling.stream"),
    *("sampling.cuda.choice", "sampling.cuda.cuda_graph", "sampling.cuda.gate_conditions"),
    *("sampling.cuda.static_step", "sampling.cuda.static_weights"),
    *("sampling.cuda.triton_engine", "sampling.cuda.triton_weights"),
)
_checker = types.ModuleType("speechgen_annotation_checker")
_checker.check = beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))
sys.modules[_checker.__name__] = _checker
jaxtyping.install_import_hook(
    [f"speechgen.{room}" for room in CHECKED_ROOMS], f"{_checker.__name__}.check"
)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Every test starts from the same global random state, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the legacy global state is what is being fixed here
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real recordings; tests that need it are skipped where there is none."""
    root = os.environ.get("SPEECHGEN_CORPORA", "")
    if not root:
        pytest.skip("real recordings: SPEECHGEN_CORPORA is not set")
    folder = Path(root)
    if not folder.is_dir():
        pytest.skip(f"real recordings: SPEECHGEN_CORPORA={root} is not a folder")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout the tests stand in."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def script(repository: Path) -> Callable[[str], ModuleType]:
    """A script of ``tools`` by its name, as a module; a new one at every call."""

    def load(name: str) -> ModuleType:
        path = repository / "tools" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # where dataclasses look their annotations up
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may be larger than 20 kB: a disk that takes a part and no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    held = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, held)


@pytest.fixture(scope="session")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of texts whose symbols last about seven frames, on disk."""
    import math

    import torch

    from speechgen.models.text.text_model import TextModel
    from speechgen.store import ModelConfig, save_model

    torch.manual_seed(0)
    sizes = {"channels": 32, "hidden_channels": 48, "encoder_blocks": 1, "decoder_blocks": 1,
             "recurrent_channels": 16, "aligner_channels": 8}  # fmt: skip
    model = TextModel(**sizes)
    with torch.no_grad():
        model.prosody.out.weight.mul_(0.1)
        model.prosody.out.bias.zero_()
        model.prosody.out.bias[1] = math.log(7.0)
        model.prosody.out.bias[4:] = -1.5
    folder = tmp_path_factory.mktemp("text") / "model"
    save_model(folder, model, ModelConfig("text_model", "say", sizes))
    return folder
