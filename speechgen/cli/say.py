"""``speechgen say``: text to speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from speechgen.cli.common import Device, Overwrite, ShardText, names, print_line, print_written
from speechgen.cli.say_options import Told, check_options, decibels, output_path, texts_of

if TYPE_CHECKING:
    from speechgen.files.shard import Shard
    from speechgen.synthesis.say_batch import BatchReport
    from speechgen.text import Unsaid

EXAMPLES = [
    'speechgen say "Hello, world! It is half past three." --output hello.wav',
    'speechgen say "Anybody can say this." --voice bob.wav --rate 1.2 --pitch +2st \\',
    "    --output as_bob.wav --timings words.json",
    "speechgen say --text-file book.txt --voice bdl --output book",
    "cat news.txt | speechgen say --output - --raw | aplay -q -f S16_LE -r 16000",
    "speechgen say --batch prompts.jsonl --output prompts",
    "speechgen say --data exp/data/test --limit 4 --voices own,other --output exp/said",
]


def say(
    text: Annotated[
        str | None,
        typer.Argument(help="What is said, where it is in no file.", metavar="[TEXT]"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Sound file to write (16 bit); - for stdout, sentence by sentence; a folder for "
            "a file of each paragraph, and with --batch.",
            metavar="OUT",
            parser=output_path,
        ),
    ] = None,
    text_file: Annotated[
        Path | None,
        typer.Option(help="File with the text, of any length; - for stdin.", metavar="FILE"),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help="Where a sentence ends at the latest: at a paragraph's end (an empty line) or at "
            "the end of each line.",
            metavar="paragraph|line",
        ),
    ] = "paragraph",
    voice: Annotated[
        list[str] | None,
        typer.Option(
            help="Who speaks: a name (speechgen voices), a recording or a folder of recordings of "
            "somebody, or a file of speechgen embed. Several are averaged; A:0.7,B:0.3 mixes. With "
            "--data: names of speakers there, or of voices, each of whom says all.",
            metavar="NAME|WAV|FILE",
        ),
    ] = None,
    rate: Annotated[
        float, typer.Option(help="Times as fast as the voice's own, 0.5 to 2.", metavar="X")
    ] = 1.0,
    pitch: Annotated[
        str, typer.Option(help="Semitones by which the melody is moved, as +2st.", metavar="ST")
    ] = "0st",
    volume: Annotated[
        str, typer.Option(help="By which it is louder, as +6dB.", metavar="DB")
    ] = "0dB",
    sentence_silence: Annotated[
        float, typer.Option(help="Seconds of silence after each sentence.", metavar="S")
    ] = 0.2,
    lexicon: Annotated[
        Path | None,
        typer.Option(
            help="Pronunciations of your own: on each line a word, a tab, its phones (IPA, or "
            "ARPABET).",
            metavar="FILE",
        ),
    ] = None,
    ssml: Annotated[bool, typer.Option("--ssml", help="The text is SSML.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", metavar="N")] = 0,
    temperature: Annotated[
        float,
        typer.Option(
            help="0 for the likeliest melody and durations, 1 for such as people have.",
            metavar="T",
        ),
    ] = 0.2,
    timings: Annotated[
        Path | None,
        typer.Option(help="Write the times of the words to this file.", metavar="OUT.json"),
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            help='Texts to a folder, a line of JSON each: {"text": "Hello", "id": "hello"}; voice, '
            "rate, pitch, volume, seed and ssml may be in it, too.",
            metavar="F.jsonl",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="The texts of this data directory, as UTTERANCE__as__SPEAKER.wav to a folder.",
            metavar="DIR",
        ),
    ] = None,
    voices: Annotated[
        str | None,
        typer.Option(
            help="With --data: own (the utterance's speaker, where nothing is said), other (the "
            "next speaker) or both.",
            metavar="V,W",
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            help="With --data: speaker vectors, from speechgen embed --data; else some recordings "
            "of each speaker are heard.",
            metavar="F.npz",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="With --data: at most N utterances.", metavar="N", min=1)
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="With --output -: samples (s16le) without a WAV header."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(help="Text model: model directory, run folder or name.", metavar="DIR"),
    ] = None,
    converter: Annotated[
        str | None,
        typer.Option(
            help="Makes a voice of what it says; or a WaveNet that hears phones.", metavar="DIR"
        ),
    ] = None,
    vocoder: Annotated[
        str | None, typer.Option(help="Makes a wave of the converter's frames.", metavar="DIR")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Speaker encoder for voices that are recordings.", metavar="DIR"),
    ] = None,
    spectral_match: Annotated[
        float,
        typer.Option(
            help="How much of the average spectrum of recordings of --voice is taken on.",
            metavar="0..1",
        ),
    ] = 1.0,
    shard: ShardText = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Say a text, in a voice of your choice.

    The text is an argument, a file or stdin, in American English; numbers, dates, money, units,
    addresses and abbreviations are said as people say them, and phones may stand in it, as
    \\[\\[h @ l oU]]. What cannot be said is named on stderr and left out. A folder as --output (for
    a whole book, or with --batch or --data) can be gone on with after a stop, and be filled by the
    jobs of an array, each with its --shard.

    With --data the folder gets synthesis.json with the real-time factor, too, and speechgen score
    synthesis --reference DIR --estimate FOLDER measures it.
    """
    from speechgen.files.shard import Shard
    from speechgen.synthesis.melody import parse_semitones
    from speechgen.synthesis.say import VOICE
    from speechgen.synthesis.speaking import Manner, Speakers

    if output is None:
        raise typer.BadParameter("--output OUT is missing: a sound file, a folder, or - for stdout")
    folder = bool(batch or data) or (str(output) != "-" and not output.suffix)
    check_options(text, text_file, batch, data, by=by, ssml=ssml, timings=timings, folder=folder)
    if data is None and any(value is not None for value in (voices, vectors, limit)):
        raise typer.BadParameter("--voices, --vectors and --limit go with --data")
    if voices and voice:
        raise typer.BadParameter("give --voices or --voice, one of them")
    if raw and str(output) != "-":
        raise typer.BadParameter("--raw goes with --output -")
    if shard is not None and not folder:
        raise typer.BadParameter("--shard is a part of many files: give a folder as --output")
    part = None if shard is None else Shard.parse(shard)
    manner = Manner(rate, parse_semitones(pitch), decibels(volume), temperature, seed)
    who = ",".join(voice) if voice else VOICE

    def load() -> Speakers:
        return Speakers(
            model=model, converter=converter, vocoder=vocoder, encoder=encoder,
            spectral_match=spectral_match, device=device,
        )  # fmt: skip

    told = Told()
    if data is not None:
        _to_data_folder(
            data, output, load(), manner, voices=voices, speakers=voice, vectors=vectors,
            limit=limit, silence=sentence_silence, lexicon=lexicon, report=told,
            overwrite=overwrite, shard=part,
        )  # fmt: skip
        told.close()
        return
    settings: dict[str, Any] = {
        "silence": sentence_silence, "lexicon": lexicon, "by_line": by == "line", "ssml": ssml,
        "report": told, "overwrite": overwrite,
    }  # fmt: skip
    if folder:
        lines = texts_of(text, text_file, batch)
        _to_folder(lines, batch, output, load, who, manner, shard=part, **settings)
    else:
        lines = texts_of(text, text_file, None)
        _to_sound(lines, output, load, who, manner, timings=timings, raw=raw, **settings)
    told.close()


