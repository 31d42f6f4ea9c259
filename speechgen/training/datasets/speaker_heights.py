"""How high the voices of a training speak, from all of its recordings or a few of each voice."""

from __future__ import annotations

from pathlib import Path

from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.on_demand import extracted_on_demand
from speechgen.data.datasets.speaker_pitch import speaker_f0
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet
from speechgen.features import FeatureSettings
from speechgen.progress import track

_HEARD = 8  # utterances of each voice in shards


def f0_of_speakers(
    whole: AudioBank | ShardSet, settings: FeatureSettings, cache_dir: str | Path | None
) -> list[float]:
    """Mean F0 of each of the speakers, in Hz to a tenth; 0 where nothing is voiced.

    Of shards, which would have to be read as a whole, the first utterances of each are heard.

    Parameters
    ----------
    settings
        Of features with ``absolute_pitch``.
    cache_dir
        Where the features of a data directory are kept.
    """
    if isinstance(whole, AudioBank):
        return speaker_f0(whole, FrameBank(whole, settings, cache_dir))
    found = []
    for number in track(range(len(whole.speaker_names)), "pitch of the voices"):
        places = whole.rows_of_speaker(number)[:_HEARD]
        bank = ShardBank(whole, places, settings.sample_rate, level_db=settings.wave_level_db)
        found += speaker_f0(bank, extracted_on_demand(bank, settings))
    return found
