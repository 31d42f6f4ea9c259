"""``speechgen synthesize``: vocoding and voice conversion of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import (
    Device,
    Json,
    Overwrite,
    ShardText,
    StreamChannels,
    StreamFormat,
    StreamRate,
    names,
    print_line,
    print_written,
)

EXAMPLES = [
    "speechgen synthesize --from alice.wav --output copy.wav",
    "speechgen synthesize --from alice.wav --speaker bob.wav --output alice_as_bob.wav",
    "speechgen synthesize --from alice.wav --speaker voices.npz:bob:0.7,voices.npz:carol:0.3 \\",
    "    --pitch +2st --formant 1.05 --output between.wav",
    "speechgen synthesize --stream --rate 16000 --speaker bob.wav <alice.s16 >alice_as_bob.s16",
    "speechgen synthesize --data exp/data/test --limit 4 --voices own,other \\",
    "    --vectors exp/test_vectors.npz --output exp/samples",
]


def synthesize(
    output: Annotated[
        Path | None,
        typer.Option(help="Sound file to write (16 bit); a folder with --data.", metavar="OUT"),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Recording to resynthesise.", metavar="WAV")
    ] = None,
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            help="Target voice: a recording, a folder of recordings, a vector (.npy, .npz, "
            "F.npz:NAME) or a name in the model. Several, between commas or by giving it more than "
            "once, are averaged; A:0.7,B:0.3 mixes voices. Left out: the recording's own.",
            metavar="WAV|DIR|NPY|ID",
        ),
    ] = None,
    pitch: Annotated[
        str,
        typer.Option(
            help="Semitones by which the melody is moved on top of the voice's height, as +2st; "
            "for models with absolute pitch.",
            metavar="ST",
        ),
    ] = "0st",
    formant: Annotated[
        float,
        typer.Option(
            help="Factor by which formants are moved, 0.5 to 2: 1.1 sounds like a shorter vocal "
            "tract, at the same pitch. For models of mel frames.",
            metavar="F",
        ),
    ] = 1.0,
    model: Annotated[
        str | None,
        typer.Option(
            help="WaveNet or parallel generator: model directory, run folder or shipped name; see "
            "speechgen models.",
            metavar="DIR",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Speaker encoder for voices that are recordings; the one the model was trained "
            "with.",
            metavar="DIR",
        ),
    ] = None,
    vocoder: Annotated[
        str | None,
        typer.Option(
            help="What makes a wave of a voice_converter's frames: model directory, run folder or "
            "shipped name.",
            metavar="DIR",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sampling noise.", metavar="N")] = 0,
    temperature: Annotated[
        float, typer.Option(help="WaveNet: below 1 less noise, less variation.", metavar="T")
    ] = 1.0,
    engine: Annotated[
        str,
        typer.Option(
            help="WaveNet: the sampling engine. auto is the fastest exact one; numba_bf16 and "
            "numba_int8 round the weights and are faster; cached and reference are plain PyTorch; "
            "cuda_graph and triton need a GPU.",
            metavar="E",
        ),
    ] = "auto",
    postfilter: Annotated[
        int,
        typer.Option(
            help="Passes of a filter that gives the output the mel spectrum it was made for, after "
            "others that give a WaveNet's the pitch and pauses a room's rumble; 2 or more take "
            "away most of a WaveNet's noise, and 8 serve vocoder-small, too.",
            metavar="N",
        ),
    ] = 0,
    spectral_match: Annotated[
        float,
        typer.Option(
            help="How much of the average spectrum of recordings of --speaker a voice_converter "
            "takes on, 0 to 1. It makes voices that it never heard more like themselves; their "
            "microphone's colour is part of it.",
            metavar="0..1",
        ),
    ] = 1.0,
    f0_tracker: Annotated[
        str | None,
        typer.Option(
            help="What finds the melody of the source: yin, fast and robust in noise, or pyin, "
            "which takes .4 s for a second and is nearer to clean recordings. Left out: what the "
            "model was trained with.",
            metavar="yin|pyin",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Batch: every utterance of this data directory.", metavar="DIR"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Batch: at most N utterances.", metavar="N", min=1)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Batch: at most the first S seconds of each.", metavar="S")
    ] = None,
    voices: Annotated[
        str, typer.Option(help="Batch: own, other (the next speaker's) or both.", metavar="V,W")
    ] = "own",
    speakers: Annotated[
        str | None,
        typer.Option(help="Batch: names of target speakers, instead of --voices.", metavar="A,B"),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(help="Batch: speaker vectors, from speechgen embed --data.", metavar="F.npz"),
    ] = None,
    untrained: Annotated[
        bool,
        typer.Option(
            "--untrained", help="Batch: untrained weights instead of the model's, as a baseline."
        ),
    ] = False,
    shard: ShardText = None,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="From stdin to stdout, as it comes, in the voice of --speaker: WAV, or raw "
            "samples under --rate. For a voice_converter; the default lags by 276 ms at 16 kHz.",
        ),
    ] = False,
    source_f0: Annotated[
        float | None,
        typer.Option(
            help="Stream: mean F0 of who speaks; left out, of what was heard so far.", metavar="HZ"
        ),
    ] = None,
    rate: StreamRate = None,
    channels: StreamChannels = None,
    format: StreamFormat = None,
    device: Device = "auto",
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Resynthesise a recording, in its own or another voice.

    A model of kind mel copies the recording (vocoding); one of kind content, or a voice_converter
    before a vocoder, keeps its words and melody and takes the voice of --speaker (voice
    conversion). The output is as long as the recording, at the model's rate. With --data all
    utterances are synthesised, as UTTERANCE__as__SPEAKER.wav, with the timing in synthesis.json;
    --json writes it for one recording. The same command goes on where a run was stopped, and with
    --shard each job of an array makes a part; without it all that is missing is made.

    With --stream sound goes from stdin to stdout in real time, at its own rate and in its own
    format; stderr says by how much the output lags behind.
    """
    from speechgen.errors import ConfigError
    from speechgen.files.shard import Shard
    from speechgen.synthesis import synthesize as synthesize_one
    from speechgen.synthesis import synthesize_data
    from speechgen.synthesis.melody import parse_semitones

    semitones, raw = parse_semitones(pitch), (rate, channels, format)
    if stream:
        alone = {
            "--from": source, "--output": output, "--data": data, "--json": json, "--shard": shard,
        }  # fmt: skip
        given = [name for name, value in alone.items() if value is not None]
        of_files = {
            "--postfilter": postfilter, "--temperature": temperature != 1.0,
            "--engine": engine != "auto", "--f0-tracker": f0_tracker,
        }  # fmt: skip
        given += [name for name, value in of_files.items() if value]
        if given:
            what = " and ".join(given)
            raise ConfigError(f"--stream goes from stdin to stdout, as it comes: leave {what} out")
        if speaker is None:
            raise ConfigError("--stream needs a voice: give --speaker WAV|DIR|NPY|ID")
        _synthesize_stream(
            raw, voice=speaker, model=model, encoder=encoder, vocoder=vocoder, seed=seed,
            semitones=semitones, formants=formant, spectral_match=spectral_match,
            source_f0_hz=source_f0, device=device,
        )  # fmt: skip
        return
    if any(value is not None for value in (*raw, source_f0)):
        raise ConfigError("--rate, --channels, --format and --source-f0 go with --stream")
    if output is None:
        raise typer.BadParameter("--output OUT is missing: a sound file or a folder to write to")
    if data is not None and speaker is not None:
        raise ConfigError("--speaker goes with --from; with --data give --speakers or --voices")
    if data is None and any(v is not None for v in (vectors, speakers, limit, seconds, shard)):
        raise ConfigError("--vectors, --speakers, --limit, --seconds and --shard go with --data")
    if data is None and (untrained or voices != "own"):
        raise ConfigError("--voices and --untrained go with --data")

    part = None if shard is None else Shard.parse(shard)
    settings: dict[str, Any] = {
        "model": model,
        "encoder": encoder,
        "vocoder": vocoder,
        "semitones": semitones,
        "formants": formant,
        "seed": seed,
        "temperature": temperature,
        "engine": engine,
        "postfilter": postfilter,
        "spectral_match": spectral_match,
        "f0_tracker": f0_tracker,
        "device": device,
        "overwrite": overwrite,
    }
    if source is not None and data is None:
        synthesize_one(source, speaker=speaker, output=output, manifest=json, **settings)
        written = [output]
    elif data is not None and source is None:
        written = synthesize_data(
            data,
            output,
            vectors=vectors,
            voices=names(voices) or (),
            speakers=names(speakers),
            limit=limit,
            seconds=seconds,
            untrained=untrained,
            manifest=json,
            shard=part,
            **settings,
        )
        if not written:
            print_line(f"speechgen: {output}: all files are finished", error=True)
    else:
        raise ConfigError("give --from WAV or --data DIR, one of the two")
    for path in written:
        print_written(path)


def _synthesize_stream(raw: tuple[int | None, int | None, str | None], **settings: Any) -> None:
    """Convert stdin into stdout."""
    import sys

    import torch

    from speechgen.synthesis.live import LiveConverter
    from speechgen.synthesis.live_pipe import convert_pipe

    def tell(line: str) -> None:
        print_line(f"speechgen: {line}", error=True)

    torch.set_num_threads(1)  # a frame is too little work to share
    rate, channels, sample_format = raw
    convert_pipe(
        LiveConverter(**settings), sys.stdin.buffer, sys.stdout.buffer, sample_rate=rate,
        channels=channels, sample_format=sample_format, tell=tell,
    )  # fmt: skip
