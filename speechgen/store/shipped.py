"""Shipped models, and resolving a name or path to a model directory."""

from __future__ import annotations

from pathlib import Path

from speechgen.errors import ModelError
from speechgen.store.config import read_config
from speechgen.store.directory import within
from speechgen.store.hub import download, is_on_hub

SHIPPED = Path(__file__).parent / "shipped"
DEFAULTS = {
    "enhance": "spectral-small",
    "synthesize": "converter-small",
    "embed": "speaker-ecapa",
    "say": "text-small",
}
_EXPERIMENTS = {
    "enhance": "spectral_enhancer",
    "synthesize": "voice_converter",
    "embed": "speaker_ecapa",
    "say": "text_model",
}


def shipped_models() -> dict[str, Path]:
    """Name and directory of every model inside the package, sorted by name."""
    if not SHIPPED.is_dir():
        return {}
    return {
        path.name: path for path in sorted(SHIPPED.iterdir()) if (path / "config.yaml").is_file()
    }


def locate(reference: str | Path) -> Path:
    """The directory behind a shipped model's name, a model directory, a run folder or a hub.

    A folder comes before a name; ``hf:OWNER/NAME`` is fetched (:mod:`speechgen.store.hub`).
    :class:`ModelError` where ``reference`` is none of these.
    """
    folder = Path(reference)
    if is_on_hub(reference) and not folder.is_dir():
        return download(reference)
    if folder.is_dir():
        return within(folder)
    shipped = shipped_models()
    if str(reference) not in shipped:
        known = ", ".join(shipped) or "none"
        raise ModelError(
            f"{reference}: is neither a model directory nor a shipped model (those are: {known})"
        )
    return shipped[str(reference)]


def resolve_model(reference: str | Path | None, task: str) -> Path:
    """The model directory that ``reference`` means, of a model for ``task``.

    Parameters
    ----------
    reference
        None for the default of the task, the name of a shipped model, a model directory, a run
        folder of ``speechgen train``, which holds one as ``model/``, or ``hf:OWNER/NAME``.

    Raises
    ------
    ModelError
        There is no such model, or it is for another task.
    """
    directory = _default(task) if reference is None else locate(reference)
    config = read_config(directory)
    if config.task != task:
        raise ModelError(f"{directory}: is a model to {config.task}, but one to {task} is needed")
    return directory


def _default(task: str) -> Path:
    if task not in DEFAULTS:
        raise ModelError(f"no model to {task} comes with this version; give one with --model")
    name, shipped = DEFAULTS[task], shipped_models()
    if name not in shipped:
        raise ModelError(
            f"no model to {task} comes with this version; train one with 'speechgen train"
            f" experiment={_EXPERIMENTS[task]}' and give its directory with --model"
        )
    return shipped[name]
