"""The mini corpus: synthetic speech in the layout of VCTK 0.92, noises and noisy pairs.

It stands in where no recordings are given, so that every recipe runs from nothing::

    OUTPUT/wav48_silence_trimmed/p001/p001_001_mic1.flac     48 kHz
           txt/p001/p001_001.txt                             what is said
           phones/p001/p001_001.tsv                          start and end in seconds, IPA
           speaker-info.txt
           noise/{train,test}/KIND/KIND_01.flac              16 kHz
           pairs/{train,test}/{clean,noisy}/p001_061.wav     16 kHz
           pairs/{train,test}/pairs.tsv                      noise and signal-to-noise ratio
           mini.json                                         its arguments; written last

The same arguments give the same bytes. Sentence N is the same text for every speaker, and the
first ten are said by all. The sentences of the pairs are nowhere else, and those for testing are
not among those for training.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechgen.audio import resample, write
from speechgen.data.augment.loudness import active_rms, amplitude, rms, scale_to_snr
from speechgen.data.corpora import mini_noise
from speechgen.data.corpora.mini_espeak import Spoken, speak
from speechgen.data.corpora.mini_text import (
    BABBLE_VOICES,
    PAIR_SENTENCES,
    SENTENCES,
    VOICES,
    Voice,
)
from speechgen.errors import DataError, OutputError
from speechgen.files import read_json, synced_together, write_json, write_text

SPEECH_RATE = 48000
COMMON_SENTENCES = 10
PAIR_SNRS_DB = {"train": (0.0, 5.0, 10.0, 15.0), "test": (2.5, 7.5, 12.5, 17.5)}

_LEAD_SECONDS, _TRAIL_SECONDS = 0.1, 0.15
_SPEECH_LEVEL_DB, _NOISE_LEVEL_DB, _FLOOR_DB = -24.0, -26.0, -70.0
_NOISE_SECONDS, _NOISE_FILES = 9, {"train": 5, "test": 3}
_PAIRS_PER_VOICE = 4
_VERSION = 1


def generate_mini(
    output: str | Path, *, voices: int = 10, sentences: int = 40, seed: int = 0
) -> Path:
    """Write the mini corpus to ``output``; a complete one with the same arguments is kept.

    Parameters
    ----------
    output
        The folder, new or empty, or holding an interrupted generation.
    voices
        Number of speakers, 2 to 12.
    sentences
        Sentences of each speaker, 1 to 60.
    seed
        Of the noises and of which speaker says which sentences.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    DataError
        A number out of range, or espeak-ng is not installed.
    OutputError
        ``output`` holds something else.
    """
    output = Path(output)
    if not 2 <= voices <= len(VOICES):
        raise DataError(f"the mini corpus has 2 to {len(VOICES)} voices, not {voices}")
    if not 1 <= sentences <= len(SENTENCES):
        raise DataError(f"the mini corpus has 1 to {len(SENTENCES)} sentences, not {sentences}")
    recipe = {"version": _VERSION, "voices": voices, "sentences": sentences, "seed": seed}
    if _claim(output, recipe):
        return output
    chosen = VOICES[:voices]
    with synced_together():
        for index, voice in enumerate(chosen):
            _write_voice(output, voice, _choice(index, sentences, seed), [seed, 1, index])
        write_text(output / "speaker-info.txt", _speaker_info(chosen))
        for part in ("train", "test"):
            noises = _write_noises(output / "noise" / part, part, seed)
            _write_pairs(output / "pairs" / part, part, chosen, noises, seed)
    write_json(output / "mini.json", recipe | {"complete": True})
    return output


def _claim(output: Path, recipe: dict[str, int]) -> bool:
    """Whether the corpus is there already; otherwise mark the folder as ours."""
    marker = output / "mini.json"
    if marker.is_file():
        try:
            found = read_json(marker.read_text(encoding="utf-8"))
        except ValueError as error:
            raise OutputError(f"{marker}: not ours ({error}); choose another folder") from error
        if {key: found.get(key) for key in recipe} != recipe:
            raise OutputError(f"{output}: holds another mini corpus; choose another folder")
        return bool(found.get("complete"))
    if output.is_dir() and any(output.iterdir()):
        raise OutputError(f"{output}: holds something else; choose a new folder")
    write_json(marker, recipe | {"complete": False})
    return False


def _choice(index: int, count: int, seed: int) -> list[int]:
    """Which sentences speaker ``index`` says: the common ones, then a draw of the others."""
    common = min(count, COMMON_SENTENCES)
    rest = np.random.default_rng([seed, 0, index]).permutation(
        np.arange(COMMON_SENTENCES, len(SENTENCES))
    )
    return [*range(common), *sorted(int(i) for i in rest[: count - common])]


def _say(voice: Voice, texts: list[str]) -> list[Spoken]:
    return speak(
        texts,
        variant=voice.variant,
        pitch=voice.pitch,
        pitch_range=voice.pitch_range,
        rate=voice.rate,
    )


def _finished(
    spoken: Spoken, sample_rate: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[tuple[float, float, str]]]:
    """Resample, trim, level and put on a faint floor; the phone times move along."""
    wave = resample(spoken.wave.astype(np.float32) / 32768, spoken.sample_rate, sample_rate)
    first, last = spoken.phones[0][0], spoken.phones[-1][1]
    begin = round((first - _LEAD_SECONDS) * sample_rate)
    end = round((last + _TRAIL_SECONDS) * sample_rate)
    missing = (max(-begin, 0), max(end - len(wave), 0))
    wave = np.pad(wave[max(begin, 0) : end], missing)
    gain = amplitude(_SPEECH_LEVEL_DB) / active_rms(wave, sample_rate)
    wave = wave * np.float32(min(gain, 0.95 / float(np.abs(wave).max())))
    floor = rng.standard_normal(len(wave), dtype=np.float32) * np.float32(amplitude(_FLOOR_DB))
    shift = begin / sample_rate
    return wave + floor, [(start - shift, end - shift, name) for start, end, name in spoken.phones]


def _write_voice(output: Path, voice: Voice, indices: list[int], seed: list[int]) -> None:
    name = voice.name
    said = _say(voice, [SENTENCES[index] for index in indices])
    for index, spoken in zip(indices, said, strict=True):
        rng = np.random.default_rng([*seed, index])
        wave, phones = _finished(spoken, SPEECH_RATE, rng)
        stem = f"{name}_{index + 1:03d}"
        sound = output / "wav48_silence_trimmed" / name / f"{stem}_mic1.flac"
        write(sound, wave, SPEECH_RATE, overwrite=True)
        write_text(output / "txt" / name / f"{stem}.txt", SENTENCES[index] + "\n")
        lines = "".join(f"{start:.4f}\t{end:.4f}\t{phone}\n" for start, end, phone in phones)
        write_text(output / "phones" / name / f"{stem}.tsv", lines)


def _speaker_info(voices: tuple[Voice, ...]) -> str:
    rows = [
        f"{voice.name}  --  {voice.gender}    American    synthetic ({voice.variant})\n"
        for voice in voices
    ]
    return "".join(["ID  AGE  GENDER  ACCENTS  REGION COMMENTS\n", *rows])


def _write_noises(folder: Path, part: str, seed: int) -> dict[str, np.ndarray]:
    """The noises of one part, by ``kind/name``, as they are in the files' float originals."""
    rate, noises = mini_noise.SAMPLE_RATE, {}
    side = 2 if part == "train" else 3
    crowd = [_crowd_voice(voice) for voice in BABBLE_VOICES[part]]
    for number in range(_NOISE_FILES[part]):
        for order, kind in enumerate(("babble", *mini_noise.KINDS)):
            rng = np.random.default_rng([seed, side, number, order])
            num_samples = int(rng.uniform(_NOISE_SECONDS - 1, _NOISE_SECONDS + 1) * rate)
            if kind == "babble":
                wave = mini_noise.babble(num_samples, crowd[number % 2 :], rng)
            else:
                wave = mini_noise.KINDS[kind](num_samples, rng)
            loudest = min(amplitude(_NOISE_LEVEL_DB) / rms(wave), 0.95 / float(np.abs(wave).max()))
            wave = wave * np.float32(loudest)
            write(folder / kind / f"{kind}_{number + 1:02d}.flac", wave, rate, overwrite=True)
            noises[f"{kind}/{kind}_{number + 1:02d}"] = wave
    return noises


