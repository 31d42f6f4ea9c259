"""The frames of an MP3 file, counted: its header may state another length, or none.

A file of variable bit rate without the tag of Xing does not state its length, and libsndfile takes
the size of the first frames for that of all; it also stops where the tag of the first of several
joined files says. So each run of frames gets a tag with the true count. The tag stands for no
sound, but one of LAME also says how many samples to drop at both ends; a silent frame is put
before frames that had no tag, and dropped with the 529 samples that decoders drop in any case.

Layers 1 and 2 have no such tag. There libsndfile stops where the size of the first frame makes it
expect the end, so that a part begins wherever frames become smaller.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from speechgen.audio.layout import Layout, Part, patched

_RATES = {  # kbit/s by (version is MPEG 1, layer)
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}  # MPEG 2 and 2.5 have one row for layers 2 and 3
_SLOT = {1: 4, 2: 1}  # bytes by which frames of one rate differ, by the layers without tags
_HERTZ = (44100, 48000, 32000)
_DECODER_DELAY = 529
_TAG_BYTES = 52  # of Xing's tag without table of contents, and LAME's
_TAG_STARTS = (b"Xi", b"In")
_TAG_PLACES = 64  # bytes of a frame in which a tag begins
_PROBE = 3  # frames that must follow each other before they are believed
_WINDOW = 1 << 16
_FLAG_FRAMES, _FLAG_BYTES = 1, 2
EMPTY_ID3 = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)
_MOST_LACKING = 64  # frames until the 511 bytes that one may need are there
_TRIM = 21  # place in LAME's tag of the samples to drop


class Frame(NamedTuple):
    """What the four bytes before a frame say."""

    size: int  # bytes
    samples: int  # of each channel
    layer: int
    sample_rate: int
    channels: int
    is_mpeg1: bool


@dataclass
class _Run:
    """Frames that belong together, and the pieces of the file that they fill."""

    pieces: list[tuple[int, int]]
    frame: Frame
    count: int = 0  # frames with sound
    stated: int | None = None  # by the tag
    tag: int | None = None  # place of the tag


def examine_mpeg(file: BinaryIO, start: int, stop: int, head: Part = (EMPTY_ID3,)) -> Layout:
    """Count the frames between two places.

    ``head`` are the pieces of the tag before the first frame. Without one libsndfile looks for a
    file ``._NAME``, a resource fork, before it looks for frames; so each part gets a tag.
    """
    reader = _Bytes(file, stop)
    place = _first_frame(reader, start)
    if place is None:
        return Layout()
    runs: list[_Run] = []
    damage, origin = "", place
    while (frame := _frame(reader, place, runs)) is not None:
        if place + frame.size > stop:
            damage = damage or "is cut short, it ends within a frame"
            break
        tag = _tag(reader, place, frame)
        if not runs or tag is not None or _begins_run(runs[-1].frame, frame):
            runs.append(_Run([(place, place)], frame))
        run = runs[-1]
        if tag is not None:
            run.tag, run.stated = tag
        else:
            run.count += 1
        place = _pass_alike(reader, run, place + frame.size)
        run.pieces[-1] = (run.pieces[-1][0], place)
        if _frame(reader, place, runs) is None:
            after = _next_frame(reader, place)
            if after is None:
                break
            if not _is_tag(reader, place, after):
                damage = damage or _gap(runs, after - place)
            place = after
            run.pieces.append((place, place))
    runs = [run for run in runs if run.count]
    if not runs:
        return Layout()
    short = [r for r in runs if r.stated is not None and r.count < r.stated - 1]
    if short:
        damage = _cut_frames(short[0])
    first = runs[0]
    is_sound = first.stated in (first.count, first.count + 1) or first.frame.layer in _SLOT
    is_one = len(runs) == len(first.pieces) == 1 and origin == start
    if is_sound and is_one and not damage:
        return Layout(((*head, (start, stop)),) if head == (EMPTY_ID3,) else ())
    parts = [_with_true_count(file, run) for run in runs]
    heads = [head, *([(EMPTY_ID3,)] * (len(parts) - 1))]
    return Layout(tuple((*h, *part) for h, part in zip(heads, parts, strict=True)), damage)


def _pass_alike(reader: _Bytes, run: _Run, place: int) -> int:
    """Count the frames without a tag that follow in the same window; where the next thing is."""
    data, start = reader.window(place)
    tag = 4 + _side_bytes(run.frame)
    kind = run.frame[2:]
    here, last = place - start, len(data) - _TAG_PLACES
    while here < last:
        frame = parse(int.from_bytes(data[here : here + 4], "big"))
        if frame is None or frame[2:] != kind or here + start + frame.size > reader.stop:
            break
        if frame.layer in _SLOT and _begins_run(run.frame, frame):
            break
        if (
            data[here + tag : here + tag + 2] in _TAG_STARTS
            or data[here + 36 : here + 40] == b"VBRI"
        ):
            break
        here += frame.size
        run.count += 1
    return start + here


@functools.lru_cache(4096)
def parse(word: int) -> Frame | None:
    """The frame that begins with these 32 bits, most significant first; None if none does."""
    version, layer = word >> 19 & 3, 4 - (word >> 17 & 3)
    rate, hertz = word >> 12 & 15, word >> 10 & 3
    if word >> 21 != 0x7FF or version == 1 or layer == 4 or rate in (0, 15) or hertz == 3:
        return None
    first = version == 3
    bits = 1000 * _RATES[first, layer if first else min(layer, 2)][rate]
    sample_rate = _HERTZ[hertz] >> (0 if first else 1 if version == 2 else 2)
    pad = word >> 9 & 1
    channels = 1 if word >> 6 & 3 == 3 else 2
    if layer == 1:
        return Frame((12 * bits // sample_rate + pad) * 4, 384, 1, sample_rate, channels, first)
    samples = 1152 if layer == 2 or first else 576
    return Frame(
        samples // 8 * bits // sample_rate + pad, samples, layer, sample_rate, channels, first
    )


class _Bytes:
    """Bytes of a file by their places, read in windows."""

    def __init__(self, file: BinaryIO, stop: int) -> None:
        self._file, self.stop = file, stop
        self._start, self._window = 0, b""

    def at(self, place: int, count: int) -> bytes:
        """``count`` bytes, fewer at the end."""
        inside = place - self._start
        if inside < 0 or inside + count > len(self._window):
            self._file.seek(place)
            self._window = self._file.read(min(_WINDOW, max(0, self.stop - place)))
            self._start, inside = place, 0
        return self._window[inside : inside + count]

    def window(self, place: int) -> tuple[bytes, int]:
        """Many bytes from ``place`` on, and where they begin."""
        if place >= self._start + len(self._window) - _WINDOW // 4:
            self.at(place, _WINDOW)
        return self._window, self._start

    def word(self, place: int) -> int:
        """Four bytes as a number; 0 at the end."""
        data = self.at(place, 4)
        return int.from_bytes(data, "big") if len(data) == 4 else 0


def _follow(reader: _Bytes, place: int) -> bool:
    """Whether a few frames follow each other here, or up to the end."""
    first = None
    for number in range(_PROBE):
        frame = parse(reader.word(place))
        if frame is None or (first is not None and _differs(first, frame)):
            return number > 0 and place == reader.stop
        first, place = frame, place + frame.size
        if place > reader.stop:
            return number > 0
    return True


def _frame(reader: _Bytes, place: int, runs: list[_Run]) -> Frame | None:
    """The frame at ``place``; one of another kind than before must have more such behind it."""
    frame = parse(reader.word(place))
    if frame is None or not runs or not _differs(runs[-1].frame, frame):
        return frame
    return frame if _follow(reader, place) else None


def _first_frame(reader: _Bytes, start: int) -> int | None:
    return start if _follow(reader, start) else _next_frame(reader, start)


def _next_frame(reader: _Bytes, place: int) -> int | None:
    """Where frames go on behind something else."""
    while place < reader.stop:
        window = reader.at(place, _WINDOW // 2)
        if not window:
            return None
        found = window.find(b"\xff")
        if found < 0:
            place += len(window)
            continue
        place += found
        if _follow(reader, place):
            return place
        place += 1
    return None


def _differs(one: Frame, other: Frame) -> bool:
    return (one.layer, one.sample_rate, one.channels) != (
        other.layer, other.sample_rate, other.channels,
    )  # fmt: skip


def _begins_run(before: Frame, frame: Frame) -> bool:
    """Whether a frame does not belong to those that began with ``before``."""
    is_smaller = frame.layer in _SLOT and frame.size + _SLOT[frame.layer] < before.size
    return is_smaller or _differs(before, frame)


def _side_bytes(frame: Frame) -> int:
    """Bytes of side information, between the head of a frame and its sound or tag."""
    if frame.is_mpeg1:
        return 17 if frame.channels == 1 else 32
    return 9 if frame.channels == 1 else 17


def _tag(reader: _Bytes, place: int, frame: Frame) -> tuple[int, int | None] | None:
    """Place of the tag of Xing (Info, VBRI) in a frame, and the count of frames it states."""
    data = reader.at(place, min(frame.size, 64))
    inside = 4 + _side_bytes(frame)
    if data[inside : inside + 4] not in (b"Xing", b"Info"):
        inside += 2  # behind a checksum
    if data[inside : inside + 4] in (b"Xing", b"Info"):
        flags = int.from_bytes(data[inside + 4 : inside + 8], "big")
        count = int.from_bytes(data[inside + 8 : inside + 12], "big")
        return place + inside, count if flags & _FLAG_FRAMES else None
    if data[36:40] == b"VBRI":
        return place + 36, int.from_bytes(data[50:54], "big")
    return None


def _with_true_count(file: BinaryIO, run: _Run) -> Part:
    """A run of frames behind a tag that states how many there are."""
    if run.frame.layer in _SLOT:
        return tuple(run.pieces)
    start, end = run.pieces[0]
    behind = [piece for begin, stop in run.pieces[1:] for piece in _able(file, begin, stop)]
    if run.tag is None:
        return (_made_tag(file, run, start), *_able(file, start, end), *behind)
    file.seek(run.tag)
    tag = file.read(8)
    flags = int.from_bytes(tag[4:8], "big")
    if run.stated is None or tag[:4] == b"VBRI":  # libsndfile makes nothing of such
        file.seek(start)
        frame = parse(int.from_bytes(file.read(4), "big"))
        start += frame.size if frame is not None else 0
        return (_made_tag(file, run, start), *_able(file, start, end), *behind)
    changes = {run.tag + 8: run.count.to_bytes(4, "big")}
    if flags & _FLAG_BYTES:
        size = sum(stop - begin for begin, stop in run.pieces)
        changes[run.tag + 12] = size.to_bytes(4, "big")
    if run.count < run.stated:
        lame = run.tag + 12 + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
        file.seek(lame + _TRIM)
        trim = file.read(3)  # 12 bits of samples to drop at the start, 12 at the end
        changes[lame + _TRIM] = bytes((trim[0], trim[1] & 0xF0, 0)) if len(trim) == 3 else b""
    return (*patched(start, end, changes), *behind)


def _able(file: BinaryIO, place: int, stop: int) -> Part:
    """The frames between two places; the first are silent as long as they lack what came before.

    A frame may begin with bits in the frames before it. Where those are gone, decoders would take
    others for them, and make a loud click. The silent ones still reach back as far as they can:
    libmpg123 keeps what was reached.
    """
    start, held, changes = place, 0, {}
    for _ in range(_MOST_LACKING):
        file.seek(place)
        head = file.read(_TAG_PLACES)
        frame = parse(int.from_bytes(head[:4], "big"))
        if frame is None or place + frame.size > stop:
            break
        inside, count = 4 if head[1] & 1 else 6, _side_bytes(frame)
        lent = head[inside] << 1 | head[inside + 1] >> 7 if frame.is_mpeg1 else head[inside]
        if lent <= held:
            break
        reach = held << 7 if frame.is_mpeg1 else held << 8
        changes[place + inside] = reach.to_bytes(2, "big").ljust(count, b"\0")
        held += frame.size - inside - count
        place += frame.size
    return patched(start, stop, changes)


def _made_tag(file: BinaryIO, run: _Run, start: int) -> bytes:
    """A tag and a silent frame to go before the frames at ``start``."""
    file.seek(start)
    word = int.from_bytes(file.read(4), "big") & ~0xF200 | 0x10000  # no padding, no checksum
    side = _side_bytes(run.frame)
    frames = ((rate, parse(word | rate << 12)) for rate in range(1, 15))
    rate, frame = next(
        (r, f) for r, f in frames if f is not None and f.size >= 4 + side + _TAG_BYTES
    )
    head = (word | rate << 12).to_bytes(4, "big")
    size = sum(stop - begin for begin, stop in run.pieces) + 2 * frame.size
    tag = struct.pack(">4sIII", b"Info", _FLAG_FRAMES | _FLAG_BYTES, run.count + 1, size)
    trim = (run.frame.samples - _DECODER_DELAY) << 12
    lame = b"LAME3.100" + bytes(_TRIM - 9) + trim.to_bytes(3, "big")
    return (head + bytes(side) + tag + lame).ljust(frame.size, b"\0") + head.ljust(
        frame.size, b"\0"
    )


def _is_tag(reader: _Bytes, place: int, after: int) -> bool:
    """Whether what stands between frames is a tag, or too little to have held one."""
    return reader.at(place, 3) in (b"ID3", b"TAG", b"APE", b"LYR") or not any(
        reader.at(place, min(after - place, 1 << 12))
    )


def _cut_frames(run: _Run) -> str:
    missing = (run.stated or 0) - run.count
    seconds = missing * run.frame.samples / run.frame.sample_rate
    return f"is cut short, {missing} frames are missing ({seconds:.3f} s)"


def _gap(runs: list[_Run], count: int) -> str:
    seconds = sum(run.count * run.frame.samples / run.frame.sample_rate for run in runs)
    return f"is damaged, {count} bytes after {seconds:.3f} s are no sound"
