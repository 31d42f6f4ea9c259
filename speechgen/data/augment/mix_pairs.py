"""Writing noisy pairs: every utterance with a noise at a given signal-to-noise ratio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from speechgen.audio import info, read, resample
from speechgen.data.augment.loudness import rms, scale_to_snr
from speechgen.data.augment.written_pairs import Pair, write_pairs
from speechgen.data.datasets.random_access import generator
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError

VOICEBANK_TEST_SNRS_DB = (2.5, 7.5, 12.5, 17.5)
_PEAK = 0.98
_TRIES = 20
_SILENCE = 1e-5


def mix_pairs(
    clean_dir: DataDirectory | str | Path,
    noise_dir: DataDirectory | str | Path,
    out_dir: str | Path,
    *,
    snrs_db: Sequence[float] = VOICEBANK_TEST_SNRS_DB,
    seed: int = 0,
    count: int | None = None,
    sample_rate: int | None = None,
) -> DataDirectory:
    """Mix speech with noise, as VoiceBank-DEMAND does: the ratios are taken in turn.

    The ratio is active speech level over root mean square of the noise. Both sides are scaled
    down alike where the mixture would clip. Noises are drawn class by class, so that every class
    is used as often; the result depends on nothing but the inputs and ``seed``.

    Parameters
    ----------
    clean_dir, noise_dir
        Data directories of speech and noise.
    out_dir
        Gets ``clean/ID.wav``, ``noisy/ID.wav`` (16 bit, mono), the data directory that joins them
        and ``pairs.tsv``, with the noise and ratio of each.
    snrs_db
        Ratios in dB.
    seed
        Of the choice of noises and their places.
    count
        Number of pairs; None for every utterance once. Utterances are used again, with the next
        ratio and another noise, where more are asked for; fewer are spread over the whole list.
    sample_rate
        In Hz; None for that of the speech.

    Raises
    ------
    DataError
        No ratios, or noises that are silent throughout.
    """
    clean, noise = (
        data if isinstance(data, DataDirectory) else load_data_directory(data)
        for data in (clean_dir, noise_dir)
    )
    if not snrs_db or (count is not None and count < 1):
        raise DataError("a mix needs at least one signal-to-noise ratio and a count of 1 or more")

    def mixtures() -> Iterator[Pair]:
        for number, (name, utterance, turn) in enumerate(_plan(clean.ids, count)):
            snr_db = float(snrs_db[(number % len(clean) + turn) % len(snrs_db)])
            wave, rate = read_utterance(clean, utterance, sample_rate)
            sound, noise_id, start = _draw_noise(noise, len(wave), rate, generator(seed, number))
            speech, noisy = mix(wave, sound, rate, snr_db)
            yield Pair(
                name, utterance, speech, noisy, rate, (noise_id, f"{start:.3f}", f"{snr_db:g}")
            )

    return write_pairs(clean, out_dir, mixtures(), ("noise", "noise_start_seconds", "snr_db"))


def mix(
    clean: np.ndarray, noise: np.ndarray, sample_rate: int, snr_db: float
) -> tuple[np.ndarray, np.ndarray]:
    """Speech and its mixture with noise, scaled down together where the mixture would clip.

    Parameters
    ----------
    clean, noise
        (time,) of one length.
    sample_rate
        In Hz.
    snr_db
        Active speech level over root mean square of the noise, in dB.

    Returns
    -------
    clean, noisy : ndarray
        (time,) each.
    """
    noisy = clean + scale_to_snr(clean, noise, sample_rate, snr_db)
    peak = float(max(np.abs(clean).max(), np.abs(noisy).max()))
    gain = np.float32(min(1.0, _PEAK / peak)) if peak > 0 else np.float32(1)
    return clean * gain, noisy * gain


def read_utterance(
    data: DataDirectory, utterance: str, sample_rate: int | None = None
) -> tuple[np.ndarray, int]:
    """An utterance as (time,) float32, mean of its channels, and its rate; segments are cut out."""
    start, count, _ = _span(data, utterance)
    return _read_mono_part(data.wavs[utterance], start, count, sample_rate)


def _span(data: DataDirectory, utterance: str) -> tuple[int, int, int]:
    """Where an utterance begins in its file and how long it is, in samples, and the rate."""
    facts = info(data.wavs[utterance])
    if not data.segments:
        return 0, facts.num_samples, facts.sample_rate
    segment = data.segments[utterance]
    start = round(segment.start_seconds * facts.sample_rate)
    stop = min(round(segment.end_seconds * facts.sample_rate), facts.num_samples)
    return start, stop - start, facts.sample_rate


def _read_mono_part(
    path: Path, start: int, num_samples: int, sample_rate: int | None
) -> tuple[np.ndarray, int]:
    wave, rate = read(path, start=start, num_samples=num_samples)
    wanted = rate if sample_rate is None else sample_rate
    return resample(wave.mean(axis=0), rate, wanted), wanted


def _plan(ids: list[str], count: int | None) -> list[tuple[str, str, int]]:
    """Name of each mix, its utterance, and how often that was used before."""
    count = len(ids) if count is None else count
    if count <= len(ids):
        return [(name, name, 0) for name in (ids[i * len(ids) // count] for i in range(count))]
    plan = []
    for number in range(count):
        turn, place = divmod(number, len(ids))
        plan.append((f"{ids[place]}_mix{turn}" if turn else ids[place], ids[place], turn))
    return plan


def _draw_noise(
    noise: DataDirectory, num_samples: int, sample_rate: int, rng: np.random.Generator
) -> tuple[np.ndarray, str, float]:
    """A stretch of a noise that is not silent, its id, and where it begins (seconds)."""
    classes = noise.speaker_names
    for _ in range(_TRIES):
        chosen = classes[int(rng.integers(len(classes)))]
        members = [name for name in noise.ids if noise.speakers[name] == chosen]
        name = members[int(rng.integers(len(members)))]
        first, length, rate = _span(noise, name)
        needed = min(-(-num_samples * rate // sample_rate), length)
        start = int(rng.integers(length - needed + 1))
        wave, _ = _read_mono_part(noise.wavs[name], first + start, needed, sample_rate)
        stretch = np.resize(wave, num_samples)  # short noises are repeated
        if rms(stretch) > _SILENCE:
            return stretch, name, start / rate
    raise DataError(f"{noise.path}: {_TRIES} noises drawn were silent; leave silent files out")
