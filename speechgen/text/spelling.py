"""Letters that are said by their names.

In a text on its way to phones, a character of a private range stands for such a letter, so that
"A" the letter and "a" the article stay apart.
"""

from __future__ import annotations

from speechgen.text.spoken import Word

_FIRST = 0xE000
_NAMES = {
    "A": "ˈeɪ", "B": "b ˈi", "C": "s ˈi", "D": "d ˈi", "E": "ˈi", "F": "ˈɛ f", "G": "d͡ʒ ˈi",
    "H": "ˈeɪ t͡ʃ", "I": "ˈaɪ", "J": "d͡ʒ ˈeɪ", "K": "k ˈeɪ", "L": "ˈɛ l", "M": "ˈɛ m",
    "N": "ˈɛ n", "O": "ˈoʊ", "P": "p ˈi", "Q": "k j ˈu", "R": "ˈɑ ɹ", "S": "ˈɛ s", "T": "t ˈi",
    "U": "j ˈu", "V": "v ˈi", "W": "d ˈʌ b ə l j u", "X": "ˈɛ k s", "Y": "w ˈaɪ", "Z": "z ˈi",
}  # fmt: skip
SPELLED = f"{chr(_FIRST + ord('A'))}-{chr(_FIRST + ord('Z'))}"


def spelled(letters: str) -> str:
    """The letters of ``letters``, each to be said by its name, with spaces around and between."""
    names = [chr(_FIRST + ord(one)) for one in letters.upper() if one in _NAMES]
    return f" {' '.join(names)} "


def is_spelled(word: str) -> bool:
    """Whether ``word`` is a letter from :func:`spelled`."""
    return len(word) == 1 and chr(max(0, ord(word) - _FIRST)) in _NAMES


def letter_word(word: str) -> Word:
    """The name of a letter from :func:`spelled`."""
    letter = chr(ord(word) - _FIRST)
    phones = _NAMES[letter].split()
    return Word(
        letter,
        tuple(phone.removeprefix("ˈ") for phone in phones),
        tuple(int(phone.startswith("ˈ")) for phone in phones),
    )
