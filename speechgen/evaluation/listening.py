"""What models of others hear in files: how natural they are, and which words."""

from __future__ import annotations

from speechgen.evaluation.sources import Source
from speechgen.evaluation.summary import mean_of
from speechgen.metrics import LISTENING_METRICS
from speechgen.metrics.listening import word_errors, words_of
from speechgen.progress import track
from speechgen.workers import map_in_processes

SAMPLE_RATE = 16000
Scores = dict[str, dict[str, float]]


def rate_naturalness(sources: dict[str, Source], files: Scores) -> None:
    """Enter DNSMOS P.808 of every source into ``files``."""
    from speechgen.metrics.listening.naturalness import p808

    for name in track(list(sources), "naturalness"):
        files[name]["P.808"] = p808(sources[name].read(SAMPLE_RATE))


def count_word_errors(
    sources: dict[str, Source], texts: dict[str, str], files: Scores, *, jobs: int | None
) -> None:
    """Enter the word error rate of every source that has words into ``files``, and their number.

    The texts on both sides are taken apart by :func:`speechgen.metrics.listening.words_of`.
    """
    tasks = {name: (source,) for name, source in sources.items() if words_of(texts[name])}
    for name, heard in map_in_processes(_recognise, tasks, jobs=jobs, label="words").items():
        if isinstance(heard, tuple):
            wanted = words_of(texts[name])
            files[name]["WER"] = word_errors(wanted, words_of(heard[0])) / len(wanted)
            files[name]["words"] = len(wanted)


def listening_means(files: Scores) -> dict[str, float | None]:
    """Means over files of what was measured; of the word error rate, that over all words."""
    means = mean_of(files, LISTENING_METRICS)
    means = {name: value for name, value in means.items() if value is not None}
    counted = [scores for scores in files.values() if "WER" in scores]
    if counted:
        errors = sum(scores["WER"] * scores["words"] for scores in counted)
        means["WER"] = errors / sum(scores["words"] for scores in counted)
    return means


def _recognise(source: Source) -> tuple[str]:
    """In a tuple, so that a text is told from the reason of a process that died."""
    from speechgen.metrics.listening.recognition import recognise

    return (recognise(source.read(SAMPLE_RATE)),)
