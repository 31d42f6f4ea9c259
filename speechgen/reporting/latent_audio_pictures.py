"""To hear and see what a waveform autoencoder does: copies, other voices, walks, draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.audio import write
from speechgen.data import SpeakerVectors, load_data_directory
from speechgen.errors import ConfigError
from speechgen.evaluation.latent_audio import Coder
from speechgen.evaluation.sources import sources_of_directory, spread_evenly
from speechgen.reporting.plots import spectrogram_figure
from speechgen.sampling.latent_interpolation import interpolate

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

    Of every utterance shown: the recording, what each network makes of its posterior means, and, if
    decoders take speaker vectors, what the last network makes with the vector of another speaker.
    By the last network also a walk in ``steps`` from the first utterance to the last, and draws
    from the prior.

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
    shown = spread_evenly(data.ids, limit)
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name in shown:
        wave, speaker = sources[name].read(rate), data.speakers[name]
        columns = [("recorded", wave)]
        for title, coder in coders:
            made = coder.network.reconstruct(coder.tensor(wave), coder.vector(speaker, name))
            columns.append((title, _wave(made)))
        if last.network.speaker_features:
            other = last.other(speaker)
            made = last.network.reconstruct(last.tensor(wave), last.vector(other, name))
            columns.append((f"as {other}", _wave(made)))
        groups[name] = columns
    ends = shown[0], shown[-1]
    pair = [last.tensor(sources[name].read(rate)) for name in ends]
    voices = [last.vector(data.speakers[name], name) for name in ends]
    told = None if voices[0] is None or voices[1] is None else (voices[0], voices[1])
    walk = interpolate(last.network, pair[0], pair[1], steps, speaker_vectors=told)
    groups[f"{ends[0]}__to__{ends[1]}"] = [
        (f"{number / (steps - 1):.2f}", _wave(made)) for number, made in enumerate(walk)
    ]
    generator = torch.Generator().manual_seed(seed)
    groups["prior"] = [
        (
            f"draw {number + 1}, voice of {data.speakers[name]}",
            _wave(_draw(last, data, name, generator)),
        )
        for number, name in enumerate(shown)
    ]
    return [
        _put(name, columns, rate, Path(figures), Path(sounds)) for name, columns in groups.items()
    ]


def _draw(coder: Coder, data: Any, name: str, generator: torch.Generator) -> Any:
    return coder.network.sample(
        1,
        num_samples=round(_DRAWN_SECONDS * coder.network.sample_rate),
        generator=generator,
        speaker_vectors=coder.vector(data.speakers[name], name),
    )


def _wave(waves: torch.Tensor) -> np.ndarray:
    return np.asarray(waves[0, 0].float().cpu().numpy(), np.float32)


def _put(
    name: str, columns: list[tuple[str, np.ndarray]], rate: int, figures: Path, sounds: Path
) -> Path:
    """The sounds as ``NAME__TITLE.wav`` and their spectrograms as ``NAME.png``."""
    for title, wave in columns:
        word = title.partition(",")[0].replace(" ", "_")
        write(sounds / f"{name}__{word}.wav", wave[None], rate, overwrite=True)
    target = figures / f"{name}.png"
    spectrogram_figure(columns, rate, target)
    return target
