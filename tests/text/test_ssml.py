"""The part of SSML that is done, and the refusal of all else."""

from __future__ import annotations

import pytest

from speechgen.errors import DataError
from speechgen.text.front_end import sentences
from speechgen.text.spoken import Mark, Sentence, Word

pytest.importorskip("gruut", reason="text: gruut is not installed")


def said(inside: str) -> list[Sentence]:
    return list(sentences(f"<speak>{inside}</speak>", ssml=True))


def words(inside: str) -> list[Word]:
    return [token for one in said(inside) for token in one.tokens if isinstance(token, Word)]


def test_paragraphs_and_sentences() -> None:
    made = said("<p>One <s>two</s> three</p><p>four. Five &amp; six</p>")
    assert [one.text for one in made] == ["One", "two", "three", "four", "Five and six"]


@pytest.mark.parametrize(
    ("tag", "mark", "seconds"),
    [
        ('<break time="500ms"/>', ",", 0.5),
        ('<break time="1.5s"/>', ",", 1.5),
        ('<break strength="none"/>', " ", None),
        ('<break strength="weak"/>', ",", None),
        ("<break/>", ",", 0.3),
    ],
)
def test_breaks(tag: str, mark: str, seconds: float | None) -> None:
    (made,) = said(f"one {tag} two")
    first, *silence = made.tokens[2:-3]
    assert isinstance(first, Mark) and first.symbol == mark
    assert [one.seconds for one in silence if isinstance(one, Mark)] == [seconds] * bool(seconds)


def test_breaks_at_the_ends() -> None:
    (made,) = said('<break time="1s"/>one.<break time="2s"/>')
    first, last = made.tokens[0], made.tokens[-1]
    assert isinstance(first, Mark) and isinstance(last, Mark)
    assert (first.seconds, last.seconds) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("inside", "seconds"),
    [
        ('<p>one.</p><break time="9s"/>', [None, 9]),
        ('<p>one</p> <break time="9s"/><p><break time="2s"/> </p>', [None, 11]),
        ('<p>one</p><break time="9s"/><s/><p>two</p>', [None, 9, None, None]),
        ('<break time="1s"/><p>one</p><p>two<break time="3s"/></p>', [1, None, None, 3]),
        (f'<p>{"word " * 40}</p><break time="9s"/>', [None, 9]),
        ('<p>one</p>* * *<break time="9s"/><p>two</p>', [None, None, 9, None]),
        ('<p>one</p>* * *<break time="9s"/>', [None, 9]),
        ('<p>one<break time="2s"/></p>* *<break time="3s"/><p>*<break time="4s"/></p>', [None, 9]),
        (f'<p>{"word " * 70}</p>* * *<break time="9s"/>', [None, None, None, 9]),
        ("<p>one</p>* * *", [None, None]),
    ],
)
def test_no_break_is_lost(inside: str, seconds: list[float | None]) -> None:
    ends = [one.tokens[place] for one in said(inside) for place in (0, -1)]
    assert [one.seconds for one in ends if isinstance(one, Mark)] == seconds


def test_a_break_leaves_a_question_one() -> None:
    first, second = said('<s>Is it?</s><break time="1s"/> <s>It is<break/>!</s>')
    assert first.symbols()[-2:] == ("?", "_") and second.symbols()[-2:] == ("!", "_")


@pytest.mark.parametrize(
    ("inside", "where"),
    [
        ("one" + '<break time="20s"/>' * 4 + "two", "after 'one' last 80 s"),
        ('<break time="40s"/>* *<break time="40s"/>two', "before the first word last 80 s"),
        ('<s>one<break time="40s"/></s><s><break time="40s"/>two</s>', "after 'one' last 80 s"),
        ('one<break time="40s"/>* *<s/><break time="40s"/>', "after 'one' last 80 s"),
    ],
)
def test_breaks_in_a_row_are_bounded_together(inside: str, where: str) -> None:
    assert len(words('one<break time="40s"/>' * 3)) == 3
    with pytest.raises(DataError, match=f"breaks {where} together; .* at most 60 s"):
        said(inside)


def test_prosody_is_of_the_words_within_and_adds_up() -> None:
    made = words(
        'a <prosody rate="80%" pitch="+2st" volume="+6dB">cat '
        '<prosody rate="+50%" pitch="-1st" volume="soft">ran</prosody></prosody> by'
    )
    assert [one.rate for one in made] == pytest.approx([1, 0.8, 1.2, 1])
    assert [one.semitones for one in made] == [0, 2, 1, 0]
    assert [one.volume_db for one in made] == [0, 6, 0, 0]


def test_labels_of_volume_within_silence_are_silent() -> None:
    (word,) = words('<prosody volume="silent"><prosody volume="soft">a</prosody></prosody>')
    assert word.volume_db == -40
    (word,) = words('<prosody volume="+6db">a</prosody>')
    assert word.volume_db == 6


