"""Bars are seen on a terminal, when the work lasts, and nowhere else."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from speechgen import progress
from speechgen.progress import Bar, track


class Terminal(io.StringIO):
    """A stderr somebody looks at."""

    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Within a test, since pytest sets stderr itself between the fixtures and the test."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    return stderr


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of this module alone: event loops of other threads go by that of ``time``."""
    clock = SimpleNamespace(monotonic=iter(range(0, 1000, 10)).__next__)
    monkeypatch.setattr(progress, "time", clock)


def test_items_come_through_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    open_terminal(monkeypatch)
    assert list(track(iter("abc"), "spelling")) == ["a", "b", "c"]
    assert list(track(iter("abc"), "spelling", 3)) == ["a", "b", "c"]


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    list(track(range(100), "counting"))
    assert terminal.getvalue() == ""


def test_no_terminal_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setitem(sys.modules, "rich", None)  # it is not even imported
    with Bar("waiting", delay_seconds=0.0) as bar:
        bar.update(1, 2)
        assert not bar.on_terminal
    assert stderr.getvalue() == ""
    bar.say("a line")
    assert stderr.getvalue() == "a line\n"


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (None, "20/40"), ("bytes", "20/40 bytes"), ("%", "50%"),
        ("s of sound", "20 of 40 s of sound"),
    ],
)  # fmt: skip
def test_work_that_lasts_shows_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, at_once: None, unit: str | None, shown: str
) -> None:
    terminal = open_terminal(monkeypatch)
    with Bar("waiting", unit=unit) as bar:
        bar.update(10, 40)
        bar.advance(10)
        bar.say("[a line]")
    text = terminal.getvalue()
    assert "waiting" in text
    assert shown in text
    assert "[a line]" in text


def test_a_note_stands_beside_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    bar = Bar("training", 1.0, unit="%", delay_seconds=0.0, transient=False)
    bar.update(0.5, note="loss 3")
    bar.close()
    assert "loss 3" in terminal.getvalue()