def _to_sound(
    lines: Iterable[str] | str,
    output: Path,
    load: Callable[[], Any],
    voice: str,
    manner: Any,
    *,
    timings: Path | None,
    raw: bool,
    silence: float,
    lexicon: Path | None,
    by_line: bool,
    ssml: bool,
    report: Callable[[Unsaid], None],
    overwrite: bool,
) -> None:
    """All of it to one file or to stdout."""
    import sys

    from speechgen.synthesis.say import checked, utterances
    from speechgen.synthesis.speech_output import (
        check_sound,
        check_timings,
        sound_file,
        sound_pipe,
        spoken_to,
        timings_file,
    )
    from speechgen.text import read_lexicon, sentences

    to_pipe = str(output) == "-"
    check_sound(None if to_pipe else output, overwrite=overwrite)
    check_timings(timings, overwrite=overwrite)
    seconds, own = checked(silence), read_lexicon(lexicon) if lexicon else None
    speaker = load().of(voice)
    rate = speaker.sample_rate
    script = sentences(lines, lexicon=own, ssml=ssml, by_line=by_line, report=report)
    with (
        timings_file(timings, rate, overwrite=overwrite) as timed,
        (
            sound_pipe(getattr(sys.stdout, "buffer", None), rate, raw=raw)
            if to_pipe
            else sound_file(output, rate, overwrite=overwrite)
        ) as sink,
    ):
        spoken_to(utterances(speaker, script, manner), sink, seconds, timed)
    if not to_pipe:
        print_written(output)


def _to_folder(
    lines: Iterable[str] | str,
    batch: Path | None,
    output: Path,
    load: Callable[[], Any],
    voice: str,
    manner: Any,
    *,
    silence: float,
    lexicon: Path | None,
    by_line: bool,
    ssml: bool,
    report: Callable[[Unsaid], None],
    overwrite: bool,
    shard: Shard | None,
) -> None:
    """A file for each paragraph, or for each line of JSON."""
    from speechgen.synthesis.say import checked
    from speechgen.synthesis.say_batch import say_batch
    from speechgen.synthesis.speech_scripts import Script, paragraphs, read_scripts
    from speechgen.text import read_lexicon

    usual = Script("", "", voice, manner, ssml=ssml, by_line=by_line)
    if batch is not None:
        scripts = read_scripts(batch, usual)
    else:
        split = lines.splitlines(keepends=True) if isinstance(lines, str) else lines
        scripts = paragraphs(split, usual, by_line=by_line)
    seconds, own = checked(silence), read_lexicon(lexicon) if lexicon else None
    done = say_batch(
        scripts, output, load(), silence_seconds=seconds, lexicon=own, report=report,
        tell=print_line, overwrite=overwrite, shard=shard,
    )  # fmt: skip
    _tell_of_none(done, output)


def _to_data_folder(
    data: Path,
    output: Path,
    models: Any,
    manner: Any,
    *,
    voices: str | None,
    speakers: list[str] | None,
    silence: float,
    lexicon: Path | None,
    **settings: Any,
) -> None:
    """A file for each text of a data directory and each voice."""
    from speechgen.synthesis.say import checked
    from speechgen.synthesis.say_directory import say_data
    from speechgen.text import read_lexicon

    own = read_lexicon(lexicon) if lexicon else None
    named = [name for part in speakers or () for name in names(part) or ()]
    done = say_data(
        data, output, models, voices=names(voices) or ("own",), speakers=named or None,
        manner=manner, silence_seconds=checked(silence), lexicon=own, tell=print_line, **settings,
    )  # fmt: skip
    _tell_of_none(done, output)


def _tell_of_none(done: BatchReport, output: Path) -> None:
    """Say why nothing was said."""
    if not done.written:
        what = f"all {done.found} files are finished" if done.found else "nothing was to be said"
        print_line(f"speechgen: {output}: {what}", error=True)
