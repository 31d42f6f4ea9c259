"""Writing pairs of clean speech and the same from a room, over a telephone or clipped.

Test sets for what is wrong with recordings besides noise. The clean side of a room is the direct
sound with the reflections of its first 50 ms, which belong to the voice as one hears it; that is
what enhancers are trained towards.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.signal

from speechgen.data.augment.codecs import TELEPHONE_BAND_HZ, clipped, coded
from speechgen.data.augment.mix_pairs import read_utterance
from speechgen.data.augment.rir import Response, RoomBank, clarity_db, early, simulated
from speechgen.data.augment.written_pairs import Pair, write_pairs
from speechgen.data.datasets.random_access import generator
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError

DEGRADATIONS = ("room", "telephone", "clipping")
CLIPPING_DB = (6.0, 18.0)  # below the peak
_ROOM_SECONDS = 0.8
_CODECS = ("a_law", "gsm", "mu_law")
_PEAK = 0.98


def degrade_pairs(
    clean_dir: DataDirectory | str | Path,
    out_dir: str | Path,
    kind: str,
    *,
    rooms: str | Path | None = None,
    seed: int = 0,
    sample_rate: int | None = None,
) -> DataDirectory:
    """Write every utterance once, clean and degraded.

    Parameters
    ----------
    clean_dir
        Data directory of speech.
    out_dir
        Gets both sides and ``pairs.tsv``, as :func:`mix_pairs` writes them.
    kind
        "room": simulated (Polack's model) or measured responses; "telephone": 8 kHz and a codec
        (G.711 or GSM 06.10); "clipping": cut 6 to 18 dB below the peak.
    rooms
        Folder of measured responses, for "room".
    seed
        Of every choice; the result depends on nothing but that and the inputs.
    sample_rate
        In Hz; None for that of the speech.

    Raises
    ------
    DataError
        An unknown kind, rooms for another one, or a room folder without responses.
    """
    if kind not in DEGRADATIONS:
        raise DataError(f"{kind}: needs one of {', '.join(DEGRADATIONS)}")
    if rooms is not None and kind != "room":
        raise DataError(f"{rooms}: rooms are for 'room', not for {kind!r}")
    data = clean_dir if isinstance(clean_dir, DataDirectory) else load_data_directory(clean_dir)
    banks: dict[int, RoomBank] = {}

    def degraded() -> Iterator[Pair]:
        for number, name in enumerate(data.ids):
            wave, rate = read_utterance(data, name, sample_rate)
            rng = generator(seed, number)
            if kind == "telephone":
                codec = _CODECS[number % len(_CODECS)]
                clean, worse, fact = wave, _telephone(wave, rate, codec, rng), codec
            elif kind == "clipping":
                depth_db = rng.uniform(*CLIPPING_DB)
                clean, worse, fact = wave, clipped(wave, depth_db), f"{depth_db:.1f}"
            else:
                if rooms is not None and rate not in banks:
                    banks[rate] = RoomBank(rooms, rate, seconds=_ROOM_SECONDS)
                response = (
                    simulated(rng, rate, _ROOM_SECONDS) if rooms is None else banks[rate].draw(rng)
                )
                clean, worse = (_in(wave, r) for r in (early(response, rate), response))
                fact = f"{clarity_db(response, rate):.1f}"
            gain = np.float32(min(1.0, _PEAK / max(np.abs(clean).max(), np.abs(worse).max(), 1e-9)))
            yield Pair(name, name, clean * gain, worse * gain, rate, (fact,))

    column = {"room": "clarity_db", "telephone": "codec", "clipping": "clipping_db"}[kind]
    return write_pairs(data, out_dir, degraded(), (column,))


def _in(wave: np.ndarray, response: Response) -> np.ndarray:
    """(time,) in a room, in time with the direct sound."""
    whole = scipy.signal.fftconvolve(wave, response.wave).astype(np.float32)
    return whole[response.zero : response.zero + len(wave)]


def _telephone(wave: np.ndarray, rate: int, codec: str, rng: np.random.Generator) -> np.ndarray:
    """300 Hz to about 3.4 kHz through a codec at 8 kHz, without delay."""
    edges = (300.0, min(rng.uniform(*TELEPHONE_BAND_HZ), 0.49 * rate))
    band = scipy.signal.butter(4, edges, "bandpass", fs=rate, output="sos")
    narrow = scipy.signal.sosfiltfilt(band, wave).astype(np.float32)
    return np.clip(coded(narrow, rate, codec), -1, 1)
