"""The report's tables of images, to the cell."""

from __future__ import annotations

from typing import Any

from speechgen.images.scoring.tables import image_tables, task_table


def result(system: str, family: str, binarisation: str = "static", **mean: float) -> dict[str, Any]:
    context = {"kind": "images", "system": system, "data": "mnist/test.npz", "family": family}
    context |= {"binarisation": binarisation, "estimator": "exact", "weights": 1234}
    intervals = {}
    if "nll_nats" in mean:
        nats = mean["nll_nats"]
        intervals = {"nll_nats": {"mean": nats, "low": nats - 1, "high": nats + 1}}
    return {"mean": mean, "intervals": intervals, "files": {}, "context": context}


def test_families_stand_together_and_within_one_the_best_comes_first() -> None:
    text = image_tables(
        [
            result("dcgan", "gan", classifier_score=7.5, frechet_distance=3.25),
            result("worse", "autoregressive", nll_nats=90.0, bits_per_dim=0.1656),
            result("better", "autoregressive", nll_nats=80.0),
            result("no row", "gan", accuracy=0.9),
        ]
    )
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    assert [row[0] for row in rows] == ["| better", "| worse", "| dcgan"]
    assert rows[0][2:4] == ["80.00 [79.00, 81.00]", "exact"] and rows[1][4] == "0.1656"
    assert rows[2][2:7] == ["-", "-", "-", "7.50", "3.25"] and rows[2][8] == "1,234"
    assert text.startswith("### mnist/test.npz, statically binarised\n\n")
    assert "Published, in nats on MNIST's test images, statically binarised" in text


def test_each_binarisation_has_its_table() -> None:
    kinds = ("none", "threshold", "dynamic")
    text = image_tables([result("a", "vae", kind, nll_nats=1.0) for kind in kinds])
    words = ("grey", "thresholded", "dynamically binarised")
    assert [f"### mnist/test.npz, {word}\n" in text for word in words] == [True] * 3


def test_tasks_are_named_in_words() -> None:
    text = task_table([result("c", "classifier", accuracy=0.95, psnr_db=21.04), result("d", "gan")])
    assert text == (
        "| system | data | uses |\n| --- | --- | --- |\n"
        "| c | mnist/test.npz | accuracy 0.950, PSNR in dB 21.0 |\n"
    )
    assert task_table([result("d", "gan")]) == ""