def _crowd_voice(voice: Voice) -> np.ndarray:
    start = int(voice.name[1:])
    texts = [SENTENCES[(7 * start + 5 * step) % len(SENTENCES)] for step in range(5)]
    said = _say(voice, texts)
    wave = np.concatenate([spoken.wave for spoken in said]).astype(np.float32) / 32768
    return resample(wave, said[0].sample_rate, mini_noise.SAMPLE_RATE)


def _write_pairs(
    folder: Path, part: str, voices: tuple[Voice, ...], noises: dict[str, np.ndarray], seed: int
) -> None:
    """Clean and noisy files: of every voice some sentences, noises and ratios in turn."""
    rate, names = mini_noise.SAMPLE_RATE, sorted(noises)
    rows = ["id\tnoise\tsnr_db\n"]
    side = 4 if part == "train" else 5
    for index, voice in enumerate(voices):
        half = len(PAIR_SENTENCES) // 2
        numbers = [(index + step) % half for step in range(_PAIRS_PER_VOICE)]
        numbers = [number + (0 if part == "train" else half) for number in numbers]
        for step, spoken in enumerate(_say(voice, [PAIR_SENTENCES[n] for n in numbers])):
            rng = np.random.default_rng([seed, side, index, step])
            clean, _ = _finished(spoken, rate, rng)
            name = names[(5 * (index * _PAIRS_PER_VOICE + step)) % len(names)]
            ratio = PAIR_SNRS_DB[part][step % 4]
            noise = np.roll(noises[name], int(rng.integers(len(noises[name]))))
            noisy = clean + scale_to_snr(clean, np.resize(noise, len(clean)), rate, ratio)
            scale = np.float32(min(1.0, 0.98 / float(np.abs(noisy).max())))
            stem = f"{voice.name}_{len(SENTENCES) + numbers[step] + 1:03d}"
            for kind, wave in (("clean", clean), ("noisy", noisy)):
                write(folder / kind / f"{stem}.wav", wave * scale, rate, overwrite=True)
            rows.append(f"{stem}\t{name}\t{ratio:g}\n")
    write_text(folder / "pairs.tsv", "".join(rows))
