"""When each phone and word of recordings is said, by the aligner of a text model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.symbols import sentence_of
from speechgen.data.label_files import Label, ctm, textgrid
from speechgen.data.pictures import write_png
from speechgen.errors import DataError, ModelError
from speechgen.evaluation.label_edges import path_edges, sounding_ends
from speechgen.features import extract
from speechgen.files import atomic_folder, check_absent, write_text
from speechgen.models.text.monotonic import best_path
from speechgen.models.text.text_model import TextModel
from speechgen.progress import track
from speechgen.store import load_model
from speechgen.store.content_source import ContentSource
from speechgen.text import MARKS, Sentence, Word, symbol_ids

_CELL = 4  # pixels of a picture for a symbol or a frame


@dataclass(frozen=True)
class Alignment:
    """Of one utterance.

    Attributes
    ----------
    words, phones
        In order; the pauses between them have no label.
    path
        (frame,), the symbol of each frame.
    scores
        (frame, symbol), log-probabilities of the symbols of each frame by itself.
    sureness
        Mean probability of the symbols of the path.
    """

    words: tuple[Label, ...]
    phones: tuple[Label, ...]
    path: np.ndarray
    scores: np.ndarray
    sureness: float


class SpeechAligner:
    """A text model and a recogniser as what finds times.

    Parameters
    ----------
    model
        Model directory of a text model.
    converter
        Model directory or name of the converter, or recogniser, with whose content it was trained.
    device
        As of :func:`speechgen.store.load_model`.
    """

    def __init__(self, model: Path, converter: str, device: str = "auto") -> None:
        loaded = load_model(model, device=device)
        settings = loaded.config.feature_settings()
        if not isinstance(loaded.model, TextModel) or settings is None:
            raise ModelError(f"{model}: a {loaded.config.name} aligns nothing; give a text_model")
        self.network, self.settings = loaded.model, settings
        self.source = ContentSource(converter)
        self.source.check(settings)

    @torch.inference_mode()
    def align(self, sentence: Sentence, wave: np.ndarray) -> Alignment:
        """Times of a sentence in a wave (time,) at the rate of :attr:`settings`.

        Raises
        ------
        DataError
            There are more phones than frames.
        """
        symbols = sentence.symbols()
        features = extract(self.settings, wave).numpy()
        phones, frames = sum(symbol not in MARKS for symbol in symbols), features.shape[1]
        if phones > frames:
            raise DataError(f"{phones} phones do not fit into {frames} frames; check the text")
        network, device = self.network, self.network.skippable.device

        def row(values: Any) -> torch.Tensor:
            return torch.as_tensor(values, device=device)[None]

        ids, count = row(symbol_ids(symbols)), row(len(symbols))
        embedded = network.encoder.embedded(ids, row(sentence.stress()), count)
        mel = row(features[: self.settings.num_mels])
        scores, _ = network.align(embedded, count, row(self.source(features)), mel)
        path = best_path(scores, row(frames), count, network.skippable[ids])[0].cpu().numpy()
        table = scores[0].cpu().numpy()
        sureness = float(np.exp(table[np.arange(frames), path]).mean())
        settings = self.settings
        seconds = settings.hop_samples / settings.sample_rate
        edges = path_edges(path, len(symbols), seconds).clip(max=len(wave) / settings.sample_rate)
        spoken = _phones(sentence, edges, wave, settings.sample_rate)
        return Alignment(_words(sentence, spoken), spoken, path, table, sureness)


def _phones(
    sentence: Sentence, edges: np.ndarray, wave: np.ndarray, sample_rate: int
) -> tuple[Label, ...]:
    labels = [
        Label(float(edges[place]), float(edges[place + 1]), symbol)
        for place, (symbol, word) in enumerate(
            zip(sentence.symbols(), sentence.words(), strict=True)
        )
        if word >= 0
    ]
    return tuple(sounding_ends(labels, wave, sample_rate))


def _words(sentence: Sentence, phones: tuple[Label, ...]) -> tuple[Label, ...]:
    numbers = [number for number in sentence.words() if number >= 0]
    texts = [token.text for token in sentence.tokens if isinstance(token, Word)]
    of_word: list[list[Label]] = [[] for _ in texts]
    for number, phone in zip(numbers, phones, strict=True):
        of_word[number].append(phone)
    return tuple(
        Label(parts[0].begin_seconds, parts[-1].end_seconds, text)
        for parts, text in zip(of_word, texts, strict=True)
    )


@dataclass
class AlignmentReport:
    """What :func:`align_data` did.

    Attributes
    ----------
    done
        Sureness of each utterance id.
    refused
        Reason of each utterance id that has no times.
    """

    done: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def align_data(
    data: str | Path | DataDirectory,
    output: str | Path,
    aligner: SpeechAligner,
    *,
    pictures: int = 0,
    overwrite: bool = False,
) -> AlignmentReport:
    """Write times of all utterances of a data directory into a folder.

    ::

        OUTPUT/words.ctm, phones.ctm     utterance, channel, beginning and duration in seconds, text
               textgrid/ID.TextGrid      both, for Praat
               pictures/ID.png           of the first few: symbols upwards, frames to the right

    Parameters
    ----------
    pictures
        How many alignments to draw: probabilities above, the path below.

    Raises
    ------
    DataError
        No utterance has words, or none could be aligned.
    OutputError
        The folder exists, without ``overwrite``.
    """
    from speechgen.data.datasets.audio_cache import AudioBank

    directory = data if isinstance(data, DataDirectory) else load_data_directory(data)
    if not directory.texts:
        raise DataError(f"{directory.path}: has no words; put them into {directory.path / 'text'}")
    bank = AudioBank(directory, aligner.settings.sample_rate)
    check_absent(output, overwrite=overwrite)
    report = AlignmentReport()
    tables: dict[str, list[str]] = {"words": [], "phones": []}
    with atomic_folder(output) as folder:
        for index in track(range(len(bank)), "aligning"):
            name, wave = bank.ids[index], bank.wave(index)
            try:
                found = aligner.align(sentence_of(directory.texts.get(name, "")), wave)
            except DataError as error:
                report.refused[name] = str(error)
                continue
            tiers = {"words": found.words, "phones": found.phones}
            grid = textgrid(tiers, len(wave) / bank.sample_rate)
            write_text(folder / "textgrid" / f"{name}.TextGrid", grid)
            for tier, labels in tiers.items():
                tables[tier].append(ctm(name, labels))
            if len(report.done) < pictures:
                write_png(folder / "pictures" / f"{name}.png", alignment_picture(found))
            report.done[name] = found.sureness
        if not report.done:
            first, why = next(iter(report.refused.items()))
            raise DataError(f"{directory.path}: nothing could be aligned; {first}: {why}")
        for tier, lines in tables.items():
            write_text(folder / f"{tier}.ctm", "".join(lines))
    return report


def alignment_picture(alignment: Alignment) -> np.ndarray:
    """Probabilities, and below them the path; each symbol and frame four pixels wide.

    Returns
    -------
    np.ndarray
        (1, 4 * (2 * symbol + 1), 4 * frame) in [0, 1].
    """
    soft = np.exp(alignment.scores.T)
    hard = np.zeros_like(soft)
    hard[alignment.path, np.arange(soft.shape[1])] = 1.0
    line = np.full((1, soft.shape[1]), 0.5, soft.dtype)
    picture = np.concatenate([soft[::-1], line, hard[::-1]])
    return picture.repeat(_CELL, axis=0).repeat(_CELL, axis=1)[None]
