"""Noises of the mini corpus, each a function of a random generator: hum, clicks, keys, fans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from speechgen.data.augment.noises import unit_level

SAMPLE_RATE = 16000
Rng = np.random.Generator


def shaped(num_samples: int, slope: float, rng: Rng) -> np.ndarray:
    """Gaussian noise (time,) whose power falls as 1/f**slope above 40 Hz, of unit level."""
    spectrum = np.fft.rfft(rng.standard_normal(num_samples))
    frequencies = np.fft.rfftfreq(num_samples, 1 / SAMPLE_RATE)
    spectrum *= np.maximum(frequencies, 40.0) ** (-slope / 2)
    spectrum[frequencies < 40.0] = 0
    return unit_level(np.fft.irfft(spectrum, num_samples).astype(np.float32))


def coloured(num_samples: int, rng: Rng) -> np.ndarray:
    """White to brown noise that swells and falls within a few seconds."""
    wave = shaped(num_samples, rng.uniform(0, 2), rng)
    swell = 1 + rng.uniform(0.1, 0.8) * np.sin(_phase(num_samples, rng.uniform(0.1, 1.5), rng))
    return wave * swell.astype(np.float32)


def hum(num_samples: int, rng: Rng) -> np.ndarray:
    """Mains hum: harmonics of 50 or 60 Hz, odd ones stronger, over a faint hiss."""
    base = float(rng.choice([50.0, 60.0])) * rng.uniform(0.998, 1.002)
    wave = np.zeros(num_samples, dtype=np.float32)
    for harmonic in range(1, int(rng.integers(12, 40))):
        strength = rng.uniform(0.3, 1.0) / harmonic**0.7 * (1.0 if harmonic % 2 else 0.5)
        wave += strength * np.sin(_phase(num_samples, base * harmonic, rng)).astype(np.float32)
    return unit_level(wave) + 0.06 * shaped(num_samples, 1.0, rng)


def clicks(num_samples: int, rng: Rng) -> np.ndarray:
    """Crackle: short damped resonances at random times."""
    count = int(num_samples / SAMPLE_RATE * rng.uniform(6, 20))
    wave = 0.02 * shaped(num_samples, 1.0, rng)
    for start in rng.integers(0, num_samples, count):
        _add(wave, int(start), rng.uniform(0.2, 1.0) * _ring(rng, 800, 6500, 0.001, 0.006))
    return wave


def keyboard(num_samples: int, rng: Rng) -> np.ndarray:
    """Typing: words of key strokes, each a press and a softer release."""
    wave = 0.01 * shaped(num_samples, 1.5, rng)
    pace, body = rng.uniform(0.09, 0.2), rng.uniform(250, 900)
    time = 0.0
    while time < num_samples / SAMPLE_RATE:
        for strength, delay in ((1.0, 0.0), (0.5, rng.uniform(0.05, 0.09))):
            thump = _ring(rng, body, body * 1.3, 0.01, 0.02)
            tick = _ring(rng, 2000, 7000, 0.002, 0.005)
            tick[: len(thump)] += thump[: len(tick)]
            _add(wave, int((time + delay) * SAMPLE_RATE), strength * rng.uniform(0.6, 1) * tick)
            _add(wave, int((time + delay) * SAMPLE_RATE), 0.4 * strength * thump)
        time += pace * rng.uniform(0.6, 1.6) + (rng.uniform(0.2, 0.7) if rng.random() < 0.15 else 0)
    return wave


def fan(num_samples: int, rng: Rng) -> np.ndarray:
    """A ventilator: low rush, modulated as the rotor turns, and tones of its blades."""
    turns, blades = rng.uniform(8, 28), int(rng.integers(3, 9))
    wave = shaped(num_samples, rng.uniform(1.0, 1.8), rng)
    depth = rng.uniform(0.1, 0.4)
    wave *= (1 + depth * np.sin(_phase(num_samples, turns, rng))).astype(np.float32)
    for harmonic in range(1, 6):
        tone = np.sin(_phase(num_samples, turns * blades * harmonic, rng)).astype(np.float32)
        wave += rng.uniform(0.1, 0.5) / harmonic * tone
    return wave


def babble(num_samples: int, voices: list[np.ndarray], rng: Rng) -> np.ndarray:
    """Many people at once: each of ``voices`` (time,), repeated from a random place on."""
    wave = np.zeros(num_samples, dtype=np.float32)
    for voice in voices:
        turned = np.resize(np.roll(voice, int(rng.integers(len(voice)))), num_samples)
        wave += rng.uniform(0.5, 1.0) * unit_level(turned)
    return wave


KINDS: dict[str, Callable[[int, Rng], np.ndarray]] = {
    "clicks": clicks,
    "coloured": coloured,
    "fan": fan,
    "hum": hum,
    "keyboard": keyboard,
}


def _phase(num_samples: int, frequency_hz: float, rng: Rng) -> np.ndarray:
    turns = np.arange(num_samples) / SAMPLE_RATE * frequency_hz + rng.random()
    return 2 * np.pi * turns


def _ring(rng: Rng, low_hz: float, high_hz: float, shortest: float, longest: float) -> np.ndarray:
    """A damped resonance with a noisy attack, about 1 at its peak."""
    decay = rng.uniform(shortest, longest) * SAMPLE_RATE
    time = np.arange(int(5 * decay) + 2)
    tone = np.sin(2 * np.pi * rng.uniform(low_hz, high_hz) / SAMPLE_RATE * time + rng.uniform(0, 6))
    rough = tone + 0.3 * rng.standard_normal(len(time))
    return (rough * np.exp(-time / decay)).astype(np.float32)


def _add(wave: np.ndarray, start: int, event: np.ndarray) -> None:
    end = min(start + len(event), len(wave))
    if end > start:
        wave[start:end] += event[: end - start]
