"""``synthesis.json``: the outputs of a synthesis, its settings and its timing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from speechgen.files import portable, write_json
from speechgen.store import LoadedModel
from speechgen.synthesis.conversion import Conversion
from speechgen.synthesis.generators import Drawing, Timing

MANIFEST = "synthesis.json"


def write_manifest(
    path: Path | str,
    loaded: LoadedModel,
    drawing: Drawing,
    timing: Timing,
    outputs: Sequence[Path | str | None],
    lengths: Sequence[int],
    **more: Any,
) -> None:
    """Write the manifest of a synthesis by ``loaded``; seconds are those of generation alone.

    Loading the model, analysing the recordings and writing the files are not counted; where an
    engine is compiled in the first call, that is.

    Parameters
    ----------
    path
        JSON file; the one of an earlier call is replaced.
    outputs, lengths
        Sound file (or None) and samples of each utterance.
    more
        Further entries.
    """
    rate: Any = loaded.model.sample_rate
    settings = loaded.config.feature_settings()
    device = next(loaded.model.parameters()).device
    values = {
        "model": portable(str(loaded.directory)),
        "name": loaded.config.name,
        "steps": loaded.config.training.get("steps"),
        "seed": drawing.seed,
        "temperature": drawing.temperature,
        "engine": drawing.engine,
        "postfilter": drawing.postfilter,
        "f0_tracker": settings.f0_tracker if settings and settings.tells_pitch else None,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "utterances": len(lengths),
        "audio_seconds": round(timing.audio_seconds, 3),
        "synthesis_seconds": round(timing.seconds, 3),
        "real_time_factor": round(timing.real_time_factor, 5),
        "files": [
            {"file": None if output is None else Path(output).name, "seconds": round(n / rate, 3)}
            for output, n in zip(outputs, lengths, strict=True)
        ],
    }
    if isinstance(loaded.model, Conversion):
        values["vocoder"] = portable(str(loaded.model.vocoder_directory))
    write_json(path, values | more)
