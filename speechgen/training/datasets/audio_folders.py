"""What all kinds of data of waveforms share: checks of folders, audio banks, lengths of crops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.shards.shard_set import ShardSet, is_shards
from speechgen.errors import ConfigError, DataError
from speechgen.training.datasets.training_data import DataContext


def check_audio_data(data: Any) -> None:
    """The folders are data directories and the numbers make sense, or an error says why."""
    for name in ("train", "valid", "noise", "valid_noise"):
        folder = getattr(data, name, None)
        if folder is None or is_shards(folder):
            continue
        if not (Path(folder) / "wav.scp").is_file():
            raise DataError(
                f"{folder}: is not a data directory (no wav.scp), nor has it shards "
                "(shards.json); see speechgen prepare"
            )
    for name in ("batch_size", "crop_seconds", "speakers_per_batch", "crops_per_speaker"):
        value = getattr(data, name, 1)
        if value is not None and value <= 0:
            raise ConfigError(f"data.{name}: needs a number above 0, not {value}")


def audio_bank(
    folder: str | None, context: DataContext, *, noisy: bool = False, level_db: float | None = None
) -> Any:
    """The recordings of a data directory at the run's rate; None for no folder."""
    if folder is None:
        return None
    return AudioBank(folder, context.sample_rate, context.cache_dir, noisy=noisy, level_db=level_db)


def crop_samples(seconds: float | None, context: DataContext) -> int:
    """Samples of an item: ``seconds``, or the window of the model."""
    if seconds is not None:
        return max(round(seconds * context.sample_rate), 1)
    if context.window_samples is None:
        raise ConfigError(
            "this data fits models that enhance windows; choose such a model, or give "
            "data.crop_seconds"
        )
    return context.window_samples


def summary_of(bank: AudioBank | ShardSet) -> dict[str, Any]:
    """Figures of the recordings for the model card."""
    return {
        "utterances": len(bank),
        "speakers": len(bank.speaker_names),
        "hours": round(bank.duration_seconds / 3600, 3),
    }
