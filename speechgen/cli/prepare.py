"""``speechgen prepare``: convert corpora to data directories."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechgen.cli import (
    prepare_corpora,
    prepare_images,
    prepare_mixtures,
    prepare_shards,
    prepare_split,
)
from speechgen.cli.common import list_examples, numbers, print_line, verb
from speechgen.files import counted

if TYPE_CHECKING:
    from speechgen.data import DataDirectory

app = typer.Typer(
    no_args_is_help=True,
    help="Convert a corpus to a data directory (wav.scp, utt2spk, spk2utt, text, noisy.scp).\n\n"
    "Every layout has its subcommand; auto recognises them. mini generates a small corpus where "
    "there is none, split and mix derive new data directories from old ones. Nothing in ROOT is "
    "changed and no sound is copied, except by mini and mix, which write new sound.",
    epilog=list_examples(
        [
            "speechgen prepare mini --output exp/mini",
            "speechgen prepare auto exp/mini --output exp/data/all",
            "speechgen prepare split exp/data/all --output exp/data --valid 1 --test 2",
        ]
    ),
)

Root = Annotated[Path, typer.Argument(help="Folder of the corpus.", metavar="ROOT")]
Output = Annotated[
    Path, typer.Option("--output", help="Folder to write the data directory to.", metavar="DIR")
]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")]


@verb(
    app,
    "auto",
    [
        "speechgen prepare auto exp/mini --output exp/data/all",
        "speechgen prepare auto $SPEECHGEN_CORPORA/arctic --output exp/data/arctic",
    ],
)
def auto(root: Root, output: Output) -> None:
    """Recognise the layout of ROOT and prepare it.

    A VCTK tree has wav48_silence_trimmed/ or wav48/, LJ Speech metadata.csv and wavs/, paired data
    clean/ and noisy/; everything else is read as speaker/utterance.
    """
    from speechgen.data import prepare_auto

    _tell_left_out(root)
    _say(prepare_auto(root, output))


@verb(app, "tree", ["speechgen prepare tree recordings --output exp/data/recordings"])
def tree(root: Root, output: Output) -> None:
    """Read ROOT/SPEAKER/.../UTTERANCE.wav (any format libsndfile reads).

    The first folder below ROOT names the speaker, the rest of the path the utterance.
    """
    from speechgen.data import prepare_tree

    _tell_left_out(root)
    _say(prepare_tree(root, output))


@verb(
    app,
    "vctk",
    [
        "speechgen prepare vctk exp/mini --output exp/data/all",
        "speechgen prepare vctk VCTK-Corpus-0.92 --download --output exp/data/vctk",
    ],
)
def vctk(
    root: Root,
    output: Output,
    microphone: Annotated[str, typer.Option(help="mic1 or mic2.", metavar="M")] = "mic1",
    download: Annotated[
        bool,
        typer.Option("--download", help="First download VCTK 0.92 (11 GB) into ROOT; resumes."),
    ] = False,
) -> None:
    """Read a VCTK 0.92 tree: wav48_silence_trimmed/, txt/, speaker-info.txt."""
    from speechgen.data import download_vctk, prepare_vctk

    if download:
        download_vctk(root)
    _say(prepare_vctk(root, output, microphone=microphone))


@verb(
    app,
    "paired",
    [
        "speechgen prepare paired exp/mini/pairs/test --output exp/data/pairs",
        "speechgen prepare paired voicebank_demand --download --output exp/data/vbd",
    ],
)
def paired(
    root: Root,
    output: Output,
    download: Annotated[
        bool,
        typer.Option(
            "--download",
            help="First download VoiceBank-DEMAND (3 GB) into ROOT; resumes.",
        ),
    ] = False,
) -> None:
    """Read paired folders: clean/ID.wav and noisy/ID.wav, joined by ID.

    VoiceBank-DEMAND's folder names (clean_testset_wav, noisy_testset_wav, ...) work too.
    """
    from speechgen.data import download_voicebank_demand, prepare_paired

    if download:
        download_voicebank_demand(root)
    _say(prepare_paired(root, output))


@verb(
    app,
    "noise",
    [
        "speechgen prepare noise exp/mini/noise --output exp/data/noise",
        "speechgen prepare noise $SPEECHGEN_CORPORA/noise --output exp/data/noise "
        "--exclude blanket",
    ],
)
def noise(
    root: Root,
    output: Output,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Leave out this folder or pattern; again for more.", metavar="P"),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Keep this folder or pattern only; again for more.", metavar="P"),
    ] = None,
) -> None:
    """Read a tree of noises; the folder of a file is its class, written to utt2spk."""
    from speechgen.data import prepare_noise

    _say(prepare_noise(root, output, exclude=exclude or (), only=only or ()))


@verb(
    app,
    "noise-parts",
    [
        "speechgen prepare noise-parts exp/mini/noise --output exp/data/noise --held-out test",
        "speechgen prepare noise-parts $SPEECHGEN_CORPORA/noise --output exp/data/noise "
        "--held-out blanket --held-out 'esc10/*/5-*' --valid 0.05",
    ],
)
def noise_parts(
    root: Root,
    output: Output,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder or pattern, below ROOT, of noises for testing; again for more. Where none "
            "fits, or none is given, a fifth of the recordings is drawn.",
            metavar="P",
        ),
    ] = None,
    valid: Annotated[
        float,
        typer.Option(
            help="Recordings of the others for DIR/valid: a number, or a share below 1.",
            metavar="N",
        ),
    ] = 0,
    seed: Seed = 0,
) -> None:
    """Read a tree of noises into DIR/train, DIR/test and, if asked for, DIR/valid.

    They share no recording.
    """
    from speechgen.data import prepare_noise_parts

    parts = prepare_noise_parts(root, output, held_out=held_out or (), valid=valid, seed=seed)
    for part in parts.values():
        _say(part)


@verb(
    app,
    "mini",
    [
        "speechgen prepare mini --output exp/mini",
        "speechgen prepare mini --output exp/tiny --voices 8 --sentences 6",
    ],
)
def mini(
    output: Output,
    voices: Annotated[int, typer.Option(help="Number of voices.", metavar="N")] = 10,
    sentences: Annotated[int, typer.Option(help="Sentences of each voice.", metavar="N")] = 40,
    seed: Seed = 0,
) -> None:
    """Generate the mini corpus: synthetic speech in VCTK's layout, noises, noisy pairs.

    Needs the extra "mini" (espeak-ng, GPL): pip install 'speechgen\\[mini]'. The same arguments
    give the same files.
    """
    from speechgen.data.corpora.mini import generate_mini

    generate_mini(output, voices=voices, sentences=sentences, seed=seed)
    said = counted(sentences, "sentence")
    print_line(f"{output}: {counted(voices, 'voice')}, {said} each")


verb(app, "split", prepare_split.EXAMPLES)(prepare_split.split)
verb(app, "mixtures", prepare_mixtures.EXAMPLES)(prepare_mixtures.mixtures)
verb(app, "shards", prepare_shards.EXAMPLES)(prepare_shards.shards)
verb(app, "index", prepare_shards.INDEX_EXAMPLES)(prepare_shards.index)


@verb(
    app,
    "mix",
    [
        "speechgen prepare mix exp/data/test --noise exp/data/noise "
        "--output exp/data/mixed --snrs-db 0,5,10 --count 50"
    ],
)
def mix(
    clean: Annotated[Path, typer.Argument(help="Data directory of clean speech.", metavar="CLEAN")],
    noise: Annotated[Path, typer.Option(help="Data directory of noises.", metavar="DIR")],
    output: Output,
    snrs_db: Annotated[
        str, typer.Option(help="Signal-to-noise ratios in dB, in turn.", metavar="A,B")
    ] = "2.5,7.5,12.5,17.5",
    count: Annotated[
        int | None, typer.Option(help="Number of mixes; all of CLEAN once if left out.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Mix speech with noise at stated SNRs into a paired data directory with noisy.scp."""
    from speechgen.data import mix_pairs

    ratios = numbers(snrs_db, "--snrs-db")
    _say(mix_pairs(clean, noise, output, snrs_db=ratios, seed=seed, count=count))


