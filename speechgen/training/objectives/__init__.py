"""Objectives by name: a file each holds an objective's settings, builder and Lightning module.

The catalogue names import paths, which are resolved when an objective is used; so objectives of
images are found without anything here importing them.
"""

from __future__ import annotations

from typing import Any

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.training.objectives.base import Objective, ObjectiveKind
from speechgen.training.settings import from_mapping

_AUDIO = "speechgen.training.objectives"
_IMAGES = "speechgen.images.training"
CATALOGUE: dict[str, str] = {
    "likelihood": f"{_AUDIO}.likelihood:OBJECTIVE",
    "segan": f"{_AUDIO}.segan:OBJECTIVE",
    "metricgan": f"{_AUDIO}.metricgan:OBJECTIVE",
    "vocoder": f"{_AUDIO}.vocoder:OBJECTIVE",
    "conversion": f"{_AUDIO}.conversion:OBJECTIVE",
    "speaking": f"{_AUDIO}.speaking:OBJECTIVE",
    "speaker": f"{_AUDIO}.speaker:OBJECTIVE",
    "ctc": f"{_AUDIO}.ctc:OBJECTIVE",
    "text": f"{_AUDIO}.text:OBJECTIVE",
    "latent_audio": f"{_AUDIO}.latent_audio:OBJECTIVE",
    "latent_audio_gan": f"{_AUDIO}.latent_audio_gan:OBJECTIVE",
    "pixel_likelihood": f"{_IMAGES}.pixel_likelihood:OBJECTIVE",
    "variational": f"{_IMAGES}.variational:OBJECTIVE",
    "deep_features": f"{_IMAGES}.deep_features:OBJECTIVE",
    "inverse_graphics": f"{_IMAGES}.inverse_graphics:OBJECTIVE",
    "reconstruction": f"{_IMAGES}.reconstruction:OBJECTIVE",
    "compression": f"{_IMAGES}.compression:OBJECTIVE",
    "classification": f"{_IMAGES}.classification:OBJECTIVE",
    "contrastive_divergence": f"{_IMAGES}.contrastive_divergence:OBJECTIVE",
    "associative_memory": f"{_IMAGES}.associative_memory:OBJECTIVE",
    "gan": f"{_IMAGES}.gan:OBJECTIVE",
    "vae_gan": f"{_IMAGES}.vae_gan:OBJECTIVE",
    "ali": f"{_IMAGES}.ali:OBJECTIVE",
    "translation": f"{_IMAGES}.translation:OBJECTIVE",
    "cycle_gan": f"{_IMAGES}.cycle_gan:OBJECTIVE",
    "super_resolution": f"{_IMAGES}.super_resolution:OBJECTIVE",
    "inpainting": f"{_IMAGES}.inpainting:OBJECTIVE",
}


def objective_kind(name: Any) -> ObjectiveKind:
    """The objective called ``name``, imported now; :class:`ConfigError` lists the names."""
    if name not in CATALOGUE:
        raise ConfigError(f"objective.kind: needs one of {', '.join(CATALOGUE)}, not {name!r}")
    kind: ObjectiveKind = registry.resolve(CATALOGUE[name])
    return kind


def objective_settings(values: dict[str, Any], data_kind: str) -> Any:
    """The checked settings dataclass of an ``objective`` mapping that goes with ``data_kind``."""
    name = values.get("kind")
    kind = objective_kind(name)
    if data_kind not in kind.data:
        raise ConfigError(
            f"objective {name} needs data of kind {' or '.join(kind.data)}, not {data_kind}"
        )
    return from_mapping(kind.settings, values, "objective")


def build_objective(
    settings: Any, network: Any, data: Any, gradient_clip_norm: float | None
) -> Objective:
    """The Lightning module that ``settings`` (of :func:`objective_settings`) describe."""
    return objective_kind(settings.kind).build(
        settings,
        network,
        data,
        optimizer=settings.optimizer,
        gradient_clip_norm=gradient_clip_norm,
    )
