"""Figures, symbols and short forms as they stand in documents, in the words a reader would say."""

from __future__ import annotations

import pytest

from speechgen.text.characters import SYMBOLS_SAID
from speechgen.text.front_end import sentences
from speechgen.text.unsaid import Unsaid

pytest.importorskip("gruut", reason="text: gruut is not installed")

SAID = {
    # angles, lengths, durations
    "20°30′": "twenty degrees thirty minutes",
    "20° 30' 15\" N": "twenty degrees thirty minutes fifteen seconds north",
    "1°1′1″, 5°W": "one degree one minute one second five degrees west",
    "−5 °C and –5°C": "minus five degrees celsius and minus five degrees celsius",
    "5 ℃": "five degrees celsius",
    "he is 6′ and a 10″ one": "he is six feet and a ten inches one",
    'it is 7" wide': "it is seven inches wide",
    'he was born \'84 and "32" it is': "he was born eighty four and thirty two it is",
    "1h 30m 5s, 2m30s": "one hour thirty minutes five seconds two minutes thirty seconds",
    "5 kg/m³ at 60 km/hr": "five kilograms per meter cubed at sixty kilometers per hour",
    "6 ft. 2 in. tall, 10 lbs.": "six feet two inches tall ten pounds",
    "2½% of ½ kg": "two and a half percent of one half kilogram",
    "5 Mbps, 3 kWh": "five megabits per second three kilowatt hours",
    "500 B.C.": "five hundred b c",
    # ranges
    "1990–95, 1914 – 1918": "nineteen ninety to ninety five nineteen fourteen to nineteen eighteen",
    "5-10 kg, 1–2%": "five to ten kilograms one to two percent",
    "$5–10, £1–2m": "five dollars to ten dollars one pound to two million pounds",
    "10am–5pm, 10:30-11:45": "ten a m to five p m ten thirty to eleven forty five",
    "Mon–Fri, May–June": "monday to friday may to june",
    "5−3=2, 7-4 = 3": "five minus three equals two seven minus four equals three",
    # powers and mathematics
    "x⁴, 10⁻³, 2¹⁰": "x to the power of four ten to the power of minus three "
    "two to the power of ten",
    "x² at 10^6 or 1e-5": "x squared at ten to the power of six or one times ten to the power of "
    "minus five",
    "note¹ of f′(x)": "note one of f prime x",
    "3·4 ≥ 2, x != y": "three times four at least two x is not equal to y",
    # groups
    "+44 20 7946 0958": "plus forty four twenty seven nine four six zero nine five eight",
    "555.123.4567, 0800 123 456": "five five five one two three four five six seven "
    "zero eight zero zero one two three four five six",
    "978-3-16-148410-0": "nine seven eight three sixteen one four eight four one zero zero",
    "10 000 of 1 234 567": "ten thousand of one million two hundred and thirty four thousand "
    "five hundred and sixty seven",
    "v1.2.3-rc1": "v one dot two dot three r c one",
    "2020/11/05, 17h30": "november fifth twenty twenty seventeen thirty",
    "₹100, ₽300, ₩5, ₿2": "one hundred rupees three hundred rubles five won two bitcoins",
    # short forms
    "Ch. IV, Vol. III, Part I": "chapter four volume three part one",
    "Charles III's": "charles the third's",
    "cf. p. 12, viz. that": "compare page twelve namely that",
    "Lee et al. in Sept. 1999": "lee et al in september nineteen ninety nine",
    "c. 1850, incl. op. 27": "circa eighteen fifty including opus twenty seven",
    "Mon. and Tues.": "monday and tuesday",
    "on Elm Dr. by Dr. Lee": "on elm drive by doctor lee",
    "w/o, 50/50": "without fifty fifty",
    "#MondayMotivation, getUserName()": "hashtag monday motivation get user name",
    "McDonald of YouTube, pH": "mcdonald of youtube p h",
}


@pytest.mark.parametrize("written", SAID)
def test_how_it_is_said(written: str) -> None:
    unsaid: list[Unsaid] = []
    (made,) = sentences(f"It: {written}", report=unsaid.append)
    assert made.text.lower() == f"it {SAID[written]}"
    assert not unsaid


def test_each_symbol_is_said_or_parts_words() -> None:
    for symbol in set(SYMBOLS_SAID) - set("·–″′"):
        (made,) = sentences(f"so {symbol} it")
        assert len(made.text.split()) > 2, symbol


@pytest.mark.parametrize("face", [":-)", ";)", ":D", "^_^", ":'("])
def test_faces_of_marks_are_named_as_those_of_one_character_are(face: str) -> None:
    unsaid: list[Unsaid] = []
    made = list(sentences(f"Well {face} so, {face}. Go", report=unsaid.append))
    assert [one.text for one in made] == ["Well so", "Go"]
    assert [one.text for one in unsaid] == [face, face]
