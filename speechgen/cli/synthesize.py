"""``speechgen synthesize``: speech from a recording, in a voice of your choice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite

EXAMPLES = [
    "speechgen synthesize --from alice.wav --output copy.wav",
    "speechgen synthesize --from alice.wav --speaker bob.wav --output alice_as_bob.wav",
    "speechgen synthesize --data exp/data/test --limit 4 --voices own,other \\",
    "    --vectors exp/test_vectors.npz --output exp/samples",
]


def synthesize(
    output: Annotated[
        Path,
        typer.Option(
            help="Sound file to write (16 kHz, 16 bit); a folder with --data.", metavar="OUT"
        ),
    ],
    source: Annotated[
        Path | None, typer.Option("--from", help="Recording whose words are said.", metavar="WAV")
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(
            help="Voice to say them in: a recording, a vector (.npy, .npz) or a name the model "
            "knows. Left out: the recording's own.",
            metavar="WAV|NPY|ID",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="WaveNet: model directory or shipped name.", metavar="DIR"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sampling noise.", metavar="N")] = 0,
    temperature: Annotated[
        float, typer.Option(help="Below 1 less noise and less life.", metavar="T")
    ] = 1.0,
    data: Annotated[
        Path | None,
        typer.Option(help="Batch: every utterance of this data directory.", metavar="DIR"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Batch: at most N utterances.", metavar="N")
    ] = None,
    speakers: Annotated[
        str | None, typer.Option(help="Batch: say each in these speakers' voices.", metavar="A,B")
    ] = None,
    voices: Annotated[
        str, typer.Option(help="Batch: own, other or both, as own,other.", metavar="V")
    ] = "own",
    vectors: Annotated[
        Path | None,
        typer.Option(help="Batch: speaker vectors, from speechgen embed --data.", metavar="F.npz"),
    ] = None,
    untrained: Annotated[
        bool,
        typer.Option("--untrained", help="Baseline: fresh weights in place of the model's."),
    ] = False,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Say the words of a recording again, in its own or another voice.

    A model of kind mel copies the recording; one of kind content keeps its words and melody and
    takes the voice of --speaker. With --data all utterances go through the sampler as one batch
    and are written as UTTERANCE__as__SPEAKER.wav.
    """
    raise NotImplementedError
