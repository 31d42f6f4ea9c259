"""Sample, reconstruct and interpolate speech with a 1-D VAE: files in, files out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from speechgen.audio import read_mono, write
from speechgen.errors import AudioError, ConfigError, OutputError
from speechgen.sampling.latent_interpolation import check_latents, interpolate
from speechgen.store import load_model, resolve_model
from speechgen.synthesis.hearing import embed_wave, rate_of
from speechgen.synthesis.voices import needs_encoder, speaker_vector

Voice = str | None


def sample_to_file(
    model: Any,
    output: str | Path,
    *,
    seconds: float = 2.0,
    speaker: Voice = None,
    seed: int = 0,
    temperature: float = 1.0,
    overwrite: bool = False,
) -> None:
    """Decode latents sampled from the prior, in the voice ``speaker``."""
    check_latents(model)
    if not seconds > 0:
        raise ConfigError(f"--seconds {seconds}: needs a number above 0")
    wave = model.sample(
        1,
        num_samples=max(1, round(seconds * model.sample_rate)),
        generator=torch.Generator().manual_seed(seed),
        speaker_vectors=voice_of(model, speaker),
        temperature=temperature,
    )
    _write(output, wave, model, overwrite)


def reconstruct_to_file(
    model: Any,
    source: str | Path,
    output: str | Path,
    *,
    speaker: Voice = None,
    overwrite: bool = False,
) -> None:
    """Encode and decode ``source``, in its own voice or in that of ``speaker``."""
    check_latents(model)
    wave = _read(source, model)
    vector = voice_of(model, speaker, own=source)
    with torch.no_grad():
        copy = model.reconstruct(wave, vector)
    _write(output, copy, model, overwrite)


def interpolate_to_folder(
    model: Any,
    first: str | Path,
    second: str | Path,
    output: str | Path,
    *,
    steps: int = 9,
    speaker: Voice = None,
    overwrite: bool = False,
) -> list[Path]:
    """Interpolate the latents of two recordings: ``output/00.wav`` ...

    The voice is interpolated too, or is that of ``speaker`` throughout.
    """
    check_latents(model)
    output = Path(output)
    if output.is_file():
        raise OutputError(f"{output}: is a file; interpolated speech goes to a folder")
    ends = _read(first, model), _read(second, model)
    vectors = None
    if model.speaker_features:
        pair = [voice_of(model, speaker, own=source) for source in (first, second)]
        assert pair[0] is not None and pair[1] is not None
        vectors = (pair[0], pair[1])
    written = []
    waves = interpolate(model, ends[0], ends[1], steps, speaker_vectors=vectors)
    for number, wave in enumerate(waves):
        written.append(output / f"{number:02d}.wav")
        _write(written[-1], wave, model, overwrite)
    return written


def voice_of(model: Any, speaker: Voice, *, own: str | Path | None = None) -> Tensor | None:
    """(1, feature) of ``speaker``, or of the recording ``own``; None of a model without voices.

    Raises
    ------
    ConfigError
        The model needs a voice and none is given, or takes none and one is.
    """
    if not model.speaker_features:
        if speaker is not None:
            raise ConfigError("--speaker: this model has no voices to choose from; leave it out")
        return None
    encoder = None
    if speaker is not None:
        reference: Any = speaker
        if needs_encoder(speaker, model):
            encoder = load_model(resolve_model(None, "embed")).model
    elif own is not None:
        encoder = load_model(resolve_model(None, "embed")).model
        reference = embed_wave(read_mono(own, rate_of(encoder)), encoder, str(own))
    else:
        known = ", ".join(model.speakers) or "any recording"
        raise ConfigError(f"this model needs a voice: give --speaker ({known})")
    vector = torch.from_numpy(speaker_vector(reference, model, encoder))[None]
    return vector.to(model.speaker_table.device)


def _read(source: str | Path, model: Any) -> Tensor:
    wave = read_mono(source, model.sample_rate)
    if not len(wave):
        raise AudioError(f"{source}: is empty; give a recording")
    return torch.from_numpy(wave)[None, None].to(model.speaker_table.device)


def _write(output: str | Path, wave: Tensor, model: Any, overwrite: bool) -> None:
    samples = wave[0].detach().cpu().float().clamp(-1.0, 1.0).numpy()
    write(output, samples, model.sample_rate, overwrite=overwrite)
