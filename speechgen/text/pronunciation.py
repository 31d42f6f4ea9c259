"""Words in their sentence to phones with stress, by gruut."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from speechgen.text.phone_notation import VOWELS
from speechgen.text.phonemiser import ENGLISH_PHONES, LANGUAGE, gruut_package
from speechgen.text.spelling import is_spelled, letter_word, spelled
from speechgen.text.spoken import Word

_STRESS = {"ˈ": 1, "ˌ": 2}
_PHONES = frozenset(ENGLISH_PHONES)
_MARKS = frozenset(",.?!")


def pronounced(tokens: Sequence[str]) -> list[Word | str]:
    """The words of ``tokens`` with their phones, its marks as they are.

    Parameters
    ----------
    tokens
        From :func:`speechgen.text.normaliser.normalised`. What a word means in its sentence, as for
        "read" and "lead", decides how it is said.
    """
    words = [token for token in tokens if token not in _MARKS and not is_spelled(token)]
    said = iter(_in_context(words))
    made: list[Word | str] = []
    for token in tokens:
        if token in _MARKS:
            made.append(token)
        elif is_spelled(token):
            made.append(letter_word(token))
        else:
            phones = next(said)
            made += [_word(token, phones)] if phones else _letters(token)
    return made


@lru_cache(maxsize=4096)
def is_word(word: str) -> bool:
    """Whether ``word``, in small letters, is in the dictionary."""
    gruut_package()
    from gruut.lang import get_settings

    lookup = get_settings(LANGUAGE).lookup_phonemes
    return lookup is not None and lookup(word) is not None


def _in_context(words: list[str]) -> list[tuple[str, ...]]:
    """Phones of each word with their stress before them; none where gruut has none."""
    if not words:
        return []
    said = _gruut(" ".join(words))
    if len(said) != len(words):  # it took some together, or one apart
        said = [_joined(_alone(word)) for word in words]
    return said


@lru_cache(maxsize=4096)
def _alone(word: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_gruut(word))


def _joined(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(phone for part in parts for phone in part)


def _gruut(text: str) -> list[tuple[str, ...]]:
    package = gruut_package()
    logging.getLogger("gruut").setLevel(logging.CRITICAL)
    sentences = package.sentences(
        text, lang=LANGUAGE, major_breaks=False, minor_breaks=False, punctuations=False
    )
    return [
        tuple(phone for phone in word.phonemes or () if phone.lstrip("ˈˌ") in _PHONES)
        for sentence in sentences
        for word in sentence
        if word.is_spoken
    ]


def _word(text: str, phones: Sequence[str]) -> Word:
    bare = tuple(phone.lstrip("ˈˌ") for phone in phones)
    stress = tuple(
        _STRESS.get(phone[0], 0) if name in VOWELS else 0
        for phone, name in zip(phones, bare, strict=True)
    )
    return Word(text, bare, stress)


def _letters(token: str) -> list[Word | str]:
    """A word that has no phones, letter by letter."""
    return [letter_word(letter) for letter in spelled(token).split()]
