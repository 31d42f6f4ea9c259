"""Times of words and phones in files that others read: TextGrid of Praat, CTM of NIST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Label(NamedTuple):
    """What is said from when to when, in seconds."""

    begin_seconds: float
    end_seconds: float
    text: str


def textgrid(tiers: Mapping[str, Sequence[Label]], duration_seconds: float) -> str:
    """A file of Praat's, in its long form, with an interval tier for each of ``tiers``.

    Parameters
    ----------
    tiers
        Labels in order, without overlaps; what is between them gets none.
    """
    lines = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0",
        f"xmax = {duration_seconds:.4f}", "tiers? <exists>", f"size = {len(tiers)}", "item []:",
    ]  # fmt: skip
    for number, (name, labels) in enumerate(tiers.items(), 1):
        intervals = _filled(labels, duration_seconds)
        lines += [
            f"    item [{number}]:", '        class = "IntervalTier"',
            f'        name = "{_quoted(name)}"', "        xmin = 0",
            f"        xmax = {duration_seconds:.4f}",
            f"        intervals: size = {len(intervals)}",
        ]  # fmt: skip
        for place, (begin, end, text) in enumerate(intervals, 1):
            lines += [
                f"        intervals [{place}]:", f"            xmin = {begin:.4f}",
                f"            xmax = {end:.4f}", f'            text = "{_quoted(text)}"',
            ]  # fmt: skip
    return "\n".join(lines) + "\n"


def ctm(recording: str, labels: Sequence[Label]) -> str:
    """Lines of a CTM: recording, channel 1, beginning, duration, text; times in seconds."""
    return "".join(
        f"{recording} 1 {begin:.3f} {end - begin:.3f} {'_'.join(text.split())}\n"
        for begin, end, text in labels
    )


def _filled(labels: Sequence[Label], duration_seconds: float) -> list[Label]:
    """``labels`` and empty ones between them, so that they cover the whole."""
    filled: list[Label] = []
    last = 0.0
    for label in (*labels, Label(duration_seconds, duration_seconds, "")):
        if label.begin_seconds > last + 1e-6:
            filled.append(Label(last, label.begin_seconds, ""))
        if label.end_seconds > label.begin_seconds:
            filled.append(label)
        last = label.end_seconds
    return filled


def _quoted(text: str) -> str:
    return text.replace('"', '""')
