"""Speech and true phone times from espeak-ng, through ctypes, in a process of its own.

espeak-ng is licensed under the GPL and keeps global state that colours the next utterance. Both
are dealt with by running this file as a program, once a voice: :func:`speak` starts it, and what
comes back are samples and times. The same request always gives the same samples.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 0x0001, 0x0002, 0x8000
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_UTF8 = 1
_EVENT_LIST_TERMINATED, _EVENT_END, _EVENT_PHONEME = 0, 5, 7


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class Spoken:
    """One utterance: int16 ``wave`` (time,) and ``phones`` (start_seconds, end_seconds, IPA).

    Times are those of espeak-ng's events, of which two kinds are late: closures of stops are moved
    from the phone before to the stop (:func:`_closed`), but vowels after nasals, liquids and glides
    still begin some 50 ms late, where espeak-ng has done with the transition into them.
    """

    wave: np.ndarray
    sample_rate: int
    phones: tuple[tuple[float, float, str], ...]


def speak(
    texts: list[str], *, variant: str, pitch: int, pitch_range: int, rate: int
) -> list[Spoken]:
    """Say every text in US English with the espeak-ng voice ``variant``.

    Raises
    ------
    DataError
        The package espeakng-loader is missing, or espeak-ng cannot be run here.
    """
    import importlib.util

    from speechgen.errors import DataError

    if importlib.util.find_spec("espeakng_loader") is None:
        raise DataError(
            "the mini corpus needs espeak-ng (GPL), which is not installed; "
            "install the extra: pip install 'speechgen[mini]'"
        )
    request = {
        "texts": texts,
        "variant": variant,
        "pitch": pitch,
        "pitch_range": pitch_range,
        "rate": rate,
    }
    with tempfile.TemporaryDirectory(prefix="speechgen-mini-") as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), folder],
            input=json.dumps(request),
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            raise DataError(f"espeak-ng failed with voice {variant}: {reason}")
        waves = np.load(Path(folder) / "waves.npy", allow_pickle=False)
        answer = json.loads((Path(folder) / "answer.json").read_text(encoding="utf-8"))
    ends = np.cumsum([item["num_samples"] for item in answer["utterances"]])
    return [
        Spoken(wave, answer["sample_rate"], tuple((a, b, str(p)) for a, b, p in item["phones"]))
        for wave, item in zip(np.split(waves, ends[:-1]), answer["utterances"], strict=True)
    ]


class _Espeak:
    """The library, opened once in this process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._callback = _Callback(self._receive)  # kept: C holds a pointer to it
        self._chunks: list[np.ndarray] = []
        self._events: list[tuple[int, int, str]] = []
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 500, data, options)
        if self.sample_rate <= 0:
            raise RuntimeError("espeak_Initialize found no data")
        self._library.espeak_SetSynthCallback(self._callback)

    def set_voice(self, variant: str, pitch: int, pitch_range: int, rate: int) -> None:
        if self._library.espeak_SetVoiceByName(f"en-us+{variant}".encode()):
            raise RuntimeError(f"no voice variant {variant}")
        values = {_RATE: rate, _VOLUME: 50, _PITCH: pitch, _RANGE: pitch_range}  # 50: none clips
        for parameter, value in values.items():
            self._library.espeak_SetParameter(parameter, value, 0)

    def say(self, text: str) -> tuple[np.ndarray, list[tuple[float, float, str]]]:
        self._chunks.clear()
        self._events.clear()
        raw = text.encode()
        if self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None):
            raise RuntimeError(f"espeak_Synth refused {text!r}")
        wave = np.concatenate(self._chunks)
        return wave, _closed(self._phones(), wave, self.sample_rate)

    def _receive(self, wave: Any, num_samples: int, events: Any) -> int:
        if wave and num_samples > 0:
            self._chunks.append(np.ctypeslib.as_array(wave, (num_samples,)).copy())
        index = 0
        while events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = event.id.string.decode("utf-8", "ignore")
                self._events.append((_EVENT_PHONEME, event.sample, name))
            elif event.type == _EVENT_END:
                self._events.append((_EVENT_END, event.sample, ""))
            index += 1
        return 0

    def _phones(self) -> list[tuple[float, float, str]]:
        """Phones with a duration; pauses have no name and are left out."""
        phones = []
        for (kind, start, name), (_, end, _) in zip(self._events, self._events[1:], strict=False):
            if kind == _EVENT_PHONEME and end > start and name.strip("_: "):
                phones.append((start / self.sample_rate, end / self.sample_rate, name))
        return phones


def _closed(
    phones: list[tuple[float, float, str]], wave: np.ndarray, sample_rate: int
) -> list[tuple[float, float, str]]:
    """``phones``, of which those after silence begin with it: the closure of a stop is its own.

    espeak-ng tells of a stop when it bursts; before that its samples are zeros.
    """
    edges = [start for start, _, _ in phones] + [phones[-1][1]] if phones else []
    for place in range(1, len(phones)):
        sample = round(edges[place] * sample_rate)
        first = round(edges[place - 1] * sample_rate) + 1
        sounding = np.flatnonzero(wave[first:sample])
        closure = sample - first - (int(sounding[-1]) + 1 if len(sounding) else 0)
        if phones[place - 1][1] == phones[place][0]:  # no pause between
            edges[place] = (sample - closure) / sample_rate
    return [
        (edges[place], edges[place + 1] if end == after else end, name)
        for place, ((_, end, name), after) in enumerate(
            zip(phones, [*(start for start, _, _ in phones[1:]), -1.0], strict=True)
        )
    ]


def _main(folder: Path) -> None:
    """Answer the request on standard input with waves.npy and answer.json in ``folder``."""
    request = json.loads(sys.stdin.read())
    espeak = _Espeak()
    espeak.set_voice(request["variant"], request["pitch"], request["pitch_range"], request["rate"])
    said = [espeak.say(text) for text in request["texts"]]
    utterances = [{"num_samples": len(wave), "phones": phones} for wave, phones in said]
    np.save(folder / "waves.npy", np.concatenate([wave for wave, _ in said]))
    answer = json.dumps({"sample_rate": espeak.sample_rate, "utterances": utterances})
    (folder / "answer.json").write_text(answer, encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
