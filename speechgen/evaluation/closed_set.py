"""Which of a small set of words is said, such as a digit: a classifier that recordings teach.

Content of the phone recogniser, in which little is left of the voice, is averaged over pieces of
the utterance, from its first active frame to its last, and brought to the same mean and deviation
in every voice; a linear classifier names the words.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.audio import info, resample
from speechgen.data import DataDirectory, load_data_directory, recording_features
from speechgen.errors import DataError, ModelError, SpeechgenError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, sources_by_id, sources_of_directory
from speechgen.evaluation.synthesis import SEPARATOR
from speechgen.features.settings import SPEECH_LEVEL_DB
from speechgen.metrics.linear_probe import LinearProbe, fit_probe
from speechgen.metrics.listening.words import words_of
from speechgen.progress import track
from speechgen.store import LoadedModel

NAMED = "named rightly"
CHANCE = "chance"
_PIECES = 8
_QUIET_DB = 35.0  # below the loudest frame: what is before and after the word
_MOST_WORDS = 200
_DECAY = 1e-2  # of the classifier's squared weights
_ENOUGH = 10  # files of a voice
_LEAST_DEVIATION = 0.05


class ClosedSet:
    """A classifier of what is said, among the texts of recordings.

    Parameters
    ----------
    loaded
        A ``phone_recogniser``, or a ``voice_converter``, which has one inside.
    data
        Recordings with texts. Whatever is named later is brought to the least of their sample
        rates first, so that it is as narrow.

    Attributes
    ----------
    words
        The texts, as :func:`speechgen.metrics.listening.words_of` takes them apart.

    Raises
    ------
    ModelError
        The model is neither.
    DataError
        There are no texts, fewer than two of them or more than 200, or nothing can be read.
    """

    def __init__(self, loaded: LoadedModel, data: DataDirectory) -> None:
        self._recogniser: Any = getattr(loaded.model, "recogniser", loaded.model)
        settings = loaded.config.feature_settings()
        if not hasattr(self._recogniser, "phones") or settings is None:
            raise ModelError(
                f"{loaded.directory}: a {loaded.config.name} recognises no phones; give a "
                "phone_recogniser or a voice_converter, such as converter-small"
            )
        self._settings = settings
        said = {name: text_of(words) for name, words in (data.texts or {}).items()}
        self.words = sorted(set(said.values()))
        if not 1 < len(self.words) <= _MOST_WORDS:
            raise DataError(
                f"{data.path}: has {len(self.words)} different texts; a closed set has 2 to "
                f"{_MOST_WORDS}, such as ten digits"
            )
        sources, speakers = sources_of_directory(data), [data.speakers[name] for name in said]
        self._rate = min(info(path).sample_rate for path in set(data.wavs.values()))
        vectors = [self.vector(sources[name]) for name in track(list(said), "learning words")]
        labels = np.array([self.words.index(words) for words in said.values()])
        table = np.stack(vectors)
        self._usual = table.mean(axis=0), table.std(axis=0)
        self._probe: LinearProbe = fit_probe(
            by_voice(table, speakers, self._usual), labels, decay=_DECAY
        )

    def names(self, vectors: np.ndarray, voices: Sequence[str]) -> list[str]:
        """The words that are likeliest said, of :meth:`vector` of files and who speaks in each."""
        scaled = by_voice(vectors, voices, self._usual)
        return [self.words[label] for label in self._probe.labels(scaled)]

    @torch.inference_mode()
    def vector(self, source: Source) -> np.ndarray:
        """(feature,) of one utterance: content, averaged over each of its pieces."""
        rate = self._settings.sample_rate
        wave = resample(source.read(self._rate), self._rate, rate)
        mel = recording_features(self._settings, wave, SPEECH_LEVEL_DB)[: self._settings.num_mels]
        device = next(self._recogniser.parameters()).device
        logits, content = self._recogniser(mel[None].to(device))
        rows = torch.cat([content[0], logits[0].softmax(dim=0)]).float().cpu().numpy()
        return pieces(rows[:, active_frames(wave, rows.shape[1])])


def score_closed_set(
    loaded: LoadedModel,
    train: str | Path,
    reference: str | Path,
    estimates: Sequence[str | Path],
    *,
    systems: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """How many of the files a classifier names as the utterances they are called after.

    Parameters
    ----------
    loaded
        As for :class:`ClosedSet`.
    train
        Data directory of the recordings that teach, with texts.
    reference
        Data directory of the utterances that files are called after.
    estimates
        Folders of ``UTTERANCE`` or ``UTTERANCE__as__SPEAKER`` with any ending, or data
        directories. All are named by the same classifier.
    systems
        What made the files of each, for the report; the folders' names if left out.

    Returns
    -------
    list of dict
        For each of ``estimates``: ``mean``: the share "named rightly", and that of always the same
        name, "chance"; ``files``; ``failed``, with what cannot be read or is called after no
        utterance; ``named``, the words of each file that was named wrongly; ``context``.

    Raises
    ------
    DataError
        There are no texts, no file of a folder is called after an utterance, or there are not as
        many systems as folders.
    """
    started = time.monotonic()
    data = load_data_directory(reference, check_files=False)
    if not data.texts:
        raise DataError(f"{data.path}: has no file text; write there what each utterance says")
    texts = {name: text_of(words) for name, words in data.texts.items()}
    systems = systems or [Path(estimate).name for estimate in estimates]
    if len(systems) != len(estimates):
        raise DataError(f"{len(systems)} names for {len(estimates)} systems; give one for each")
    sources = [sources_by_id(estimate) for estimate in estimates]
    for estimate, found in zip(estimates, sources, strict=True):
        if not any(name.partition(SEPARATOR)[0] in texts for name in found):
            raise DataError(f"{estimate}: no file is called after an utterance of {reference}")
    judge = ClosedSet(loaded, load_data_directory(train))
    learning, results = time.monotonic() - started, []
    for estimate, found, system in zip(estimates, sources, systems, strict=True):
        started = time.monotonic() - learning
        result = _name_all(judge, texts, data.speakers, found)
        if not result["files"]:
            raise DataError(f"{estimate}: none of its files can be read")
        result["context"] = make_context(
            "closed set",
            data=reference,
            estimator=f"linear classifier of content in {_PIECES} pieces, {len(judge.words)} "
            f"texts of {Path(train).name}; {len(result['files'])} files",
            started=started,
            system=system,
            model=loaded.directory,
        )
        results.append(result)
    return results


def _name_all(
    judge: ClosedSet, texts: dict[str, str], speakers: dict[str, str], sources: dict[str, Source]
) -> dict[str, Any]:
    vectors, failed = {}, {}
    for name in track(sorted(sources), "naming words"):
        if name.partition(SEPARATOR)[0] not in texts:
            failed[name] = "is called after no utterance with words of the reference"
            continue
        try:
            vectors[name] = judge.vector(sources[name])
        except (SpeechgenError, ValueError) as error:
            failed[name] = str(error)
    if not vectors:
        return {"files": {}, "failed": failed}
    parts = [name.partition(SEPARATOR) for name in vectors]
    wanted = [texts[utterance] for utterance, _, _ in parts]
    voices = [voice or speakers[utterance] for utterance, _, voice in parts]
    heard = judge.names(np.stack(list(vectors.values())), voices)
    answers = dict(zip(vectors, zip(heard, wanted, strict=True), strict=True))
    files = {name: {NAMED: float(one == other)} for name, (one, other) in answers.items()}
    wrong = {name: f"{one} for {other}" for name, (one, other) in answers.items() if one != other}
    mean = {
        NAMED: float(np.mean([one[NAMED] for one in files.values()])),
        CHANCE: max(wanted.count(words) for words in set(wanted)) / len(wanted),
    }
    return {"mean": mean, "files": files, "failed": failed, "named": wrong}


def text_of(words: str) -> str:
    """A text as it is compared: words in small letters, with spaces between them."""
    return " ".join(words_of(words))


def pieces(rows: np.ndarray, count: int = _PIECES) -> np.ndarray:
    """(feature * count,): means of rows (feature, frame) over equal pieces, however few frames."""
    frames = rows.shape[1]
    edges = np.linspace(0, frames, count + 1)
    starts = np.minimum(np.floor(edges[:-1]).astype(int), frames - 1)
    ends = np.maximum(np.ceil(edges[1:]).astype(int), starts + 1)
    means = [rows[:, start:end].mean(axis=1) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate(means)


def by_voice(
    vectors: np.ndarray, voices: Sequence[str], usual: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Vectors (example, feature) at mean 0 and deviation 1 in each voice that has enough of them.

    What a voice, or its microphone, has in common in all that it says is gone then. Of those that
    say less than ten files it cannot be told: they are brought there by the ``usual`` mean and
    deviation (feature,).
    """
    names, scaled = np.array(voices), vectors.astype(np.float64)
    for name in sorted(set(voices)):
        rows = names == name
        part = scaled[rows]
        enough = len(part) >= _ENOUGH
        mean, deviation = (part.mean(axis=0), part.std(axis=0)) if enough else usual
        scaled[rows] = (part - mean) / (deviation + _LEAST_DEVIATION)
    return scaled


def active_frames(wave: np.ndarray, count: int) -> slice:
    """From the first to the last of ``count`` frames that are at most 35 dB below the loudest."""
    parts = np.array_split(wave.astype(np.float64), count)
    levels = np.array([np.mean(part**2) if len(part) else 0.0 for part in parts])
    active = np.flatnonzero(levels >= levels.max() * 10 ** (-_QUIET_DB / 10))
    return slice(int(active[0]), int(active[-1]) + 1)