class Degradation(StrEnum):
    """What happens to speech."""

    ROOM = "room"
    TELEPHONE = "telephone"
    CLIPPING = "clipping"


@verb(
    app,
    "degrade",
    ["speechgen prepare degrade exp/data/test --kind room --output exp/data/reverberant"],
)
def degrade(
    clean: Annotated[Path, typer.Argument(help="Data directory of clean speech.", metavar="CLEAN")],
    kind: Annotated[
        Degradation, typer.Option(help="A room's echo, 8 kHz and a codec, or cut peaks.")
    ],
    output: Output,
    rooms: Annotated[
        Path | None,
        typer.Option(help="Measured room responses; simulated if left out.", metavar="DIR"),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Write speech as a room, a telephone or clipping leaves it, paired with what it was.

    For 'room' the clean side is the direct sound with the reflections of its first 50 ms, which
    belong to the voice as one hears it.
    """
    from speechgen.data import degrade_pairs

    _say(degrade_pairs(clean, output, str(kind), rooms=rooms, seed=seed))


@verb(app, "trim", ["speechgen prepare trim exp/data/all --output exp/data/trimmed"])
def trim(
    data: Annotated[Path, typer.Argument(help="Data directory.", metavar="DATA")],
    output: Output,
    top_db: Annotated[
        float,
        typer.Option(
            help="What is this far below the loudest part of an utterance is silence.", metavar="DB"
        ),
    ] = 40.0,
    margin: Annotated[
        float, typer.Option(help="Seconds of it to keep at both ends.", metavar="SECONDS")
    ] = 0.1,
) -> None:
    """Leave out the silence before and after each utterance, by segments; no sound is rewritten."""
    from speechgen.data import trim_data

    _say(trim_data(data, output, top_db=top_db, margin_seconds=margin))


@verb(app, "phones", ["speechgen prepare phones exp/data/train"])
def phones(
    data: Annotated[Path, typer.Argument(help="Data directory with texts.", metavar="DATA")],
) -> None:
    """Write DATA/phones, the phones of every text in DATA, for training recognisers.

    Needs the extra "text" (gruut): pip install 'speechgen\\[text]'. Texts are American English.
    """
    from speechgen.data import write_phones

    written = write_phones(data)
    all_of_them = counted(len(written), "utterance")
    print_line(f"{data}: phones of {len(written.phones or ())} of {all_of_them}")


@verb(app, "symbols", ["speechgen prepare symbols exp/data/train"])
def symbols(
    data: Annotated[Path, typer.Argument(help="Data directory with texts.", metavar="DATA")],
) -> None:
    """Write DATA/symbols, phones, stress and marks of every text in DATA, for text to speech.

    Needs the extra "text" (gruut): pip install 'speechgen\\[text]'. Texts are American English.
    """
    from speechgen.data.kaldi.symbols import write_symbols

    print_line(f"{data}: symbols of {counted(write_symbols(data), 'utterance')}")


@verb(
    app,
    "combine",
    [
        "speechgen prepare combine exp/data/arctic exp/data/libri --output exp/data/both",
        "speechgen prepare combine exp/data/train exp/data/libri --output exp/data/more \\",
        "    --without-sentences-of exp/data/test",
    ],
)
def combine(
    data: Annotated[list[Path], typer.Argument(help="Data directories.", metavar="DATA")],
    output: Output,
    without: Annotated[
        list[Path] | None,
        typer.Option(
            "--without-sentences-of",
            help="Leave out what is said in this data directory, whoever says it; may be given "
            "more than once.",
            metavar="DIR",
        ),
    ] = None,
) -> None:
    """Write one data directory with all utterances of several."""
    from speechgen.data import combine_data

    _say(combine_data(data, output, unlike=without or ()))


verb(app, "fsdd", prepare_corpora.FSDD_EXAMPLES)(prepare_corpora.fsdd)
verb(app, "ljspeech", prepare_corpora.LJSPEECH_EXAMPLES)(prepare_corpora.ljspeech)
verb(app, "digits", prepare_images.DIGITS_EXAMPLES)(prepare_images.digits)
verb(app, "mnist", prepare_images.MNIST_EXAMPLES)(prepare_images.mnist)


def _tell_left_out(root: Path) -> None:
    """One line on sound in ``root`` that cannot be read here."""
    from speechgen.audio.finding import left_out

    if root.is_dir() and (line := left_out(root)):
        print_line(f"speechgen: {line}", error=True)


def _say(data: DataDirectory) -> None:
    speakers = counted(len(data.speaker_names), "speaker")
    print_line(f"{data.path}: {counted(len(data), 'utterance')}, {speakers}")
