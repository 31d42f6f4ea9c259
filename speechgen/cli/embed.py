"""``speechgen embed``: speaker vectors of speech."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechgen.cli.common import (
    Device,
    Overwrite,
    print_error,
    print_line,
    print_written,
)
from speechgen.files import counted

if TYPE_CHECKING:
    from speechgen.synthesis.embedding import EmbedReport
    from speechgen.synthesis.hearing import Heard

EXAMPLES = [
    "speechgen embed alice.wav bob.wav --output voices.npz",
    "speechgen embed recordings/alice recordings/bob --output voices.npz",
    "speechgen embed monday.wav tuesday.wav --name alice --output alice.safetensors",
    "speechgen embed --data exp/data/train --output exp/train_vectors.npz",
]
_MOST_LINES = 20  # one for each voice, up to so many


def embed(
    output: Annotated[
        Path,
        typer.Option(
            help="File to write: vectors (.npz), or one voice (.safetensors).", metavar="OUT"
        ),
    ],
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Sound files of speech, or folders with the recordings of one speaker each.",
            metavar="WAV|DIR",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="All inputs are of one speaker, who has this name.", metavar="NAME"),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A data directory instead of files.", metavar="DIR")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Speaker encoder: model directory or shipped name.", metavar="DIR"),
    ] = None,
    converter: Annotated[
        str | None,
        typer.Option(
            help="A .safetensors also holds how far this voice_converter is off the voice's "
            "average spectrum: model directory, shipped name, or none.",
            metavar="DIR|none",
        ),
    ] = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Compute speaker vectors (embeddings) of speech, one of unit length per recording.

    A vector is the mean over windows of 6 s; where a speaker has several, --speaker F.npz:NAME of
    synthesize takes their mean. Printed is how many seconds of speech there are of every speaker,
    and the agreement: the mean cosine between the vectors of windows of 2 s and their mean, 1 where
    all sound alike.

    The .npz holds the arrays ids, speakers and vectors (utterance, feature), without pickles, and
    of each utterance seconds of speech, agreement, and the mean F0 in Hz as f0_hz. A .safetensors
    holds one voice, to be passed on: its vector, mean F0 and a card, which speechgen info shows,
    and for one converter the correction that recordings of the voice would get, so that it speaks
    from the file as it does from them.

    Files are named without their suffix, and files of one name by the folders that tell them apart.
    What holds no voice (silence, less than 0.1 s of sound, a steady noise) is left out, as are
    speakers with less than 1 s of speech, with status 1. Of a data directory these are in the .npz,
    with a warning, so that training has a vector of everybody; and silence is left out with a
    warning, where its speaker has other utterances.
    """
    from speechgen.errors import ConfigError
    from speechgen.files import is_stream, portable
    from speechgen.store import load_model, resolve_model
    from speechgen.synthesis import embed_paths
    from speechgen.synthesis.batch import load_synthesiser

    source = data if data is not None else inputs
    if not source or (inputs and data is not None):
        raise ConfigError("give sound files or --data DIR, not both")
    if name is not None and data is not None:
        raise ConfigError("--name goes with sound files; a data directory names its speakers")
    is_voice = output.suffix == ".safetensors"
    if converter is not None and not is_voice:
        raise ConfigError("--converter goes with one voice; call --output NAME.safetensors")
    directory = resolve_model(model, "embed")
    fitted = load_synthesiser(converter, device) if is_voice and converter != "none" else None
    found = embed_paths(
        source,
        load_model(directory, device=device).model,
        output,
        name=name,
        encoder_name=portable(model or directory.name),
        converter=fitted,
        overwrite=overwrite,
    )
    print_written(output, f": {counted(found.written, 'vector')}")
    if not is_stream(output):
        _print_voices(found)
    for item, reason in found.spared:
        print_line(f"speechgen: warning: {item}: {reason}; it is left out", error=True)
    for speaker, reason in found.unsure:
        print_line(
            f"speechgen: warning: speaker {speaker}: {reason}; its vector is kept", error=True
        )
    for item, reason in found.failed:
        print_error(f"{item}: {reason}")
    if found.failed:
        raise typer.Exit(1)


def _print_voices(found: EmbedReport) -> None:
    """How much there is of each voice and how sure it is; of many voices the least sure one."""
    for voice, count, heard in found.voices if len(found.voices) <= _MOST_LINES else ():
        recordings = counted(count, "recording")
        print_line(f"{voice}: {recordings}, {heard.seconds:.1f} s of speech, {_sure(heard)}")
    if len(found.voices) > _MOST_LINES:
        seconds = sum(heard.seconds for _, _, heard in found.voices)
        print_line(f"{len(found.voices)} voices, {seconds:.0f} s of speech")
        known = [(h.agreement, v) for v, _, h in found.voices if len(h.pieces) > 1]
        if known:
            mean, (least, voice) = sum(value for value, _ in known) / len(known), min(known)
            print_line(f"agreement of windows {mean:.2f}, the least {least:.2f} of {voice}")


def _sure(heard: Heard) -> str:
    if len(heard.pieces) == 1:
        return "a single window"
    return f"agreement of {len(heard.pieces)} windows {heard.agreement:.2f}"
