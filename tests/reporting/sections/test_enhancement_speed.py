"""The benchmark of enhancers runs as users would run it, and the report shows what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from speechgen.reporting import write_report
from speechgen.reporting.sections.enhancement_speed import enhancement_speed_tables


@pytest.fixture(scope="module")
def bench(script: Callable[[str], ModuleType]) -> ModuleType:
    script("other_enhancers")  # which it imports
    return script("bench_enhance")


def test_the_benchmark_writes_what_the_report_shows(
    bench: ModuleType, repository: Path, tmp_path: Path
) -> None:
    words = [
        "--models", "classical,noisereduce,rnnoise", "--seconds", "3", "--threads", "1",
        "--repeats", "1",
        "--json", str(tmp_path / "b.json"), "--markdown", str(tmp_path / "b.md"),
    ]  # fmt: skip
    script = str(repository / "tools" / "bench_enhance.py")
    run = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=True
    )
    result = json.loads((tmp_path / "b.json").read_text())
    rows = {(row["system"], row["kind"]): row for row in result["rows"]}
    streams = {("classical", "latency"), ("rnnoise", "latency")}
    assert set(rows) == streams | {(name, "file") for name in ("classical", *bench.BESIDE)}
    file, latency = rows["classical", "file"], rows["classical", "latency"]
    assert file["real_time_factor"] > 0 and file["million_weights"] == 0
    assert file["peak_memory_mib"] > file["work_memory_mib"]
    assert latency["algorithmic_ms"] == 32.0 and latency["hop_ms"] == 16.0
    assert 0 < latency["compute_median_ms"] <= latency["compute_p99_ms"]
    for name in bench.BESIDE:
        for kind in ("file", "latency"):
            beside = rows.get((name, kind), {"note": "not installed"})
            measured = "real_time_factor" in beside or "compute_median_ms" in beside
            assert measured == ((name, kind) in rows and bench.others.installed(name))
            assert measured or beside["note"] == "not installed"
    if bench.others.installed("rnnoise"):
        stream = rows["rnnoise", "latency"]
        assert (stream["hop_ms"], stream["algorithmic_ms"]) == (10.0, 30.0)
    assert enhancement_speed_tables([result]) in run.stdout
    assert enhancement_speed_tables([result]) in (tmp_path / "b.md").read_text()
    assert f"| classical | 0.00 | 3 | 1 | {file['real_time_factor']:.4f} |" in run.stdout
    assert "## Speed of enhancement" in write_report(tmp_path).read_text()


def test_windows_are_batched_and_wait_for_their_end(bench: ModuleType, tmp_path: Path) -> None:
    """Of a window of 1024: 128 of context at both ends, 64 of fade, a hop of 704."""
    from speechgen.models.classical.identity import Identity

    network = Identity(window_samples=1024)
    row = bench.measure_stream(network)
    assert row["works_by"] == "windows" and row["hop_ms"] == 44.0
    # The first sample of a hop waits for its window's end, which falls within the hop given then.
    assert row["algorithmic_ms"] == 88.0
    bench.write_noise(tmp_path / "2.wav", 2)
    task = {"folder": str(tmp_path), "seconds": 2, "repeats": 1}
    row = bench.measure_windows(task, network)
    assert row["times"] == pytest.approx(row["single_rtf"] / row["batched_rtf"], rel=0.05)


def test_every_configured_enhancer_is_known_and_no_other(bench: ModuleType) -> None:
    names = bench.parse([]).models
    assert {"classical", "segan-small", "segan_paper", "spectral_enhancer"} <= set(names)
    assert not {"wavenet", "converter-small", "parallel_wavegan"} & set(names)
    assert names[-2:] == ["noisereduce", "rnnoise"] and len(set(names)) == len(names)
    shipped = bench.parse(["--models", "shipped"]).models
    assert shipped == [*bench.shipped(), "noisereduce", "rnnoise"]
    assert "segan_paper" not in shipped and "spectral-small" in shipped
    assert bench.parse(["--models", "classical,rnnoise"]).models == ["classical", "rnnoise"]
    assert bench.reference("segan_paper") == "conf:segan_paper"
    assert Path(bench.reference("classical")).is_dir()


def test_what_cannot_be_measured_is_a_row_with_the_reason(
    bench: ModuleType, repository: Path, tmp_path: Path
) -> None:
    task = {"folder": str(tmp_path), "kind": "file", "model": "nowhere", "seconds": 1, "repeats": 1}
    row = bench.in_process(task, 1, 60)
    assert "not measured: " in row["note"] and "nowhere" in row["note"]
    assert "over 1 s" in bench.in_process({**task, "model": "conf:segan"}, 1, 1)["note"]
    failed = {"system": "x", "threads": 1, **row}
    result = {"rows": [failed, {**failed, "kind": "latency"}, {**failed, "kind": "windows"}]}
    result |= {"versions": {}, "context": {"machine": "m", "estimator": "e", "kind": ""}}
    result["context"]["kind"] = "enhancement speed"
    assert enhancement_speed_tables([result]).count("not measured: ") == 3
    script = str(repository / "tools" / "bench_enhance.py")
    done = subprocess.run(
        [sys.executable, script, "--models", "nowhere"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "nowhere: is neither" in done.stderr
