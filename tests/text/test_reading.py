"""Texts that come in any parts are the same sentences, at once and in bounded memory."""

from __future__ import annotations

import io
import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from speechgen.errors import ConfigError, DataError
from speechgen.text import TextStream, sentences
from speechgen.text.pieces import plain_pieces
from speechgen.text.ssml import ssml_pieces

PLAIN = (
    "Naïve [[h @ l oU]] Dr. Who[['oU]]x [[not phones, [[h @]] “quoted”…  here.Then\r\n\r\n"
    "  \n a@b.org [[h @\nl]] \r3.5 km\n\n\n" + "[[" + "w " * 600 + "]] " + "a." * 3000 + " b" * 90
)
SSML = (
    '<speak>Naïve <p>one [[h @\nl oU]] two<prosody rate="80%">three [[</prosody>four</p>\n'
    '<break time="2s"/><sub alias="a b">c d</sub>e <s>' + "word " * 90 + "</s> é[['oU]]</speak>"
)


class Cut(io.RawIOBase):
    """A stream of bytes that come in parts of random length."""

    def __init__(self, text: str, seed: int, longest: int) -> None:
        self._data, self._longest = text.encode("utf-8-sig"), longest
        self._random = random.Random(seed)

    def read1(self, _: int) -> bytes:
        count = self._random.randint(1, self._longest)
        part, self._data = self._data[:count], self._data[count:]
        return part


@pytest.mark.parametrize("longest", [1, 3, 50, 2000])
def test_any_parts_are_the_same_pieces(longest: int) -> None:
    def cut(text: str) -> TextStream:
        return TextStream(Cut(text, longest, longest), "pipe")  # type: ignore[arg-type]

    for by_line in (False, True):
        whole = list(plain_pieces(PLAIN, by_line=by_line))
        assert whole == list(plain_pieces(cut(PLAIN), by_line=by_line))
    assert list(ssml_pieces(SSML)) == list(ssml_pieces(cut(SSML)))


def test_a_string_its_lines_and_files_are_the_same_pieces(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(PLAIN.encode("utf-8-sig"))
    whole = list(plain_pieces(PLAIN))
    assert whole == list(plain_pieces(io.StringIO(PLAIN, newline=None)))
    assert whole == list(plain_pieces(io.StringIO(PLAIN, newline=None).readlines()))
    assert whole == list(
        plain_pieces(line[:-1] for line in io.StringIO(PLAIN + "\n", newline=None))
    )
    assert whole == list(plain_pieces(TextStream(path)))
    with path.open(encoding="utf-8-sig") as file:
        assert whole == list(plain_pieces(file))


def test_lines_are_whole_or_end_where_a_sentence_may(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    long = "A sentence of some words. " * 20_000
    path.write_text(f"one\n\ntwo\n{long}\nend", encoding="utf-8")
    lines = list(TextStream(path))
    assert "".join(lines) == path.read_text(encoding="utf-8")
    assert lines[:3] == ["one\n", "\n", "two\n"] and lines[-1] == "end"
    assert max(map(len, lines)) <= 1 << 16
    assert all(part.endswith(".") for part in lines[3:-2])


def test_without_lines_sentences_come_before_more_is_read() -> None:
    class Slow(io.RawIOBase):
        parts = iter([b"Hello there my friend. ", b"How "])

        def read1(self, _: int) -> bytes:
            return next(self.parts, None) or pytest.fail("read ahead")

    pytest.importorskip("gruut", reason="text: gruut is not installed")
    made = sentences(TextStream(Slow(), "pipe"))  # type: ignore[arg-type]
    assert next(made).text == "Hello there my friend"


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (plain_pieces, "some words and more of them. "),
        (plain_pieces, "words[[ without a space"),
        (plain_pieces, "x."),
        (plain_pieces, " "),
        (ssml_pieces, "some words [[ and more of them. "),
    ],
)
def test_a_line_of_any_length_takes_bounded_memory(
    reader: Callable[[TextStream], Iterator[object]], text: str
) -> None:
    class Long(io.RawIOBase):
        left = 30

        def read1(self, count: int) -> bytes:
            self.left -= 1
            return (text * (count // len(text))).encode() if self.left > 0 else b""

    stream = Long()
    head = io.BytesIO(b"<speak>" if reader is ssml_pieces else b"")
    stream.read1 = lambda count, read=stream.read1: head.read() or read(count)  # type: ignore[method-assign]
    tracemalloc.start()
    with pytest.raises(DataError) if reader is ssml_pieces else memoryview(b""):
        for _ in reader(TextStream(stream, "pipe")):  # type: ignore[arg-type]
            pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.left <= 0 and most < 800_000  # of 0.5 MB of text, whose words take 10


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("Hello.".encode("utf-16"), "is UTF-16 text"),
        ("Привет".encode("utf-16"), "is UTF-16 text"),
        ("Hello.".encode("utf-16-le"), "is UTF-16 or UTF-32 text (NUL at byte 1)"),
        ("Hello.".encode("utf-32"), "is UTF-32 text"),
        ("Un café".encode("latin-1"), "is no UTF-8 text (unexpected end of data at byte 6)"),
        (
            "Hello. é là.".encode("latin-1"),
            "is no UTF-8 text (invalid continuation byte at byte 7)",
        ),
        (b"Hello. \xe2\x80", "is no UTF-8 text (unexpected end of data at byte 7)"),
        (b"Hello the\0re.", "is no UTF-8 text (NUL at byte 9)"),
    ],
)
@pytest.mark.parametrize("longest", [1, 100])
def test_other_encodings_are_refused_alike(
    tmp_path: Path, data: bytes, what: str, longest: int
) -> None:
    (tmp_path / "text.txt").write_bytes(data)
    parts = (data[begin : begin + longest] for begin in range(0, len(data), longest))

    class Parts(io.RawIOBase):
        def read1(self, _: int) -> bytes:
            return next(parts, b"")

    for stream in (TextStream(tmp_path / "text.txt"), TextStream(Parts(), "stdin")):  # type: ignore[arg-type]
        with pytest.raises(DataError, match="save it as UTF-8") as caught:
            list(stream)
        assert "\n" not in str(caught.value)
        if longest > 1 or "UTF-" not in what.replace("UTF-8", ""):
            assert what in str(caught.value)


def test_a_file_that_is_missing_or_opened_as_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none.txt: cannot be read"):
        list(TextStream(tmp_path / "none.txt"))
    path = tmp_path / "text.txt"
    path.write_bytes("café là".encode("latin-1"))
    with (
        path.open(encoding="utf-8") as file,
        pytest.raises(DataError, match=r"text.txt: is no utf"),
    ):
        list(plain_pieces(file))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"hi", "the text is bytes"),
        (None, "a str or its lines, not None"),
        (7, "a str or its lines, not 7"),
        (Path("book.txt"), "a str or its lines"),
        ([b"hi"], "a line of the text must be a str"),
        ([None], "a line of the text must be a str"),
    ],
)
def test_what_is_no_text_is_refused(text: object, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        list(itertools.islice(sentences(text), 1))  # type: ignore[arg-type]
