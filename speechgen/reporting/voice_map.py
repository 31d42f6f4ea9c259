"""A map of voices: speaker vectors as points on a plane, near each other where they sound alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechgen.data import SpeakerVectors
from speechgen.evaluation.sources import spread_evenly
from speechgen.files import atomic_path

_MOST_POINTS = 2000
_MOST_NAMES = 20  # in the legend
_MARKERS = "osv^D"  # one after the other, so that not colour alone tells speakers apart
_MOST_NEIGHBOURS = 30


def draw_voice_map(vectors: SpeakerVectors, path: str | Path, *, overwrite: bool = True) -> None:
    """Draw the vectors, at most 2,000, as points in the colour of their speaker.

    Parameters
    ----------
    path
        PNG (or what else Matplotlib writes, by the suffix).
    overwrite
        Replace an older picture.

    Raises
    ------
    OutputError
        The picture cannot be written.
    """
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [vectors.ids.index(name) for name in spread_evenly(list(vectors.ids), _MOST_POINTS)]
    speakers = np.array(vectors.speakers)[rows]
    points = plane(vectors.vectors[rows])
    figure = Figure(figsize=(7, 5.4), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    names = sorted(set(speakers))
    colours = colormaps["hsv"](np.arange(len(names)) / len(names))
    if len(names) <= _MOST_NAMES:
        colours = colormaps["tab20"](np.arange(len(names)))
    for number, (name, colour) in enumerate(zip(names, colours, strict=True)):
        x, y = points[speakers == name].T
        marker = _MARKERS[number % len(_MARKERS)]
        axis.scatter(x, y, s=22, color=colour, marker=marker, label=str(name), linewidths=0)
    if len(names) <= _MOST_NAMES:
        figure.legend(loc="outside right center", frameon=False)
    axis.set(xticks=[], yticks=[], title=f"{len(rows)} utterances of {len(names)} speakers")
    with atomic_path(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary)


def plane(vectors: np.ndarray) -> np.ndarray:
    """Points (vector, 2) whose neighbours are those of the vectors (vector, feature), by cosine.

    L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", JMLR 9, 2008, from the principal
    components, so that the same vectors make the same map; of fewer than eight vectors these alone.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if len(vectors) == 1:
        return np.zeros((1, 2))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)
    if len(unit) < 8:
        parts = min(2, *unit.shape)
        points = PCA(parts, random_state=0).fit_transform(unit)
        return np.pad(points, ((0, 0), (0, 2 - parts)))
    neighbours = min(_MOST_NEIGHBOURS, (len(unit) - 1) / 3)
    embedding = TSNE(perplexity=neighbours, metric="cosine", init="pca", random_state=0, n_jobs=1)
    return np.asarray(embedding.fit_transform(unit))
