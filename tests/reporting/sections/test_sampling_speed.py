"""The benchmark runs as users would run it, and the report shows what it measured."""

from __future__ import annotations

import json
import subprocess
import sys

from speechgen.reporting.sections.busy_sampling import busy_sampling_tables
from speechgen.reporting.sections.sampling_speed import sampling_speed_tables


def test_the_benchmark_writes_what_the_report_shows(repository, tmp_path):
    words = [
        "--size", "small", "--engine", "pytorch loop,reference,numba,triton", "--batch", "1",
        "--threads", "1", "--samples", "800", "--repeats", "1", "--json", str(tmp_path / "b.json"),
    ]  # fmt: skip
    script = str(repository / "tools" / "bench_wavenet.py")
    run = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=True
    )
    result = json.loads((tmp_path / "b.json").read_text())
    rows = {row["engine"]: row for row in result["rows"] if row["batch"] == 1}
    for name in ("pytorch loop", "reference", "numba"):
        row = rows[name]
        assert row["samples_per_second"] > 0
        assert (row["size"], row["precision"], row["threads"]) == ("small", "float32", 1)
    assert sampling_speed_tables([result]) in run.stdout
    assert f"{rows['numba']['samples_per_second']:,.0f}" in run.stdout


def test_the_benchmark_beside_busy_processes_writes_what_the_report_shows(repository, tmp_path):
    words = [
        "--busy", "--size", "small", "--engine", "numba", "--batch", "1", "--samples", "800",
        "--repeats", "1", "--json", str(tmp_path / "b.json"),
    ]  # fmt: skip
    script = str(repository / "tools" / "bench_wavenet.py")
    run = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=True
    )
    result = json.loads((tmp_path / "b.json").read_text())
    assert [row["busy"] for row in result["rows"]] == [0, 1, 2]
    for row in result["rows"]:
        assert all(row[way]["slowest"] > 0 for way in ("one", "always", "adaptive"))
        assert row["one"]["times_one_thread"] == 1
    assert busy_sampling_tables([result]) in run.stdout


def test_the_plain_loop_of_the_benchmark_draws_the_references_samples(script):
    import torch

    from speechgen.models.wavenet.conditions import Conditions
    from speechgen.models.wavenet.wavenet import WaveNet
    from speechgen.sampling import sample_symbols

    bench = script("bench_wavenet")
    model = WaveNet(
        stacks=1, layers_per_stack=4, kernel_size=3, residual_channels=8, gate_channels=16,
        skip_channels=8, classes=32, local_features=3, hop_samples=16,
    ).eval()  # fmt: skip
    conditions = Conditions(torch.randn(2, 3, 4))
    (found,) = bench.ShiftingLoop(model, conditions, 64).chunks(60)
    wanted = sample_symbols(model, conditions, num_samples=64, seed=0, engine="reference")
    assert torch.equal(found, torch.cat(list(wanted), dim=1)[:, :60])
