"""How near the times of an alignment are to true ones."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.label_files import Label
from speechgen.data.label_times import read_times
from speechgen.errors import DataError
from speechgen.evaluation.provenance import make_context
from speechgen.metrics.boundaries import Interval, edge_differences, matched_pairs
from speechgen.text.phone_notation import VOWELS, parse_phones

WITHIN_MS = (25, 50)
_VOWEL = "V"
_OTHER_PHONES = {"ᵻ": "ɪ", "ʔ": "t"}


def score_alignment(
    reference: str | Path, estimate: str | Path, *, tier: str = "phones"
) -> dict[str, Any]:
    """Distances of the edges of phones or words from true ones.

    Sequences of phones may differ, as front ends do: only phones that stand in both on a path of
    fewest edits count, for which vowels are all alike. A phone of the reference that is two here,
    such as ``ɔːɹ``, has its edges at those of the two.

    Parameters
    ----------
    reference, estimate
        As :func:`speechgen.data.label_times.read_times` takes them.
    tier
        ``phones`` or ``words``.

    Returns
    -------
    dict
        ``mean``: mean and median of the absolute difference, and the median by which edges are late
        (ms), shares (%) within 25 and 50 ms, and of the reference's labels that were found;
        ``files``: the mean difference of each; ``failed``: those without an estimate; ``context``.

    Raises
    ------
    DataError
        No recording is in both.
    """
    if tier not in ("phones", "words"):
        raise DataError(f"{tier!r} is no tier; give phones or words")
    started = time.monotonic()
    true, found = read_times(reference, tier), read_times(estimate, tier)
    files: dict[str, dict[str, float]] = {}
    failed, every, count, matched = {}, [], 0, 0
    for name, labels in true.items():
        if name not in found:
            failed[name] = "has no times in the estimate"
            continue
        late, pairs, total = _compared(found[name], labels, tier)
        matched, count = matched + pairs, count + total
        if len(late):
            files[name] = {"mean (ms)": float(1000 * np.abs(late).mean())}
            every.append(1000 * late)
        else:
            failed[name] = f"shares no {tier} with the estimate"
    if not every:
        raise DataError(f"{estimate}: shares no {tier} with {reference}; compare ids and texts")
    late = np.concatenate(every)
    away = np.abs(late)
    mean = {
        "mean (ms)": float(away.mean()),
        "median (ms)": float(np.median(away)),
        "late by, median (ms)": float(np.median(late)),
        **{f"within {one} ms (%)": float(100 * (away <= one).mean()) for one in WITHIN_MS},
        f"{tier} compared (%)": 100 * matched / count,
        "edges": len(late),
    }
    context = make_context(
        "alignment",
        data=reference,
        estimator=f"edges of {tier} that both have, absolute differences",
        started=started,
        system=str(Path(estimate).name),
    )
    return {"mean": mean, "files": files, "failed": failed, "context": context}


def _compared(
    found: Sequence[Label], true: Sequence[Label], tier: str
) -> tuple[np.ndarray, int, int]:
    """Differences in seconds; how many labels were compared, and how many there are."""
    if tier == "words":
        texts = [[_word(one.text) for one in labels] for labels in (found, true)]
        pairs = matched_pairs(*texts)
        edges = [[(one.begin_seconds, one.end_seconds) for one in side] for side in (found, true)]
        return edge_differences(edges[0], edges[1], pairs), len(pairs), len(true)
    mine, mine_edges = _phones(found)
    theirs, their_edges = _phones(true)
    pairs = matched_pairs(mine, theirs)
    late = edge_differences(mine_edges, their_edges, pairs)
    return late[np.isfinite(late)], len(pairs), len(theirs)


def _phones(labels: Sequence[Label]) -> tuple[list[str], list[Interval]]:
    """Phones with all vowels alike, and their edges; those inside a label are unknown, NaN."""
    phones: list[str] = []
    edges: list[Interval] = []
    for (begin, end, _), parts in zip(labels, _all_parts(labels), strict=True):
        inner = [np.nan] * (len(parts) - 1)
        phones += parts
        edges += zip([begin, *inner], [*inner, end], strict=True)
    return phones, edges


def _all_parts(labels: Sequence[Label]) -> list[list[str]]:
    """The phones of each label; single letters are ARPABET where all of them can be."""
    texts = [text for _, _, text in labels]
    if all(re.fullmatch("[A-Z]{1,2}[012]?", text) for text in texts):
        try:
            phones, _ = parse_phones(" ".join(texts))
        except DataError:
            phones = ()
        if len(phones) == len(texts):
            return [[_VOWEL if phone in VOWELS else phone] for phone in phones]
    return [_parts(text) for text in texts]


def _parts(text: str) -> list[str]:
    """The phones of a label; what is no phone of English stands for itself."""
    for written, phone in _OTHER_PHONES.items():
        text = text.replace(written, phone)
    try:
        phones, _ = parse_phones(text)
    except DataError:
        return [text]
    return [_VOWEL if phone in VOWELS else phone for phone in phones]


def _word(text: str) -> str:
    """A word without its marks, in small letters."""
    plain = unicodedata.normalize("NFKC", text.replace("’", "'")).casefold()
    return plain.strip(".,;:!?\"'()[]-—")
