"""What a waveform autoencoder keeps of held-out speech, and at what rate.

Every utterance is coded and decoded once with latents drawn from its posterior, which is what the
rate pays for, and once with the posterior means, which is what one listens to. Where the decoder
takes a speaker vector it gets the mean of the speaker's *other* utterances, and once that of
another speaker: a voice that is not in the latents then changes with it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.audio import resample, write
from speechgen.data import SpeakerVectors, load_data_directory
from speechgen.errors import ModelError, SpeechgenError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import sources_of_directory, spread_evenly
from speechgen.evaluation.summary import mean_of
from speechgen.evaluation.vectors import Encoder, embed, voice_without
from speechgen.losses import multi_resolution_stft
from speechgen.metrics import (
    LATENT_METRICS,
    cosine,
    log_spectral_distance,
    mel_cepstral_distortion,
    si_sdr,
)
from speechgen.progress import track
from speechgen.variational import standard_gaussian_kl

OF_MEANS = ", of means"
VOICES = ("own voice", "other voice, the wanted", "other voice, the speaker's own")
NAMES = (*LATENT_METRICS, *(f"{name}{OF_MEANS}" for name in LATENT_METRICS[1:]), *VOICES)


@dataclass(frozen=True)
class Coder:
    """A network with the voices it decodes in."""

    network: Any
    vectors: SpeakerVectors | None
    encoder: Encoder | None = None

    def __post_init__(self) -> None:
        if self.network.speaker_features and self.vectors is None:
            raise ModelError(
                "this model's decoder takes speaker vectors; make them with 'speechgen embed "
                "--data DIR' and give --vectors"
            )

    def tensor(self, wave: np.ndarray) -> Tensor:
        """A wave (time,) as (1, 1, time) where the network is."""
        device = next(self.network.parameters()).device
        return torch.as_tensor(wave, dtype=torch.float32, device=device)[None, None]

    def vector(self, speaker: str, utterance: str) -> Tensor | None:
        """The vector (1, feature) of a speaker's utterances other than one, or None."""
        if not self.network.speaker_features or self.vectors is None:
            return None
        vector = voice_without(self.vectors, speaker, utterance)
        return torch.as_tensor(vector, device=next(self.network.parameters()).device)[None]

    def other(self, speaker: str) -> str:
        """The speaker after ``speaker`` in order of names, whose voice is put in its place."""
        assert self.vectors is not None
        names = list(self.vectors.speaker_names)
        return names[(names.index(speaker) + 1) % len(names)]


