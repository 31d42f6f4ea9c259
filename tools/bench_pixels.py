"""How fast autoregressive networks draw images: every engine in one run.

    python tools/bench_pixels.py                              a few minutes on one core
    python tools/bench_pixels.py --model gated_pixelcnn --batch 1,16 --json bench.json

Random weights, 28 x 28 black-and-white images, one core, float32. The naive sampler calls the whole
network for every value; each call costs the same, so that only some are made and the rest is
reckoned. Other rows are the best of several repetitions of whole images. --cpu-time counts the
seconds of this process only, for machines that are busy with other things. How many passes the
fixed point needs hangs on the weights: --weights MODEL_DIR takes trained ones.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from speechgen import registry
from speechgen.evaluation.provenance import machine
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork
from speechgen.images.sampling.pixels import draw_pixels, engines_for

# ten layers of 64 features each, and the experiments' networks: narrow, and of patches
_VARIANTS = re.compile("_(narrow|patches)$")
SIZES: dict[str, dict[str, Any]] = {
    "gated_pixelcnn": {"blocks": 10, "channels": 64},
    "gated_pixelcnn_narrow": {"blocks": 8, "channels": 24},
    "gated_pixelcnn_patches": {
        "blocks": 8,
        "channels": 48,
        "first_kernel_size": 5,
        "kernel_size": 5,
        "head_channels": 128,
        "patch_size": 2,
        "output": "joint_bernoulli",
    },
    "pixelcnn": {"blocks": 10, "channels": 128},
    "pixelrnn": {"scan": "row", "layers": 3, "hidden": 64},
    "pixelcnnpp": {"layers": 2, "channels": 32, "output": "bernoulli"},
}
COLUMNS = ("model", "batch", "engine", "images_per_second", "seconds", "passes", "times_naive")


def main() -> None:
    """Measure, print a table, write JSON."""
    options = parse()
    torch.set_num_threads(options.threads)
    rows: list[dict[str, Any]] = []
    for name, model in models(options):
        for batch in options.batch:
            rows += measure(
                model, name, batch, options.repeats, options.naive_values,
                clock=time.process_time if options.cpu_time else time.perf_counter,
            )  # fmt: skip
    table = Table(title=f"{machine()}; torch {torch.__version__}, {options.threads} thread(s)")
    for column in COLUMNS:
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in COLUMNS))
    Console(width=110).print(table)
    if options.json:
        found: dict[str, Any] = {"machine": machine(), "torch": torch.__version__}
        found |= {"threads": options.threads, "cpu_time": options.cpu_time}
        text = json.dumps({**found, "rows": rows}, indent=2) + "\n"
        Path(options.json).write_text(text, encoding="utf-8")


def parse() -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--model", default="gated_pixelcnn,pixelcnn", help=", ".join(SIZES))
    parser.add_argument("--weights", help="a model directory instead")
    parser.add_argument("--batch", default="1,16")
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--naive-values", type=int, default=8, help="calls the naive rate is from")
    parser.add_argument("--cpu-time", action="store_true", help="seconds of the process only")
    parser.add_argument("--json", help="write the rows here")
    options = parser.parse_args()
    options.batch = [int(word) for word in options.batch.split(",")]
    return options


def models(options: argparse.Namespace) -> list[tuple[str, PixelNetwork]]:
    """Names and networks to measure."""
    if options.weights:
        from speechgen.store import load_model

        loaded = load_model(options.weights).model
        assert isinstance(loaded, PixelNetwork)
        return [(Path(options.weights).name, loaded.eval())]
    found = []
    for name in options.model.split(","):
        torch.manual_seed(0)
        shape = {"image_shape": [1, options.size, options.size]}
        kind = _VARIANTS.sub("", name)
        found.append((name, registry.build(kind, SIZES[name] | shape).eval()))
    return found


def measure(
    model: PixelNetwork,
    name: str,
    batch: int,
    repeats: int,
    naive_values: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[dict[str, Any]]:
    """A row for each engine that can draw from ``model``."""
    channels, height, width = model.grid_shape
    labels = torch.arange(batch) % model.num_classes if model.num_classes else None
    images = torch.rand(batch, channels, height, width)
    values = height * width * model.groups

    @torch.no_grad()
    def calls() -> None:
        for _ in range(naive_values):
            model.params(images, labels)

    seconds = {"naive": best(calls, repeats, clock) * values / naive_values}
    passes = {"naive": values}
    for engine in engines_for(model)[1:]:

        def draw(engine: str = engine) -> None:
            drawn = draw_pixels(model, batch, seed=0, labels=labels, engine=engine)
            passes[engine] = drawn.passes

        seconds[engine] = best(draw, repeats, clock)
    return [
        {
            "model": name,
            "batch": batch,
            "engine": engine,
            "seconds": taken,
            "images_per_second": batch / taken,
            "passes": passes[engine],
            "times_naive": seconds["naive"] / taken,
        }
        for engine, taken in seconds.items()
    ]


def best(work: Callable[[], None], repeats: int, clock: Callable[[], float]) -> float:
    """Seconds of the quickest of several runs, after one that is not counted."""
    work()
    found = []
    for _ in range(repeats):
        begun = clock()
        work()
        found.append(clock() - begun)
    return min(found)


def _cell(value: Any) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
