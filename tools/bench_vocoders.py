"""How fast vocoders are on one core: the whole, frame by frame, and until the first sound.

    python tools/bench_vocoders.py                     2 minutes
    python tools/bench_vocoders.py --model vocoder-small,wavenet-mel --postfilter 4,12

A model is the name of a shipped one, a model directory, or of one of the experiments below, which
have fresh weights. Frames are those of generated tones; their extraction, and compilation, are left
out. "First sound" is the time from having the frames that the first samples need to having those
samples: a vocoder that looks ahead waits for its frames besides, which its delay tells. Rows of
post-filters have only the whole, as these take whole utterances.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from speechgen import registry
from speechgen.evaluation.provenance import machine
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import pitch_rows
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.reporting.results import write_result
from speechgen.reporting.sections.vocoder_speed import KIND, vocoder_speed_table
from speechgen.sampling import sample
from speechgen.sampling.parallel import NoiseField, generate_parallel
from speechgen.sampling.vocoder_stream import VocoderStream, generate_streamed
from speechgen.store import load_model, locate
from speechgen.synthesis.generators import Drawing, make_waves
from speechgen.synthesis.postfilter import check_postfilter

FIRST_SAMPLES = 80  # of a WaveNet: 5 ms at 16 kHz
_PITCH = {"local_features": 82, "pitch_lag_taps": 3}
_SMALL = {"layers_per_stack": 10, "kernel_size": 3, "residual_channels": 64, "gate_channels": 128,
          "skip_channels": 64, "hop_samples": 256}  # fmt: skip
_FOLDED = {"stacks": 2, "layers_per_stack": 8, "fold": 4, "preemphasis": 0.85}
FRESH: dict[str, tuple[str, dict[str, Any]]] = {
    "harmonic_vocoder": ("harmonic_vocoder", {}),
    "parallel_wavegan": ("parallel_wavegan", _FOLDED),
    "wavenet_mel": ("wavenet", {"stacks": 2, "local_features": 80, **_SMALL}),
    "wavenet_mel_pitch": ("wavenet", {"stacks": 2, **_SMALL, **_PITCH}),
}


def main() -> None:
    """Measure, print a Markdown table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--model", type=lambda text: text.split(","), default=list(FRESH))
    parser.add_argument(
        "--postfilter",
        type=lambda text: [int(passes) for passes in text.split(",")],
        default=[],
        help="passes for each model, as of `speechgen synthesize`: a row more for those above 0",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0, help="of sound in a row")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="write the rows here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    passes_of = [*options.postfilter, *[0] * (len(options.model) - len(options.postfilter))]
    if len(passes_of) > len(options.model):
        parser.error("--postfilter: more passes than models")
    rows = []
    for name, passes in zip(options.model, passes_of, strict=True):
        network, settings = network_of(name)
        check_postfilter(passes, settings)
        rows.append(measure(name, network, options))
        if passes:
            rows.append(measure_filtered(rows[-1], network, settings, passes, options))
    result: dict[str, Any] = {"mean": {}, "files": {}, "failed": {}, "rows": rows}
    result["versions"] = {"torch": torch.__version__, "Python": sys.version.split()[0]}
    note = f"median of {options.repeats}, compilation not counted"
    print(vocoder_speed_table({**result, "context": {"machine": machine(), "estimator": note}}))
    if options.json:
        write_result(options.json, KIND, result, {"system": "vocoders", "estimator": note})


def network_of(name: str) -> tuple[Any, FeatureSettings | None]:
    """The network that ``name`` means, in evaluation mode, and the settings of its frames."""
    if name not in FRESH:
        loaded = load_model(locate(name))
        return loaded.model, loaded.config.feature_settings()
    torch.manual_seed(0)
    kind, arguments = FRESH[name]
    return registry.build(kind, arguments).eval(), None