def test_english_of_any_place() -> None:
    assert words('<p xml:lang="en">a</p>') == words('<p xml:lang="en-GB">a</p>') == words("a")


@pytest.mark.parametrize(
    ("inside", "spoken"),
    [
        ('<sub alias="World Wide Web">WWW</sub>', "World Wide Web"),
        ('<say-as interpret-as="characters">A1-b</say-as>', "A one dash B"),
        ('<say-as interpret-as="digits">1984</say-as>', "one nine eight four"),
        (
            '<say-as interpret-as="cardinal">1984</say-as>',
            "one thousand nine hundred and eighty four",
        ),
        ('<say-as interpret-as="ordinal">3</say-as>', "third"),
        (
            '<say-as interpret-as="date" format="dmy">1/5/2024</say-as>',
            "May first twenty twenty four",
        ),
        ('<say-as interpret-as="date">2024-05-01</say-as>', "May first twenty twenty four"),
        ('<say-as interpret-as="date">1/5/2024</say-as>', "January fifth twenty twenty four"),
        ('<say-as interpret-as="date">1 5 2024</say-as>', "January fifth twenty twenty four"),
        ('<say-as interpret-as="telephone">555-12</say-as>', "five five five one two"),
    ],
)
def test_what_is_said_as_another_thing(inside: str, spoken: str) -> None:
    (made,) = said(inside)
    assert made.text == spoken


@pytest.mark.parametrize(
    ("alphabet", "phones"), [("ipa", "təmˈeɪtoʊ"), ("cmu-arpabet", "T AH0 M EY1 T OW0")]
)
def test_phonemes(alphabet: str, phones: str) -> None:
    (word,) = words(f'<phoneme alphabet="{alphabet}" ph="{phones}">tomato</phoneme>')
    assert word == Word("tomato", ("t", "ə", "m", "eɪ", "t", "oʊ"), (0, 0, 0, 1, 0, 0))


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('<audio src="x.wav"/>', "<audio> is not done"),
        ("<emphasis>a</emphasis>", "<emphasis> is not done"),
        ('<voice name="x">a</voice>', "<voice> is not done"),
        ('<prosody contour="(0%,+2st)">a</prosody>', "contour of <prosody> is not done"),
        ('<prosody rate="quick">a</prosody>', "rate 'quick'"),
        ('<prosody rate="9">a</prosody>', "a rate of 9"),
        ('<prosody pitch="200Hz">a</prosody>', "pitch '200Hz'"),
        ('<prosody volume="100dB">a</prosody>', "at most 40 dB, not 100"),
        ('<prosody volume="-41dB">a</prosody>', "at most 40 dB, not -41"),
        ('<prosody volume="30dB"><prosody volume="11dB">a</prosody></prosody>', "40 dB, not 41"),
        ('<break time="5"/>', "time '5'"),
        ('<break time="3600s"/>', "at most 60 s"),
        ('<say-as interpret-as="rhyme">a</say-as>', "interpret-as 'rhyme' is not done"),
        ('<say-as interpret-as="cardinal">cat</say-as>', "'cat' cannot be said as cardinal"),
        ('<say-as interpret-as="date">99/99/9999</say-as>', "cannot be said as date"),
        ('<say-as interpret-as="date">2024-13-01</say-as>', "cannot be said as date"),
        ("<say-as>1</say-as>", "needs interpret-as"),
        ('<phoneme ph="Q">a</phoneme>', "'Q' is no phone"),
        ('<phoneme alphabet="x-sampa" ph="a">a</phoneme>', "alphabet 'x-sampa'"),
        ('<p xml:lang="de">a</p>', "English alone"),
        ('<p xml:lang="english">a</p>', "English alone"),
        ('<p xml:lang="en_US">a</p>', "write en or en-US"),
        ("<p>a", "well-formed"),
        ("a &nbsp; b", "well-formed"),
        ("<sub alias='a'><p>b</p></sub>", "holds text alone"),
        ("<speak>a</speak>", "wrong place"),
        ("<p>" * 100, "64 deep"),
    ],
)
def test_what_is_not_done_is_refused_by_name(inside: str, what: str) -> None:
    with pytest.raises(DataError, match="SSML, line 2: .*" + what.replace("(", r"\(")):
        list(sentences(f"<speak>\n{inside}</speak>", ssml=True))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE speak [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE speak SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_are_refused(head: str) -> None:
    with pytest.raises(DataError, match="refused"):
        list(sentences(f"{head}<speak>&b;</speak>", ssml=True))


def test_tags_are_needed() -> None:
    with pytest.raises(DataError, match="well-formed"):
        list(sentences("just text", ssml=True))


def test_a_word_is_not_cut_where_the_parser_cuts() -> None:
    long = "wonder " * 3000
    made = [one.text for one in said(long)]
    assert set(" ".join(made).split()) == {"wonder"}
