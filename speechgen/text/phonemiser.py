"""Written English to phones, by gruut: lexicon, numbers, dates, abbreviations, unknown words."""

from __future__ import annotations

from types import ModuleType

from speechgen.errors import DataError, SpeechgenError
from speechgen.files import printable

#: what :func:`phonemise` writes American English with
ENGLISH_PHONES = (
    *("aɪ", "aʊ", "b", "d", "d͡ʒ", "eɪ", "f", "h", "i", "j", "k", "l", "m", "n", "oʊ", "p", "s"),
    *("t", "t͡ʃ", "u", "v", "w", "z", "æ", "ð", "ŋ", "ɑ", "ɔ", "ɔɪ", "ə", "ɚ", "ɛ", "ɡ", "ɪ", "ɹ"),
    *("ʃ", "ʊ", "ʌ", "ʒ", "θ"),
)
LANGUAGE = "en-us"  # of gruut
_STRESS = str.maketrans("", "", "ˈˌ")


def phonemise(text: str) -> list[str]:
    """The phones of ``text`` as they are said, without stress and pauses.

    Parameters
    ----------
    text
        English, with marks, numbers, dates and abbreviations as they are written. Where all of it
        is in capitals, as in LibriSpeech, it is read as if it were in small letters.

    Returns
    -------
    list of str
        Phones of American English in the International Phonetic Alphabet, diphthongs and
        affricates as one: ``["h", "ɛ", "l", "oʊ"]``.

    Raises
    ------
    DataError
        The text holds nothing to say.
    SpeechgenError
        gruut is not installed.
    """
    gruut = gruut_package()
    spoken = text.lower() if text.isupper() else text
    sentences = gruut.sentences(spoken, lang=LANGUAGE)
    phones = [
        phone.translate(_STRESS)
        for sentence in sentences
        for word in sentence
        if word.is_spoken
        for phone in word.phonemes or ()
    ]
    if not phones:
        raise DataError(f"'{printable(text)}' holds nothing to say; give words")
    return phones


def gruut_package() -> ModuleType:
    """The package; :class:`SpeechgenError` with how to install it where it is missing."""
    try:
        import gruut
    except ImportError as error:
        raise SpeechgenError(
            "turning text into phones needs gruut; install it with: pip install 'speechgen[text]'"
        ) from error
    return gruut
