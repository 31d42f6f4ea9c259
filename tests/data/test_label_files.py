"""Files of times, as Praat and NIST's tools have them."""

from __future__ import annotations

import re

from speechgen.data.label_files import Label, ctm, textgrid

WORDS = (Label(0.1, 0.3, 'say "a"'), Label(0.3, 0.5, "b"), Label(0.7, 0.9, "c"))


def test_intervals_cover_the_whole_without_gaps() -> None:
    grid = textgrid({"words": WORDS, "none": ()}, 1.0)
    first, second = grid.split("item [2]")
    assert first.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n')
    assert "size = 2" in first
    begins = [float(t) for t in re.findall(r"^ {12}xmin = (.*)", first, re.MULTILINE)]
    ends = [float(t) for t in re.findall(r"^ {12}xmax = (.*)", first, re.MULTILINE)]
    assert begins == [0.0, 0.1, 0.3, 0.5, 0.7, 0.9] and ends == [*begins[1:], 1.0]
    texts = re.findall(r"^ {12}text = (.*)", first, re.MULTILINE)
    assert texts == ['""', '"say ""a"""', '"b"', '""', '"c"', '""']
    assert "intervals: size = 1" in second and 'text = ""' in second


def test_a_line_of_a_ctm_has_beginning_and_duration() -> None:
    assert ctm("u1", WORDS[1:]) == "u1 1 0.300 0.200 b\nu1 1 0.700 0.200 c\n"
