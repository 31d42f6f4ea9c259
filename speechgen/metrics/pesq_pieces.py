"""Where PESQ's library may not take a recording whole: pieces that begin and end in pauses.

The library keeps 50 utterances, which it finds itself in the clean signal, and 1,000 bad intervals;
what comes after these it writes over its own memory. Utterances are stretches of .2 s or more
between pauses of .2 s or more, so 19 seconds hold fewer than 50 whatever they contain.
"""

from __future__ import annotations

import itertools

import numpy as np

RATE = 16000
_WINDOW = 64  # samples: 4 ms, in which P.862 looks for speech
_ALWAYS_WHOLE_SECONDS = 19.0
_LONGEST_SECONDS = 120.0
_MOST_UTTERANCES = 32  # by our count: the library's was up to 1.4 times that on recordings
_BAND = (300.0, 3400.0)  # Hz: about what is left where P.862 looks for speech
_SHORTEST_BURST, _LONGEST_GAP, _SHORTEST_UTTERANCE = 4, 50, 50  # windows
_PADDING = 75  # windows of silence around a signal
_ROUNDS = 12


def pieces(clean: np.ndarray) -> list[slice]:
    """Parts of ``clean`` (time,) at 16 kHz, one after the other, that the library can take.

    One part where it can take the whole: up to 120 s and 32 utterances.
    """
    found: list[slice] = []
    waiting = [slice(0, len(clean))]
    while waiting:
        part = waiting.pop()
        seconds = (part.stop - part.start) / RATE
        spans = [] if seconds <= _ALWAYS_WHOLE_SECONDS else utterances(clean[part])
        if len(spans) <= _MOST_UTTERANCES and seconds <= _LONGEST_SECONDS:
            found.append(part)
            continue
        at = part.start + _middle_pause(spans, part.stop - part.start)
        waiting += [slice(at, part.stop), slice(part.start, at)]
    return found


def _middle_pause(spans: list[tuple[int, int]], length: int) -> int:
    """The sample in the middle of the pause nearest to the middle; the middle where none is."""
    pauses = [(end + begin) // 2 for (_, end), (begin, _) in itertools.pairwise(spans)]
    inner = [pause for pause in pauses if length // 4 < pause < length - length // 4]
    return min(inner or [length // 2], key=lambda pause: abs(pause - length // 2))


def utterances(wave: np.ndarray) -> list[tuple[int, int]]:
    """First sample and end of every utterance, about as P.862 finds them.

    A window is speech where its power in the telephone band is above that of the quiet ones by two
    standard deviations of theirs, a threshold that is found by repetition.
    """
    from scipy.signal import butter, sosfilt

    band = butter(2, _BAND, "bandpass", fs=RATE, output="sos")
    heard = sosfilt(band, np.asarray(wave, np.float64) - np.mean(wave, dtype=np.float64))
    count = len(heard) // _WINDOW
    power = np.square(heard[: count * _WINDOW]).reshape(count, _WINDOW).mean(axis=1)
    power = np.pad(np.maximum(power, max(1e-4 * power.max(), 1e-30)), _PADDING, mode="minimum")
    threshold = power.mean()
    for _ in range(_ROUNDS):
        quiet = power[power <= threshold]
        threshold = 1.001 * (quiet.mean() + 2 * quiet.std()) if len(quiet) else 0.0
    speech = power > threshold
    for begin, end in _runs(speech):
        if end - begin <= _SHORTEST_BURST:
            speech[begin:end] = False
    runs = _runs(speech)
    for (_, end), (begin, _) in itertools.pairwise(runs):
        if begin - end <= _LONGEST_GAP:
            speech[end:begin] = True
    return [
        ((begin - _PADDING) * _WINDOW, (end - _PADDING) * _WINDOW)
        for begin, end in _runs(speech)
        if end - begin >= _SHORTEST_UTTERANCE
    ]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First index and end of every run of True."""
    steps = np.diff(np.pad(flags.astype(np.int8), 1))
    return list(
        zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    )
