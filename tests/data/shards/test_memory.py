"""What is read from a thousand times as many shards takes no more memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import write_data_directory
from speechgen.data.shards.shard_writing import prepare_shards

# reads the first items of the mixtures of an enhancer's training
READ = """
import json, sys
from pathlib import Path
from speechgen.training import datasets
from speechgen.training.composition import compose
from speechgen.training.runner import data_context
from speechgen.training.settings import RunSettings, from_mapping
told = ["experiment=segan", f"data.train={sys.argv[1]}", "output=none", "data.crop_seconds=0.1"]
settings = from_mapping(RunSettings, compose(told, None), "configuration")
chosen = datasets.data_settings(settings.data)
data = datasets.open_data(chosen, data_context(settings, None))
for index in range(0, 5000, 5):
    data.dataset[index]
# ru_maxrss would count what the process was forked from
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
print(json.dumps(int(peak.split()[1]) / 1024))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux's /proc")
def test_memory_does_not_grow_with_hours(
    script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    """As many utterances as 10 and 10,000 hours have, were each of 10 s."""
    rng = np.random.default_rng(0)
    wavs = {f"s{n % 20}-{n}": tmp_path / "wav" / f"{n}.wav" for n in range(600)}
    for path in wavs.values():
        audio.write(path, 0.1 * rng.standard_normal(1600), 16000)
    speakers = {name: name.partition("-")[0] for name in wavs}
    data = write_data_directory(tmp_path / "data", wavs, speakers)
    whole = prepare_shards(data, tmp_path / "flac")
    hours = whole.duration_seconds / 3600
    bench, found = script("bench_shards"), []
    for times in (6, 6000):
        told = bench.repeat({"hours": times * hours, "folder": str(tmp_path)})
        assert told["utterances"] == 600 * times
        read = subprocess.run(
            [sys.executable, "-c", READ, told["data"]], capture_output=True, text=True, check=True,
            timeout=900, env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        found.append(json.loads(read.stdout.splitlines()[-1]))
    print(f"peak memory, MiB: {found}")
    assert found[1] < 1.05 * found[0]
