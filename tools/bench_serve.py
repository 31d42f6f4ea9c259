#!/usr/bin/env python3
"""Measures `speechgen serve` under clients that send one request after the other, without a pause.

    python tools/bench_serve.py --clients 50 --seconds 600

Half of the requests are texts to be said, half recordings to be enhanced. Before, each is sent once
alone; every later answer has to be the same, byte by byte. Prints a table, and exits with status 1
where an answer was lost or wrong.
"""

from __future__ import annotations

import argparse
import io
import itertools
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import requests
import soundfile

RATE = 16000
TEXTS = [
    "It is half past three.",
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background. It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
]
SECONDS = (2.0, 4.0, 8.0)  # of recordings


@dataclass(frozen=True)
class Request:
    """What is sent: a kind for the table, the path, and what goes to requests."""

    kind: str
    path: str
    given: dict


@dataclass
class Seen:
    """What the clients have seen, by kind."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    first_bytes: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter = field(default_factory=Counter)
    lost: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def recording(seconds: float, seed: int) -> bytes:
    """A buzz in noise, as a WAV."""
    random = np.random.default_rng(seed)
    place = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * place) / n for n in range(1, 25))
    wave = 0.1 * buzz * np.clip(np.sin(2 * np.pi * 3 * place), 0, 1)
    file = io.BytesIO()
    soundfile.write(file, wave + 0.03 * random.standard_normal(len(place)), RATE, format="WAV")
    return file.getvalue()


def requests_to_send() -> list[Request]:
    """Texts and recordings by turns."""
    said = [
        Request("speech", "/v1/audio/speech", {"json": {
            "model": "tts-1", "voice": voice, "input": text, "response_format": "wav",
        }})
        for text, voice in zip(TEXTS, itertools.cycle(("slt", "bdl")), strict=False)
    ]  # fmt: skip
    heard = [
        Request("enhance", "/v1/audio/enhance", {"files": {"file": recording(seconds, seed)}})
        for seed, seconds in enumerate(SECONDS)
    ]
    pairs = zip(itertools.cycle(said), itertools.cycle(heard), strict=False)
    return list(itertools.chain.from_iterable(itertools.islice(pairs, len(said) * len(heard))))


def ask(session: requests.Session, url: str, what: Request) -> tuple[bytes, float, float]:
    """The answer, and after how many seconds its first byte and its last were there."""
    began = time.monotonic()
    with session.post(url + what.path, stream=True, timeout=120, **what.given) as answer:
        answer.raise_for_status()
        pieces = answer.iter_content(None)
        content = next(pieces)
        first = time.monotonic() - began
        content += b"".join(pieces)
    return content, first, time.monotonic() - began


def client(url: str, number: int, plan: list[Request], wanted: list[bytes], end: float, seen: Seen):
    """Send the plan over and over, from a place of one's own."""
    session = requests.Session()
    for place in itertools.cycle(
        [*range(number % len(plan), len(plan)), *range(number % len(plan))]
    ):
        if time.monotonic() > end:
            return
        what = plan[place]
        try:
            content, first, last = ask(session, url, what)
        except requests.RequestException as error:
            told = "" if error.response is None else f" {error.response.status_code}"
            with seen.lock:
                seen.lost[f"{what.kind}: {type(error).__name__}{told}"] += 1
            continue
        with seen.lock:
            seen.latencies.setdefault(what.kind, []).append(last)
            seen.first_bytes.setdefault(what.kind, []).append(first)
            seen.wrong[what.kind] += content != wanted[place]


def memory_mib(process: int) -> float:
    """What a process has in memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def start(folder: Path, options: list[str]) -> tuple[subprocess.Popen, str]:
    """The server, ready."""
    log = folder / "log"  # with a line of each request
    command = [sys.executable, "-m", "speechgen", "serve", "--port", "0", "--preload", *options]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file)
    while "serving on " not in log.read_text():
        if process.poll() is not None:
            sys.exit(log.read_text())
        time.sleep(0.1)
    return process, log.read_text().partition("serving on ")[2].partition(";")[0]


def percentile(values: list[float], share: float) -> float:
    """By the nearest rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table(seen: Seen, seconds: float) -> str:
    """Latencies and counts, as Markdown."""
    head = "| | answers | a second | first byte, median | 99 % | whole, median | 99 % | wrong |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for kind, whole in sorted(seen.latencies.items()):
        first = seen.first_bytes[kind]
        times = [
            f(v) for v in (first, whole) for f in (statistics.median, lambda v: percentile(v, 0.99))
        ]
        cells = " | ".join(f"{value:.2f} s" for value in times)
        rate = len(whole) / seconds
        lines.append(f"| {kind} | {len(whole)} | {rate:.2f} | {cells} | {seen.wrong[kind]} |")
    return "\n".join(lines)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("options", nargs="*", help="of speechgen serve, after --")
    arguments = parser.parse_args()
    plan, seen = requests_to_send(), Seen()
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(Path(folder), arguments.options)
        try:
            alone = requests.Session()
            wanted = [ask(alone, url, what)[0] for what in plan]
            before, began = memory_mib(process.pid), time.monotonic()
            end = began + arguments.seconds
            threads = [
                threading.Thread(target=client, args=(url, number, plan, wanted, end, seen))
                for number in range(arguments.clients)
            ]
            for thread in threads:
                thread.start()
            middle = 0.0
            while any(thread.is_alive() for thread in threads):
                time.sleep(1.0)
                if not middle and time.monotonic() - began > arguments.seconds / 2:
                    middle = memory_mib(process.pid)
            seconds, after = time.monotonic() - began, memory_mib(process.pid)
        finally:
            process.terminate()
            status = process.wait()
    print(table(seen, seconds))
    lost = ", ".join(f"{what} {count}" for what, count in seen.lost.items()) or "none"
    print(f"\n{arguments.clients} clients, {seconds:.0f} s; lost: {lost}; status {status}")
    print(f"memory: {before:.0f} MiB at the start, {middle:.0f} halfway, {after:.0f} at the end")
    return int(bool(seen.lost or sum(seen.wrong.values()) or status))


if __name__ == "__main__":
    sys.exit(main())