def measure(name: str, network: Any, options: argparse.Namespace) -> dict[str, Any]:
    """One row."""
    total = round(options.seconds * network.sample_rate) // network.hop_samples
    conditions = Conditions(frames_of(network, total))
    work, first, step = WAYS[type(network)](network, conditions)
    for job in (work, first):
        job()
    seconds = [clock(work) for _ in range(options.repeats)]
    firsts = [clock(first) for _ in range(4 * options.repeats)]
    duration = total * network.hop_samples / network.sample_rate
    row = {
        "model": name,
        "weights": sum(parameter.numel() for parameter in network.parameters()),
        "threads": options.threads,
        "real_time_factor": statistics.median(seconds) / duration,
        "samples_per_second": network.sample_rate * duration / statistics.median(seconds),
        "first_sound_milliseconds": 1000 * statistics.median(firsts),
        "delay_milliseconds": 1000 * getattr(network, "delay_samples", 0) / network.sample_rate,
        "frame_milliseconds": None if step is None else 1000 * step(),
    }
    print(name, row, file=sys.stderr, flush=True)
    return row


def measure_filtered(
    bare: dict[str, Any],
    network: Any,
    settings: FeatureSettings | None,
    passes: int,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """The row of the whole with a post-filter, as ``speechgen synthesize`` makes it."""
    total = round(options.seconds * network.sample_rate) // network.hop_samples
    conditions, samples = [Conditions(frames_of(network, total))], total * network.hop_samples
    drawing = Drawing(seed=0, postfilter=passes)
    times = [
        make_waves(network, conditions, [samples], drawing, settings)[1]
        for _ in range(1 + options.repeats)
    ]
    factor = statistics.median(one.real_time_factor for one in times[1:])
    row = {
        **bare,
        "model": f"{bare['model']}, --postfilter {passes}",
        "real_time_factor": factor,
        "samples_per_second": network.sample_rate / factor,
        "first_sound_milliseconds": None,
        "delay_milliseconds": None,
        "frame_milliseconds": None,
    }
    print(row["model"], row, file=sys.stderr, flush=True)
    return row


def frames_of(network: Any, count: int) -> torch.Tensor:
    """(1, feature, frame): noise, and where the network hears it a voiced melody at 150 Hz."""
    torch.manual_seed(1)
    local = 0.3 * torch.randn(1, network.local_features, count)
    if isinstance(network, HarmonicVocoder) or getattr(network, "lagged", None) is not None:
        melody = 150.0 + 30.0 * torch.sin(torch.arange(count) / 20).numpy().astype(float)
        local[0, -2:] = torch.from_numpy(pitch_rows(melody, melody > 0))
    return local


Jobs = tuple[Callable[[], Any], Callable[[], Any], Callable[[], float] | None]


def wavenet_jobs(network: WaveNet, conditions: Conditions) -> Jobs:
    """All samples, and the first 5 ms."""
    assert conditions.local is not None
    total = conditions.local.shape[2] * network.hop_samples

    def some(count: int) -> None:
        stream = sample(network, conditions, num_samples=total, seed=0)
        while count > 0:
            count -= stream.read(min(count, 800)).shape[1]

    return lambda: some(total), lambda: some(FIRST_SAMPLES), None


def parallel_jobs(network: ParallelWaveGAN, conditions: Conditions) -> Jobs:
    """All samples, and the first frame's with those it looks ahead to."""
    assert conditions.local is not None
    total = conditions.local.shape[2] * network.hop_samples

    def some(count: int) -> None:
        for _ in generate_parallel(network, conditions, num_samples=count, noise=NoiseField(0)):
            pass

    return lambda: some(total), lambda: some(network.hop_samples + network.reach), None


def harmonic_jobs(network: HarmonicVocoder, conditions: Conditions) -> Jobs:
    """All samples, the first of a stream, and seconds for a frame pushed alone."""
    local = conditions.local
    assert local is not None
    total = local.shape[2] * network.hop_samples

    def whole() -> None:
        noise = NoiseField(0)
        for _ in generate_streamed(network, conditions, num_samples=total, noise=noise):
            pass

    def first() -> None:
        stream = VocoderStream(network, NoiseField(0))
        assert len(stream.push(local[0, :, : network.look_ahead + 1]))

    def step() -> float:
        stream = VocoderStream(network, NoiseField(0))
        pushes = (local[0, :, index : index + 1] for index in range(200))
        return statistics.median(clock(lambda part=part: stream.push(part)) for part in pushes)

    return whole, first, step


WAYS: dict[type, Callable[[Any, Conditions], Jobs]] = {
    WaveNet: wavenet_jobs,
    ParallelWaveGAN: parallel_jobs,
    HarmonicVocoder: harmonic_jobs,
}


def clock(work: Callable[[], Any]) -> float:
    """Seconds of ``work``."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
