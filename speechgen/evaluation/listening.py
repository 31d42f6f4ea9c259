"""What models of others hear in files: how natural or clean they are, and which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from speechgen.data import read_table
from speechgen.errors import DataError
from speechgen.evaluation.sources import Source
from speechgen.evaluation.summary import mean_of
from speechgen.metrics import ENHANCEMENT_LISTENING, LISTENING_METRICS
from speechgen.metrics.listening import word_errors, words_of
from speechgen.progress import track
from speechgen.workers import map_in_processes

SAMPLE_RATE = 16000
ENHANCEMENT_MEASURES = ("dnsmos", "wer")
Scores = dict[str, dict[str, float]]


def hear_enhanced(
    sources: dict[str, Source],
    files: Scores,
    measures: Sequence[str],
    texts: Mapping[str, str],
    *,
    jobs: int | None,
) -> None:
    """Enter those of :data:`ENHANCEMENT_MEASURES` that are asked for into ``files``.

    They need no clean side: SIG, BAK, OVRL and P.808 of DNSMOS; the word error rate, with the
    number of words, of the files that have a text.
    """
    if "dnsmos" in measures:
        rate_naturalness(sources, files, ENHANCEMENT_LISTENING[:4])
    if "wer" in measures:
        count_word_errors(sources, texts, files, jobs=jobs)


def texts_of(clean: str | Path, file: str | Path | None = None) -> dict[str, str]:
    """What is said in each file, from ``file`` or from the file text of the folder ``clean``.

    Raises
    ------
    DataError
        There is no such file, or a line of it is out of order.
    """
    own = Path(clean, "text")
    if file is None and not own.is_file():
        raise DataError(
            f"{clean}: has no file text, which the measure wer compares with; name one with --text"
        )
    return read_table(own if file is None else file)


def rate_naturalness(
    sources: dict[str, Source], files: Scores, metrics: Sequence[str] = ("P.808",)
) -> None:
    """Enter those of DNSMOS's ratings of every source into ``files``."""
    from speechgen.metrics.listening.naturalness import dnsmos_scores

    for name in track(list(sources), "naturalness"):
        scores = dnsmos_scores(sources[name].read(SAMPLE_RATE))
        files[name] |= {metric: scores[metric] for metric in metrics}


def count_word_errors(
    sources: dict[str, Source], texts: Mapping[str, str], files: Scores, *, jobs: int | None
) -> None:
    """Enter the word error rate of every source that has words into ``files``, and their number.

    The texts on both sides are taken apart by :func:`speechgen.metrics.listening.words_of`.
    """
    spoken = [name for name in sources if words_of(texts.get(name, ""))]
    tasks = {name: (sources[name],) for name in spoken}
    for name, heard in map_in_processes(_recognise, tasks, jobs=jobs, label="words").items():
        if isinstance(heard, tuple):
            wanted = words_of(texts[name])
            files[name]["WER"] = word_errors(wanted, words_of(heard[0])) / len(wanted)
            files[name]["words"] = len(wanted)


def listening_means(files: Scores) -> dict[str, float | None]:
    """Means over files of what was measured; of the word error rate, that over all words."""
    means = mean_of(files, tuple(dict.fromkeys((*ENHANCEMENT_LISTENING, *LISTENING_METRICS))))
    return {name: value for name, value in means.items() if value is not None}


def _recognise(source: Source) -> tuple[str]:
    """In a tuple, so that a text is told from the reason of a process that died."""
    from speechgen.metrics.listening.recognition import recognise

    return (recognise(source.read(SAMPLE_RATE)),)
