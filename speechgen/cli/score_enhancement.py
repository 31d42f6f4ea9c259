"""``speechgen score enhancement``, ``enhancer`` and ``filter``: numbers for enhanced speech."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import Device, Json, Overwrite, load_for, print_line
from speechgen.cli.score_options import Jobs, Limit, Model, System
from speechgen.cli.show_scores import report_enhancements, report_sets
from speechgen.files import counted

ENHANCEMENT_EXAMPLES = [
    "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
    "speechgen score enhancement --clean exp/data/pairs --estimate exp/data/pairs",
    "speechgen score enhancement --clean clean --noisy noisy --estimate cleaned \\",
    "    --estimate others --markdown table.md",
    "speechgen score enhancement --clean exp/data/pairs --noisy exp/data/pairs \\",
    "    --estimate cleaned --measure dnsmos --measure wer",
]
ENHANCER_EXAMPLES = [
    "speechgen score enhancer --data exp/data/pairs --json scores.json",
    "speechgen score enhancer --data exp/a --data exp/b --model exp/segan/model \\",
    "    --windows no-overlap",
    "speechgen score enhancer --data exp/data/pairs --noisy --system noisy",
]
FILTER_EXAMPLES = [
    "speechgen score filter --train exp/data/pairs_train --noisy exp/data/pairs \\",
    "    --output exp/filtered",
    "speechgen score enhancement --clean exp/data/pairs --estimate exp/filtered",
]


def enhancement(
    clean: Annotated[Path, typer.Option(help="Clean side: folder or data directory.")],
    estimate: Annotated[
        list[Path],
        typer.Option(
            help="What is measured: a folder of files with the same names, or a data directory "
            "with noisy.scp, whose noisy side is taken; give it more than once to compare systems."
        ),
    ],
    noisy: Annotated[
        Path | None,
        typer.Option(
            help="The noisy input, as a folder or data directory: a further system, called noisy, "
            "that the others are compared with."
        ),
    ] = None,
    jobs: Jobs = 0,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model directory or the name of a shipped model; once for every --estimate.",
            metavar="DIR",
        ),
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            help="What to call it in the report; once for every --estimate, in the same order.",
            metavar="NAME",
        ),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            help="The system that the others are compared with; noisy or the first if left out.",
            metavar="NAME",
        ),
    ] = "",
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="A further measure, by a model of others (pip install 'speechgen\\[eval]'): "
            "dnsmos or wer; give it more than once, or all, or installed: those whose packages are "
            "there.",
            metavar="NAME",
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(
            help="What is said, for --measure wer: lines of ID WORDS; the file text of the data "
            "directory --clean if left out.",
            metavar="FILE",
        ),
    ] = None,
    json: Json = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table to this Markdown file too.", metavar="F.md")
    ] = None,
) -> None:
    """PESQ, STOI, SI-SDR (dB), SSNR (dB), CSIG, CBAK and COVL of enhanced files; higher is better.

    Measured at 16 kHz, file by file against the clean file of the same name, and averaged, with
    95 % bootstrap intervals over the files. Several systems are compared on the files that all of
    them have; their differences are paired by file.

    A note says so where a score has a dull cause: estimates that are late by some samples, louder
    by 2 dB or softer by 5 dB, inverted, clipped, of another length, or stored at a low rate; and
    what the measures would be with lag, level and polarity set right. A note says so, too, where
    one measure is better than that of the noisy input and another is worse, with intervals that
    leave out 0. --model only names the enhancer in the report.

    --measure dnsmos is what DNSMOS predicts: ratings of the speech (SIG), the background (BAK) and
    the whole (OVRL) by P.835, and P.808. --measure wer is the word error rate of PocketSphinx, over
    all words; lower is better. Both listen to the clean files, too, as a row of its own.
    """
    from speechgen.errors import ConfigError
    from speechgen.evaluation import score_enhancements
    from speechgen.evaluation.listening import ENHANCEMENT_MEASURES
    from speechgen.files import check_writable
    from speechgen.metrics.listening import choose_measures

    texts = text is not None or (clean / "text").is_file()
    measures = choose_measures(measure or [], among=ENHANCEMENT_MEASURES, texts=texts)
    if text is not None and "wer" not in measures:
        raise ConfigError("--text is for --measure wer; give both or leave it out")
    for target in (json, markdown):
        if target is not None:
            check_writable(target)
    results = score_enhancements(
        clean,
        estimate,
        noisy=noisy,
        systems=system or (),
        jobs=jobs or None,
        models=model or (),
        measures=measures,
        text=text,
    )
    report_enhancements(results, json, markdown, against)


class Windows(StrEnum):
    """How a file is cut for a model that works in windows."""

    OVERLAPPING = "overlapping"
    NO_OVERLAP = "no-overlap"


def enhancer(
    data: Annotated[
        list[Path],
        typer.Option(help="Data directory with noisy.scp; again for more.", metavar="DIR"),
    ],
    model: Model = None,
    noisy: Annotated[
        bool, typer.Option("--noisy", help="Measure the noisy side itself, without a model.")
    ] = False,
    windows: Annotated[
        Windows,
        typer.Option(help="Windows that overlap and are cross-faded, or side by side."),
    ] = Windows.OVERLAPPING,
    system: System = "",
    jobs: Jobs = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """All measures of a model on noisy and clean pairs, at 16 kHz; no sound is written.

    As speechgen enhance --data followed by speechgen score enhancement, but for the rounding of
    samples in files. SEGAN's paper has no overlap of windows; speechgen enhance overlaps them.
    """
    import numpy as np

    from speechgen.errors import ConfigError
    from speechgen.evaluation import score_enhancer
    from speechgen.evaluation.enhancement import SAMPLE_RATE
    from speechgen.store import choose_device, resolve_model

    options: dict[str, Any] = {"system": system, "jobs": jobs or None}
    if noisy:
        if model is not None:
            raise ConfigError("give --model DIR or --noisy, one of the two")
        report_sets([score_enhancer(pairs, lambda wave: wave, **options) for pairs in data], json)
        return
    from speechgen.enhancement import EnhanceOptions, enhance_wave
    from speechgen.enhancement.core.no_overlap import enhance_no_overlap

    how = EnhanceOptions(device=str(choose_device(device)))
    network = load_for("enhance", model, how.device)
    if windows is Windows.NO_OVERLAP and getattr(network, "sample_rate", None) != SAMPLE_RATE:
        raise ConfigError(f"--windows no-overlap needs a model of {SAMPLE_RATE} Hz; leave it out")

    def enhance(wave: np.ndarray) -> np.ndarray:
        if windows is Windows.NO_OVERLAP:
            return enhance_no_overlap(network, wave[None], device=how.device)[0]
        return enhance_wave(network, wave[None], SAMPLE_RATE, how)[0]

    options |= {"model": resolve_model(model, "enhance"), "windows": windows.value}
    options["weights"] = sum(parameter.numel() for parameter in network.parameters())
    report_sets([score_enhancer(pairs, enhance, **options) for pairs in data], json)


def linear_filter(
    train: Annotated[
        Path, typer.Option(help="Data directory with noisy.scp to fit to.", metavar="DIR")
    ],
    noisy: Annotated[
        Path, typer.Option(help="Folder, or data directory with noisy.scp, to filter.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for ID.wav.", metavar="DIR")],
    taps: Annotated[int, typer.Option(help="Length of the filter, odd.", metavar="N")] = 257,
    limit: Limit = None,
    overwrite: Overwrite = False,
) -> None:
    """The baseline of enhancement: one fixed linear filter, fitted by least squares.

    What it writes is measured with score enhancement; an enhancer that is worth its weights is
    better.
    """
    from speechgen.evaluation import linear_filter_baseline

    done = linear_filter_baseline(
        train, train, noisy, output, taps=taps, limit=limit, overwrite=overwrite
    )
    files, pairs = counted(done["written"], "file"), counted(done["pairs"], "pair")
    print_line(f"{output}: {files}, filter fitted to {pairs}")
