"""Pictures to look at beside the sounds: noisy | enhanced | clean, recording | voices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from speechgen.audio import write
from speechgen.data import load_data_directory
from speechgen.evaluation.sources import sources_of_directory, spread_evenly
from speechgen.reporting.estimates import Estimate, estimates_of
from speechgen.reporting.plots import spectrogram_figure

SAMPLE_RATE = 16000


def draw_pictures(
    reference: str | Path,
    estimate: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    limit: int | None = None,
    sounds: str | Path | None = None,
) -> list[Path]:
    """Draw the spectrograms of a recording and of its estimates, one PNG an utterance.

    Where the reference has a noisy side the columns are noisy, enhanced and clean; otherwise they
    are the recording and every ``UTTERANCE__as__SPEAKER`` of it, or, where there are several
    folders, the estimate of each, under the folder's name.

    Parameters
    ----------
    reference
        Data directory of the recordings.
    estimate
        Folder of files called after its utterances, or several such folders.
    output
        Folder for the pictures.
    limit
        At most so many, spread evenly over the utterances.
    sounds
        Folder that gets what is seen as ``ID__COLUMN.wav``, too; None for none.

    Returns
    -------
    list of Path
        The pictures.

    Raises
    ------
    DataError
        In some folder no estimate is called after an utterance.
    """
    data = load_data_directory(reference)
    clean = sources_of_directory(data)
    noisy = sources_of_directory(data, noisy=True) if data.noisy else {}
    folders = [estimate] if isinstance(estimate, str | Path) else list(estimate)
    estimates = estimates_of(data, folders)
    pictures = []
    for name in spread_evenly(sorted(estimates), limit):
        columns = [
            (_title(one, alone=len(folders) == 1), one.source.read(SAMPLE_RATE))
            for one in estimates[name]
        ]
        original = clean[name].read(SAMPLE_RATE)
        if name in noisy:
            columns = [("noisy", noisy[name].read(SAMPLE_RATE)), *columns, ("clean", original)]
        else:
            columns.insert(0, (f"{name}, recorded", original))
        pictures.append(Path(output) / f"{name}.png")
        spectrogram_figure(columns, SAMPLE_RATE, pictures[-1])
        if sounds is not None:
            _write_sounds(Path(sounds), name, columns)
    return pictures


def _title(estimate: Estimate, *, alone: bool) -> str:
    """The voice, where there is one folder; else the folder."""
    if not alone:
        return estimate.system
    return f"as {estimate.speaker}" if estimate.speaker else "enhanced"


def _write_sounds(folder: Path, name: str, columns: list[tuple[str, np.ndarray]]) -> None:
    for title, wave in columns:
        word = title.rpartition(" ")[2]
        write(folder / f"{name}__{word}.wav", wave, SAMPLE_RATE, overwrite=True)
