"""``speechgen.synthesize``: the Python function of the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import nn

from speechgen.store import LoadedModel
from speechgen.synthesis.batch import Job, Sound, Voice, synthesize_batch


def synthesize(
    source: Sound,
    *,
    speaker: Voice | None = None,
    output: Path | str | None = None,
    model: Path | str | LoadedModel | None = None,
    encoder: Path | str | nn.Module | None = None,
    vocoder: Path | str | None = None,
    semitones: float = 0.0,
    formants: float = 1.0,
    seed: int | None = 0,
    temperature: float = 1.0,
    engine: str = "auto",
    postfilter: int = 0,
    spectral_match: float = 1.0,
    f0_tracker: str | None = None,
    manifest: Path | str | None = None,
    device: str = "auto",
    sample_rate: int | None = None,
    overwrite: bool = False,
) -> np.ndarray:
    """Resynthesise a recording, in a voice of your choice.

    Parameters
    ----------
    source
        A sound file, or a waveform (time,) or (channel, time) of floats in [-1, 1], as an array, a
        tensor or a list. Channels are mixed to one. Silence stays silence.
    speaker
        The voice: a recording of it or a folder of recordings, an .npy or .npz file, a vector
        (array, tensor, list), or a name in the model; a list of references, which are averaged, or
        a mapping to weights, by which they are mixed; None for the voice of ``source``. A mel model
        takes none: it copies the recording.
    output
        Sound file to write (16 bit), or None.
    model, encoder
        Model directories or names of shipped models; None for the defaults.
    vocoder
        For a model that converts frames of mel: what makes a wave of them; None for the default.
    semitones
        By which the melody is moved, on top of the height of the voice, for models with absolute
        pitch.
    formants
        Factor by which formants are moved, 0.5 to 2, for models of mel frames: 1.1 sounds like a
        vocal tract a tenth shorter. Pitch stays.
    seed
        Of the sampling noise; None for a random one.
    temperature
        Below 1: less noise, less variation. For WaveNets, as is ``engine``.
    engine
        Of :mod:`speechgen.sampling`.
    postfilter
        Passes of a spectral post-filter, for models of mel spectra, after those of a WaveNet's
        pitch and of what lies below voices; 2 or more take away most of a WaveNet's noise.
    spectral_match
        How much of the average spectrum of recordings of the voice a converter takes on, 0 to 1. It
        makes unheard voices more like themselves; the colour of their microphone is part of it.
    f0_tracker
        What finds the melody of ``source``: "yin", which is fast and robust in noise; "pyin", its
        reference, which takes .4 s of a core for a second of most models and is nearer to clean
        recordings; None for what the model was trained with.
    manifest
        JSON file to write: outputs, seconds, and the real-time factor.
    device
        "auto" is a GPU where there is one.
    sample_rate
        Of a ``source`` that is a waveform, in Hz; None for the model's.
    overwrite
        Whether ``output`` may be replaced.

    Returns
    -------
    ndarray
        (time,) float32 at the model's sample rate, as long as the source is at that rate.

    Raises
    ------
    SpeechgenError
        What is wrong with the recording, the voice, the model or the output, in one line.

    Examples
    --------
    >>> import speechgen
    >>> wave = speechgen.synthesize("alice.wav", speaker="bob.wav")  # doctest: +SKIP
    """
    job = Job(source, speaker, output, sample_rate, semitones=semitones, formants=formants)
    return synthesize_batch(
        [job],
        model=model,
        encoder=encoder,
        vocoder=vocoder,
        seed=seed,
        temperature=temperature,
        engine=engine,
        postfilter=postfilter,
        spectral_match=spectral_match,
        f0_tracker=f0_tracker,
        manifest=manifest,
        device=device,
        overwrite=overwrite,
    )[0]
