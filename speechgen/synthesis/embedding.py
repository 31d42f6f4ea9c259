"""Speech to speaker vectors, for one recording or for many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from speechgen.audio import read_mono
from speechgen.data import (
    AudioBank,
    SpeakerVectors,
    load_data_directory,
    save_vectors,
)
from speechgen.errors import AudioError, ConfigError, DataError, OutputError
from speechgen.files import check_absent, is_stream
from speechgen.progress import track


def embed_wave(wave: np.ndarray, encoder: nn.Module) -> np.ndarray:
    """Speaker vector (feature,) float32 of a waveform (time,) at the encoder's sample rate."""
    device = next(encoder.parameters()).device
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(wave, dtype=np.float32)).to(device)
        vector = encoder(batch.unsqueeze(0))[0].float().cpu().numpy()
    if not np.isfinite(vector).all():
        raise AudioError("the speaker encoder gave NaN or infinity for a recording; is it silent?")
    return vector.copy()


def rate_of(encoder: nn.Module) -> int:
    """The sample rate (Hz) that an encoder expects."""
    rate = encoder.sample_rate
    assert isinstance(rate, int)
    return rate


def embed_paths(
    source: Path | str | Sequence[Path | str],
    encoder: nn.Module,
    output: Path | str,
    *,
    overwrite: bool = False,
) -> int:
    """Write the speaker vectors of sound files, or of a data directory, to an .npz.

    Parameters
    ----------
    source
        Sound files, each a speaker of its own named after the file; or one data directory.
    encoder
        A speaker encoder in evaluation mode, with ``sample_rate`` (Hz).
    output
        File for :func:`speechgen.data.load_vectors`: arrays ``ids``, ``speakers``, ``vectors``.
    overwrite
        Whether ``output`` may be replaced.

    Returns
    -------
    int
        Number of vectors.

    Raises
    ------
    AudioError, DataError, OutputError
        Something cannot be read or written; nothing is then written.
    """
    output = Path(output)
    if output.suffix != ".npz" and not is_stream(output):
        raise OutputError(f"{output}: speaker vectors are written as .npz; choose such a name")
    check_absent(output, overwrite=overwrite)
    if isinstance(source, str | Path):
        ids, speakers, waves, count = _from_directory(Path(source), encoder)
    else:
        ids, speakers, waves, count = _from_files([Path(path) for path in source], encoder)
    vectors = [embed_wave(wave, encoder) for wave in track(waves, "embedding", count)]
    table = SpeakerVectors(tuple(ids), tuple(speakers), np.stack(vectors))
    save_vectors(output, table, overwrite=overwrite)
    return count


_Waves = tuple[list[str], list[str], Iterator[np.ndarray], int]


def _from_directory(path: Path, encoder: nn.Module) -> _Waves:
    data = load_data_directory(path)
    bank = AudioBank(data, rate_of(encoder))
    return list(bank.ids), list(bank.speakers), iter(bank), len(bank)


def _from_files(paths: list[Path], encoder: nn.Module) -> _Waves:
    if not paths:
        raise ConfigError("no recordings to embed")
    ids = [path.stem for path in paths]
    if len(set(ids)) < len(ids):
        ids = [path.with_suffix("").as_posix() for path in paths]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise DataError(f"{twice}: is given twice; give each recording once")
    waves = (read_mono(path, rate_of(encoder)) for path in paths)
    return ids, list(ids), waves, len(paths)
