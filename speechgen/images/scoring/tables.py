"""The report's table of image models: likelihood-based and likelihood-free ones side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE, interval, number
from speechgen.reporting.results import Result, by_data, system
from speechgen.reporting.table import Table

_HEADER = (
    "system", "family", "nats ↓", "estimator", "bits/dim ↓", "classifier score ↑",
    "Fréchet distance ↓", "label accuracy ↑", "weights", "steps", "training (s)",
)  # fmt: skip
TASKS = {
    "own_nll_nats": "nats of the images it was trained on, which are others",
    "accuracy": "accuracy",
    "bayes_accuracy": "accuracy by Bayes' rule over p(image | class)",
    "anomaly_auc": "area under the curve of finding images on their side by log p",
    "psnr_db": "PSNR in dB",
    "bicubic_psnr_db": "PSNR of bicubic interpolation in dB",
    "translation_mae": "mean absolute error of the translation",
    "reconstruction_mse": "squared error of the reconstruction, summed over pixels",
    "compressed_bits_per_pixel": "bits per pixel of the compressed bytes",
}
_FORM = dict.fromkeys(TASKS, ".3f") | {"psnr_db": ".1f", "bicubic_psnr_db": ".1f"}
_NOTE = (
    "Likelihoods are of the {binarisation} images, sums over the pixels of one, with the 95 % "
    "interval of the mean. Samples are scored by one classifier that no system was trained with."
    "\n\n"
)
_PUBLISHED = (
    ("static", "PixelCNN 81.30, PixelRNN (diagonal BiLSTM) 79.20, VAE 89.8, IWAE-50 86.8"),
    ("dynamic", "PixelCNN 81.45, gated PixelCNN 81.50, VAE 86.8, IAF 79.10"),
)


def image_tables(results: Sequence[Result]) -> str:
    """One table for each held-out set and binarisation."""
    text = ""
    for data, of_data in by_data(results).items():
        for binarisation in dict.fromkeys(r["context"].get("binarisation") for r in of_data):
            group = [r for r in of_data if r["context"].get("binarisation") == binarisation]
            group = [r for r in group if _has_a_row(r)]
            group.sort(key=_place)
            words = {"none": "grey"}.get(binarisation, f"{binarisation}ally binarised")
            words = {"threshold": "thresholded"}.get(binarisation, words)
            text += f"### {data}, {words}\n\n{Table(_HEADER, map(_row, group)).markdown()}\n"
            text += _NOTE.format(binarisation=words)
            text += _published(data, binarisation)
    return text


def task_table(results: Sequence[Result]) -> str:
    """What else was measured, a row a system: the numbers of ``task_scores``."""
    rows = []
    for result in results:
        values = {key: v for key, v in result["mean"].items() if key in TASKS and v is not None}
        if values:
            words = ", ".join(f"{TASKS[key]} {value:{_FORM[key]}}" for key, value in values.items())
            rows.append([system(result), result["context"]["data"], words])
    return Table(["system", "data", "uses"], rows).markdown() if rows else ""


def _published(data: str, binarisation: str) -> str:
    """Figures of papers, for MNIST's test images."""
    figures = dict(_PUBLISHED).get(binarisation)
    if figures is None or "mnist" not in data:
        return ""
    drawn = (
        " (their fixed binarisation is another draw than ours)" if binarisation == "static" else ""
    )
    where = f"in nats on MNIST's test images, {binarisation}ally binarised"
    return f"Published, {where}: {figures}{drawn}.\n\n"


def _has_a_row(result: Result) -> bool:
    return any(key in result["mean"] for key in ("nll_nats", "classifier_score"))


def _place(result: Result) -> tuple[str, float, float]:
    """Families together, the real images first; within one by nats, then by distance."""
    mean = result["mean"]
    nats, distance = mean.get("nll_nats"), mean.get("frechet_distance")
    far = float("inf")
    family = result["context"].get("family") or ""
    return family, far if nats is None else nats, far if distance is None else distance


def _row(result: Result) -> list[str]:
    mean, context = result["mean"], result["context"]
    training: dict[str, Any] = context.get("training") or {}
    nats = result.get("intervals", {}).get("nll_nats")
    weights, seconds = context.get("weights"), training.get("seconds")
    return [
        system(result),
        context.get("family") or NONE,
        interval(nats, ".2f"),
        context["estimator"] if nats else NONE,
        number(mean.get("bits_per_dim"), ".4f"),
        number(mean.get("classifier_score"), ".2f"),
        number(mean.get("frechet_distance"), ".3g"),
        number(mean.get("label_accuracy"), ".1%"),
        NONE if weights is None else f"{weights:,}",
        str(context.get("steps") or NONE),
        NONE if seconds is None else f"{seconds:.0f}",
    ]
