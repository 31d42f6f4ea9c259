"""What a waveform autoencoder does, to listen to and look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.audio import write
from speechgen.data import SpeakerVectors, load_data_directory
from speechgen.errors import ConfigError
from speechgen.evaluation.latent_audio import Coder, to_array
from speechgen.evaluation.sources import sources_of_directory, spread_evenly
from speechgen.reporting.plots import spectrogram_figure
from speechgen.sampling.latent_interpolation import interpolate

Columns = list[tuple[str, np.ndarray]]  # title and wave (time,)
_DRAWN_SECONDS = 1.0


@torch.inference_mode()
def draw_latents(
    networks: Sequence[tuple[str, Any]],
    data_dir: str | Path,
    *,
    figures: str | Path,
    sounds: str | Path,
    vectors: SpeakerVectors | None = None,
    limit: int = 3,
    steps: int = 5,
    seed: int = 0,
) -> list[Path]:
    """Write sounds, and a spectrogram figure of each group of them.

    Of every utterance shown: the recording, each network's reconstruction from its posterior means,
    and, if decoders take speaker vectors, the last network's with the vector of another speaker. By
    the last network also an interpolation in ``steps`` from the first utterance to the last, and
    samples from the prior.

    Parameters
    ----------
    networks
        Titles and 1-D VAEs of one sample rate.
    data_dir
        Data directory of recordings.
    figures, sounds
        Folders.
    vectors
        Speaker vectors of its utterances.
    limit
        Utterances and draws.

    Returns
    -------
    list of Path
        The figures.

    Raises
    ------
    ConfigError
        Networks of different sample rates, or none.
    """
    rates = {network.sample_rate for _, network in networks}
    if len(rates) != 1:
        raise ConfigError(f"models of one sample rate are compared, not of {sorted(rates)} Hz")
    (rate,) = rates
    data = load_data_directory(data_dir, check_files=False)
    sources = sources_of_directory(data)
    coders = [(title, Coder(network, vectors)) for title, network in networks]
    _, last = coders[-1]
    waves = {name: sources[name].read(rate) for name in spread_evenly(data.ids, limit)}
    ends = next(iter(waves)), next(reversed(waves))
    groups = {
        name: _reconstructions(coders, wave, name, data.speakers[name])
        for name, wave in waves.items()
    }
    groups[f"{ends[0]}__to__{ends[1]}"] = _interpolation(
        last, [(name, data.speakers[name], waves[name]) for name in ends], steps
    )
    generator = torch.Generator().manual_seed(seed)
    groups["prior"] = [
        (
            f"draw {number}, voice of {data.speakers[name]}",
            _sample(last, data.speakers[name], name, generator),
        )
        for number, name in enumerate(waves, start=1)
    ]
    return [
        _put(name, columns, rate, Path(figures), Path(sounds)) for name, columns in groups.items()
    ]


def _reconstructions(
    coders: Sequence[tuple[str, Coder]], wave: np.ndarray, name: str, speaker: str
) -> Columns:
    """An utterance, each network's copy of it, and the last one's in another voice if it can."""
    columns = [("recorded", wave)]
    for title, coder in coders:
        copy = coder.network.reconstruct(coder.tensor(wave), coder.vector(speaker, name))
        columns.append((title, to_array(copy)))
    _, last = coders[-1]
    if last.network.speaker_features:
        other = last.other(speaker)
        copy = last.network.reconstruct(last.tensor(wave), last.vector(other, name))
        columns.append((f"as {other}", to_array(copy)))
    return columns


def _interpolation(
    coder: Coder, ends: Sequence[tuple[str, str, np.ndarray]], steps: int
) -> Columns:
    """Waves between two utterances (name, speaker, wave (time,)), in voices between theirs."""
    first, second = (coder.tensor(wave) for _, _, wave in ends)
    voices = [coder.vector(speaker, name) for name, speaker, _ in ends]
    between = None if voices[0] is None or voices[1] is None else (voices[0], voices[1])
    waves = interpolate(coder.network, first, second, steps, speaker_vectors=between)
    return [(f"{number / (steps - 1):.2f}", to_array(wave)) for number, wave in enumerate(waves)]


def _sample(coder: Coder, speaker: str, name: str, generator: torch.Generator) -> np.ndarray:
    """A wave decoded from latents of the prior, in a speaker's voice."""
    waves = coder.network.sample(
        1,
        num_samples=round(_DRAWN_SECONDS * coder.network.sample_rate),
        generator=generator,
        speaker_vectors=coder.vector(speaker, name),
    )
    return to_array(waves)


def _put(name: str, columns: Columns, rate: int, figures: Path, sounds: Path) -> Path:
    """The sounds as ``NAME__TITLE.wav`` and their spectrograms as ``NAME.png``."""
    for title, wave in columns:
        word = title.partition(",")[0].replace(" ", "_")
        write(sounds / f"{name}__{word}.wav", wave[None], rate, overwrite=True)
    target = figures / f"{name}.png"
    spectrogram_figure(columns, rate, target)
    return target
