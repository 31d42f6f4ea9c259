"""The texts of a data directory said, each in one or several voices."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import SpeakerVectors, load_data_directory, load_vectors
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.errors import DataError
from speechgen.files import portable
from speechgen.files.shard import Shard, lists_of
from speechgen.synthesis.directory import file_name, plan_data, spread
from speechgen.synthesis.directory_jobs import Recordings
from speechgen.synthesis.generators import Drawing, Timing
from speechgen.synthesis.manifest import MANIFEST, write_manifest
from speechgen.synthesis.say_batch import BatchReport, say_batch
from speechgen.synthesis.speaking import Manner, Speaker, Speakers
from speechgen.synthesis.speech_manifest import MANIFEST as FINISHED
from speechgen.synthesis.speech_manifest import read_lines
from speechgen.synthesis.speech_scripts import Script
from speechgen.synthesis.voice_identity import VoiceIdentity
from speechgen.text import Lexicon
from speechgen.text.unsaid import Report, warn


class DataVoices:
    """The speakers of a data directory, of their vectors or else of some recordings of theirs.

    Those whom it lacks are the converter's own.

    Parameters
    ----------
    speakers
        The models that speak.
    data
        The data directory.
    vectors
        File of speaker vectors, or None.
    """

    def __init__(
        self, speakers: Speakers, data: DataDirectory, vectors: Path | str | None = None
    ) -> None:
        self._speakers = speakers
        self._table: SpeakerVectors | None = None if vectors is None else load_vectors(vectors)
        more = [data.path] if vectors is None else [data.path, Path(vectors)]
        self.directories = (*speakers.directories, *more)
        self._recordings = Recordings(data)
        self._known: dict[str, Speaker] = {}
        self._identities: dict[str, VoiceIdentity] = {}

    @property
    def weights(self) -> str:
        """Of the models, by which they are known."""
        return self._speakers.weights

    def identity(self, voice: str) -> VoiceIdentity:
        """What the speaker called ``voice`` is; raises what :meth:`of` does."""
        if voice not in self._identities:
            self._identities[voice] = self._speakers.identity(**self._sources(voice))
        return self._identities[voice]

    def of(self, voice: str) -> Speaker:
        """The speaker called ``voice`` (DataError if neither directory nor converter has it)."""
        if voice not in self._known:
            self._known[voice] = self._found(voice)
        return self._known[voice]

    def _found(self, name: str) -> Speaker:
        return self._speakers.of(**self._sources(name))

    def _sources(self, name: str) -> dict[str, Any]:
        if name not in self._recordings and name in self._speakers.names:
            return {"voice": name}
        voice = self._recordings.voice(name, self._table)
        return {"voice": voice, "height_of": self._recordings.of(name)}


def say_data(
    data_dir: Path | str,
    output: Path | str,
    models: Speakers,
    *,
    vectors: Path | str | None = None,
    voices: Sequence[str] = ("own",),
    speakers: Sequence[str] | None = None,
    limit: int | None = None,
    manner: Manner | None = None,
    silence_seconds: float = 0.2,
    lexicon: Lexicon | None = None,
    report: Report = warn,
    tell: Callable[[str], None] = print,
    overwrite: bool = False,
    shard: Shard | None = None,
) -> BatchReport:
    """Say the texts of a data directory as ``output/UTTERANCE__as__SPEAKER.wav``.

    Beside them ``output/synthesis.json`` says how long that took, as for
    :func:`speechgen.synthesis.synthesize_data`, and ``speech.jsonl`` when each word is said. What
    is finished is passed over, so that a run can be gone on with.

    Parameters
    ----------
    models
        What speaks.
    vectors
        Speaker vectors of (at least) the speakers wanted; None embeds some recordings of each.
    voices
        "own" and "other": the utterance's speaker, and the next speaker of the directory.
    speakers
        Names of speakers for every text, of the directory or of the converter, in place of
        ``voices``.
    limit
        At most so many utterances, taken evenly from all speakers.
    manner
        How all is said. File i has draws (seed, i), so that what is said twice is not the same.
    silence_seconds, lexicon, report, tell, overwrite, shard
        As for :func:`speechgen.synthesis.say_batch.say_batch`. A shard writes no
        ``synthesis.json``; the run without shards that comes after all does.

    Returns
    -------
    BatchReport
        Files written and found.

    Raises
    ------
    DataError
        There are no texts, or nobody of a name.
    """
    data = load_data_directory(data_dir)
    if not data.texts:
        raise DataError(f"{data.path}: has no file text; write there what each utterance says")
    manner = manner or Manner()
    chosen = data.subset(spread(data.subset(data.texts), limit))
    texts = chosen.texts or {}
    wanted = plan_data(data, chosen.ids, voices=voices, speakers=speakers)

    def scripts() -> Iterator[Script]:
        for number, (utterance, speaker) in enumerate(wanted):
            words = texts[utterance].lower() if texts[utterance].isupper() else texts[utterance]
            own = replace(manner, seed=_seed(manner.seed, number))
            yield Script(file_name(utterance, speaker), words, speaker, own)

    report_of_all = say_batch(
        scripts(), output, DataVoices(models, data, vectors), silence_seconds=silence_seconds,
        lexicon=lexicon, report=report, tell=tell, overwrite=overwrite, shard=shard,
    )  # fmt: skip
    if shard is None:
        _tell_timing(Path(output), models, manner, [f"{file_name(*one)}.wav" for one in wanted])
    return report_of_all


def _seed(seed: int | None, number: int) -> int | None:
    if seed is None:
        return None
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _tell_timing(folder: Path, models: Speakers, manner: Manner, wanted: list[str]) -> None:
    """Write ``synthesis.json``, from the lines of what is finished."""
    found = {}
    for line in (one for path in lists_of(folder / FINISHED, None) for one in read_lines(path)):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            found[str(line["file"])] = float(line["seconds"]), float(line["work_seconds"])
    files = [name for name in wanted if name in found]
    if not files:
        return
    timing = Timing(sum(found[name][1] for name in files), sum(found[name][0] for name in files))
    rate: Any = models.text_model.model.sample_rate
    write_manifest(
        folder / MANIFEST, models.text_model, Drawing(manner.seed, manner.temperature), timing,
        files, [round(found[name][0] * rate) for name in files],
        source="text", rate=manner.rate, converter=portable(str(models.directories[1])),
        vocoder=portable(str(models.directories[2])),
    )  # fmt: skip