def score_latent(
    network: Any,
    data_dir: str | Path,
    *,
    vectors: SpeakerVectors | None = None,
    encoder: Encoder | None = None,
    system: str = "",
    model: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    output: str | Path | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Rate and distortions of held-out utterances.

    Parameters
    ----------
    network
        A 1-D VAE.
    data_dir
        Data directory of recordings.
    vectors
        Speaker vectors of its utterances, where the decoder takes them.
    encoder
        Speaker encoder that compares the voices; None leaves them out.
    system, model
        Name and model directory, for the report.
    limit
        At most so many utterances, spread evenly.
    seed
        Of the draws; each utterance has its own numbers, whatever is scored beside it.
    output
        Folder for ``ID.wav``, decoded from drawn latents; None for none.
    overwrite
        Whether such files may be replaced.

    Returns
    -------
    dict
        ``mean``, ``files``, ``failed`` and ``context``; names as in ``NAMES``: the rate in bits a
        second, SI-SDR and log-spectral distance in dB, the spectral distance at three resolutions,
        mel-cepstral distortion in dB, and cosines of voices.

    Raises
    ------
    SpeechgenError
        No utterance can be read, or vectors are missing.
    """
    started = time.monotonic()
    data = load_data_directory(data_dir, check_files=False)
    sources = sources_of_directory(data)
    coder = Coder(network, vectors, encoder)
    files: dict[str, dict[str, float]] = {}
    failed: dict[str, str] = {}
    for name in track(spread_evenly(data.ids, limit), "coding"):
        try:
            wave = sources[name].read(network.sample_rate)
            files[name], drawn = _score(coder, wave, name, data.speakers[name], seed)
        except (SpeechgenError, ValueError) as error:
            failed[name] = str(error)
            continue
        if output is not None:
            target = Path(output) / f"{name}.wav"
            write(target, drawn[None], network.sample_rate, overwrite=overwrite)
    return {
        "mean": mean_of(files, [name for name in NAMES if any(name in f for f in files.values())]),
        "files": files,
        "failed": failed,
        "context": make_context(
            "latent_audio",
            data=data_dir,
            estimator=f"mean over {len(files)} utterances, latents drawn once from the posterior",
            started=started,
            system=system,
            model=model,
            seed=seed,
            weights=sum(parameter.numel() for parameter in network.parameters()),
            frame_rate=network.frame_rate,
            latent=network.latent,
        ),
    }


@torch.inference_mode()
def _score(
    coder: Coder, wave: np.ndarray, name: str, speaker: str, seed: int
) -> tuple[dict[str, float], np.ndarray]:
    """The numbers of one utterance, and the wave decoded from drawn latents."""
    network, waves = coder.network, coder.tensor(wave)
    vector = coder.vector(speaker, name)
    numbers = np.random.default_rng([seed, *name.encode("utf-8", "surrogateescape")])
    generator = torch.Generator().manual_seed(int(numbers.integers(2**63)))
    drawn = to_array(network.reconstruct(waves, vector, generator=generator))
    means = to_array(network.reconstruct(waves, vector))
    scores = {"rate": rate_bits_per_second(network, waves)}
    scores |= distances(wave, drawn, network.sample_rate)
    of_means = distances(wave, means, network.sample_rate)
    scores |= {f"{key}{OF_MEANS}": value for key, value in of_means.items()}
    if vector is not None and coder.encoder is not None:
        scores |= _voices(coder, waves, means, name, speaker)
    return scores, drawn


def rate_bits_per_second(network: Any, waves: Tensor) -> float:
    """KL of the posterior of waves (1, 1, time) from N(0, I), in bits for a second of them."""
    posterior = network.posterior(waves)
    nats = standard_gaussian_kl(posterior.mean.double(), posterior.log_variance.double()).sum()
    return float(nats) / math.log(2.0) * network.sample_rate / waves.shape[2]


def distances(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> dict[str, float]:
    """SI-SDR, LSD, spectral distance and MCD of ``estimate`` (time,) from ``clean`` (time,)."""
    pair = (torch.from_numpy(estimate)[None, None], torch.from_numpy(clean)[None, None])
    return {
        "SI-SDR": si_sdr(clean, estimate),
        "LSD": log_spectral_distance(clean, estimate, sample_rate),
        "spectral distance": float(multi_resolution_stft(*pair)),
        "MCD": mel_cepstral_distortion(clean, estimate, sample_rate),
    }


def _voices(
    coder: Coder, waves: Tensor, means: np.ndarray, name: str, speaker: str
) -> dict[str, float]:
    """Cosines: the reconstruction with its own voice; with another's vector, with either."""
    assert coder.vectors is not None and coder.encoder is not None
    other = coder.other(speaker)
    own, wanted = (voice_without(coder.vectors, who, name) for who in (speaker, other))
    changed = to_array(coder.network.reconstruct(waves, coder.vector(other, name)))
    own_voice, other_voice = (
        embed(coder.encoder, resample(wave, coder.network.sample_rate, coder.encoder.sample_rate))
        for wave in (means, changed)
    )
    pairs = ((own_voice, own), (other_voice, wanted), (other_voice, own))
    return {key: float(cosine(*pair)) for key, pair in zip(VOICES, pairs, strict=True)}


def to_array(waves: Tensor) -> np.ndarray:
    """The first of waves (batch, 1, time): (time,) float32."""
    return np.asarray(waves[0, 0].float().cpu().numpy(), np.float32)
