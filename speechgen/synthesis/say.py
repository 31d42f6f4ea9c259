"""``speechgen.say`` and ``speechgen.say_sentences``: the Python functions of the command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import ConfigError
from speechgen.synthesis.speaking import Manner, Speaker, Speakers, Utterance, check_number
from speechgen.synthesis.speech_output import (
    check_sound,
    check_timings,
    sound_file,
    spoken_to,
    timings_file,
)
from speechgen.synthesis.voices import Voice
from speechgen.text import Lexicon, Text, sentences
from speechgen.text.reading import check_text
from speechgen.text.unsaid import Report, warn

#: who speaks where nobody is named
VOICE = "slt"
SILENCE_SECONDS = 0.2
_MOST_SILENCE = 60.0


def say(
    text: Text,
    *,
    voice: Voice | Speaker = VOICE,
    output: Path | str | None = None,
    rate: float = 1.0,
    semitones: float = 0.0,
    volume_db: float = 0.0,
    sentence_silence: float = SILENCE_SECONDS,
    lexicon: Lexicon | Path | str | None = None,
    ssml: bool = False,
    by_line: bool = False,
    temperature: float = 0.2,
    seed: int | None = 0,
    timings: Path | str | None = None,
    report: Report = warn,
    overwrite: bool = False,
    **models: Any,
) -> np.ndarray:
    """Say a text in a voice.

    Parameters
    ----------
    text
        English, as a whole, by its lines, an open file or a :class:`speechgen.text.TextStream`;
        with ``ssml`` it is SSML. Phones may stand in it, as ``[[h @ l oU]]``.
    voice
        A name that the converter knows, a recording of somebody or a folder of recordings, a file
        of vectors, a vector, or several of these; or a speaker that was loaded already.
    output
        Sound file to write (16 bit), or None.
    rate
        Times as fast as the voice's own, 0.5 to 2.
    semitones, volume_db
        By which melody and sound are moved.
    sentence_silence
        Seconds after each sentence.
    lexicon
        Pronunciations of your own (:func:`speechgen.text.read_lexicon`).
    by_line
        Whether a sentence ends at the end of each line; else at empty ones.
    temperature
        0 for the likeliest melody and durations, 1 for such as recordings have.
    seed
        Of all that is drawn; None for a random one.
    timings
        JSON file for the times of the words, or None.
    report
        Told what cannot be said and is left out; by default a warning.
    overwrite
        Whether outputs may be replaced.
    **models
        ``model``, ``converter``, ``vocoder``, ``encoder``, ``spectral_match`` and ``device`` of
        :class:`speechgen.synthesis.speaking.Speakers`.

    Returns
    -------
    ndarray
        (time,) float32 at the models' sample rate, 16000 Hz for those that are shipped.

    Raises
    ------
    SpeechgenError
        What is wrong with text, voice, models or output, in one line.

    Examples
    --------
    >>> import speechgen
    >>> wave = speechgen.say("Hello, world!", voice="bob.wav")  # doctest: +SKIP
    """
    check_sound(output, overwrite=overwrite)
    check_timings(timings, overwrite=overwrite)
    check_text(text)
    manner = Manner(rate, semitones, volume_db, temperature, seed)
    speaker = _speaker(voice, models)
    made: list[np.ndarray] = []
    with timings_file(timings, speaker.sample_rate, overwrite=overwrite) as timed:
        script = sentences(text, lexicon=lexicon, ssml=ssml, by_line=by_line, report=report)
        spoken_to(
            utterances(speaker, script, manner), made.append, checked(sentence_silence), timed
        )
    wave = np.concatenate(made)
    if output is not None:
        with sound_file(output, speaker.sample_rate, overwrite=overwrite) as sink:
            sink(wave)
    return wave


def say_sentences(
    text: Text,
    *,
    voice: Voice | Speaker = VOICE,
    rate: float = 1.0,
    semitones: float = 0.0,
    volume_db: float = 0.0,
    lexicon: Lexicon | Path | str | None = None,
    ssml: bool = False,
    by_line: bool = False,
    temperature: float = 0.2,
    seed: int | None = 0,
    report: Report = warn,
    **models: Any,
) -> Iterator[Utterance]:
    """The sentences of a text of any length, each as soon as it can be said; as :func:`say`.

    Yields
    ------
    Utterance
        Its ``words`` tell when they are said; ``chunks()`` gives its wave piece by piece,
        ``wave()`` as a whole.

    Examples
    --------
    >>> import speechgen
    >>> for sentence in speechgen.say_sentences(open("book.txt")):  # doctest: +SKIP
    ...     for chunk in sentence.chunks():
    ...         play(chunk)
    """
    manner = Manner(rate, semitones, volume_db, temperature, seed)
    script = sentences(text, lexicon=lexicon, ssml=ssml, by_line=by_line, report=report)
    return utterances(_speaker(voice, models), script, manner)


def utterances(speaker: Speaker, script: Iterable[Any], manner: Manner) -> Iterator[Utterance]:
    """What ``speaker`` makes of sentences, one by one."""
    for number, sentence in enumerate(script):
        yield speaker.utter(sentence, manner, number)


def checked(seconds: float) -> float:
    """Silence after a sentence, which must be 0 to 60 s (ConfigError)."""
    check_number("sentence_silence", seconds)
    if not 0 <= seconds <= _MOST_SILENCE:
        raise ConfigError(f"a silence lasts 0 to {_MOST_SILENCE:g} s, not {seconds}")
    return seconds


def _speaker(voice: Voice | Speaker, models: dict[str, Any]) -> Speaker:
    if not isinstance(voice, Speaker):
        return Speakers(**models).of(voice)
    if models:
        raise ConfigError(f"a speaker has its models; leave {', '.join(models)} out")
    return voice
