"""The readers that are fuzzed: valid files of each, and what is done with a damaged one.

A reader may refuse with a SpeechgenError; anything else that it raises is a fault.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tests.torture.mutations import Tree
from tests.torture.verbs import buzz, make_models

SOUND = "sound"  # the damaged file's name, with the seed's ending


@dataclass(frozen=True)
class Reader:
    """``seeds`` makes valid trees; ``attempt`` is given a folder that holds a damaged one."""

    seeds: Callable[[], list[Tree]]
    attempt: Callable[[Path], None]


def _written(write: Callable[[Path], None]) -> Tree:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# ---------------------------------------------------------------------------- sound
def sounds() -> list[Tree]:
    """A tenth of a second in every container and coding that libsndfile writes."""
    found = []
    for container in sorted(soundfile.available_formats()):
        for subtype in sorted(soundfile.available_subtypes(container)):
            if container == "RAW" or (container, subtype) == ("OGG", "OPUS"):
                continue
            with contextlib.suppress(soundfile.LibsndfileError):
                found.append(_sound(container, subtype))
    found += [_sound("OGG", "OPUS", 48000), _sound("WAV", "PCM_16", title="A title")]
    return found


def _sound(container: str, subtype: str, rate: int = 8000, **tags: str) -> Tree:
    buffer = io.BytesIO()
    channels = 2 if subtype in ("PCM_16", "VORBIS", "FLOAT") else 1
    options = {"format": container, "subtype": subtype}
    with soundfile.SoundFile(buffer, "w", rate, channels, **options) as file:
        for name, text in tags.items():
            setattr(file, name, text)
        wave = buzz(150, 0.1, 3, rate)[0]
        file.write(np.stack([wave] * channels, axis=1))
    return {f"{SOUND}.{container.lower()}": buffer.getvalue()}


def read_sound(folder: Path) -> None:
    """Facts, all blocks, a part; now and then through an enhancer that changes nothing."""
    from speechgen.audio import AudioReader, info, read
    from speechgen.enhancement.single import enhance_file

    (path,) = folder.iterdir()
    about = info(path)
    with AudioReader(path) as reader:
        for block in reader.blocks(1000):
            assert block.shape[0] == about.channels
    read(path, start=about.num_samples // 2, num_samples=1)
    if zlib.crc32(path.read_bytes()) % 4 == 0:  # it takes ten times as long
        enhance_file(_identity(), path, folder / "out.wav", overwrite=True)


def _identity() -> object:
    from speechgen.registry import build

    return build("identity", {})


def streams() -> list[Tree]:
    """What may come in on a pipe: WAV of each kind of sample."""
    kinds = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")
    return [_sound("WAV", kind) for kind in kinds] + [_sound("RF64", "PCM_16")]


def read_stream(folder: Path) -> None:
    """Through the live enhancer."""
    from speechgen.enhancement import enhance_pipe

    (path,) = folder.iterdir()
    with path.open("rb") as source:
        enhance_pipe(_identity(), source, io.BytesIO(), tell=lambda line: None)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------- data
def data_directories() -> list[Tree]:
    """With texts, noisy sides and durations; and with segments."""
    from speechgen.data import Segment, write_data_directory

    def write(folder: Path, *, cut: bool) -> None:
        rng = np.random.default_rng(0)
        for name in ("a-1", "a-2", "b-1"):
            for side in ("clean", "noisy"):
                sound = folder / side / f"{name}.wav"
                sound.parent.mkdir(exist_ok=True)
                soundfile.write(sound, 0.1 * rng.standard_normal(800), 8000)
        wavs = {name: folder / "clean" / f"{name}.wav" for name in ("a-1", "a-2", "b-1")}
        noisy = {name: folder / "noisy" / f"{name}.wav" for name in wavs}
        segments = {name: Segment(name, 0.0, 0.05) for name in wavs}
        write_data_directory(
            folder, wavs, {name: name[0] for name in wavs},
            texts=dict.fromkeys(wavs, "some words"),
            noisy=None if cut else noisy, segments=segments if cut else None,
            durations=dict.fromkeys(wavs, 0.05 if cut else 0.1),
        )  # fmt: skip

    return [_written(functools.partial(write, cut=cut)) for cut in (False, True)]


def read_data_directory(folder: Path) -> None:
    """Checked, loaded, and every utterance read."""
    from speechgen.data import AudioBank, load_data_directory
    from speechgen.data.kaldi.validation import validate

    validate(folder, read_headers=True)
    data = load_data_directory(folder)
    for _ in AudioBank(data, 8000):
        pass


def vectors() -> list[Tree]:
    """Files of vectors and of images."""
    from speechgen.data import SpeakerVectors, save_vectors
    from speechgen.images.data.dataset import ImageSet, save_images
    from speechgen.synthesis.voice_file import save_voice

    table = SpeakerVectors(("a-1", "b-1"), ("a", "b"), np.eye(2, 8, dtype=np.float32))
    one = SpeakerVectors(("a-1",), ("a",), np.ones((1, 8), np.float32))
    images = ImageSet(np.zeros((4, 1, 8, 8), np.uint8), np.arange(4))

    def arrays(folder: Path) -> None:
        np.savez_compressed(folder / "v.npz", voice=np.ones(8, np.float32))

    return [
        _written(lambda folder: save_vectors(folder / "v.npz", table)),
        _written(lambda folder: save_images(folder / "v.npz", images)),
        _written(lambda folder: np.save(folder / "v.npy", np.ones((2, 8), np.float32))),
        _written(arrays),
        _written(lambda folder: save_voice(folder / "v.safetensors", one)),
    ]


def read_vectors(folder: Path) -> None:
    """As vectors by every door, and as images."""
    from speechgen.data import load_vectors
    from speechgen.images.data.dataset import load_images
    from speechgen.synthesis.vector_files import read_vector

    (path,) = folder.iterdir()
    for key in (None, "a", "voice"):
        with _refused():
            read_vector(path, key)
    with _refused():
        load_images(path)
    load_vectors(path)


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    from speechgen.errors import SpeechgenError

    with contextlib.suppress(SpeechgenError):
        yield


def idx_files() -> list[Tree]:
    """Two images of MNIST, plain and gzipped."""
    import gzip

    plain = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(range(8))
    return [{"images": plain}, {"images.gz": gzip.compress(plain)}]


def read_idx_file(folder: Path) -> None:
    """As MNIST is."""
    from speechgen.images.data.corpora.mnist import read_idx

    (path,) = folder.iterdir()
    read_idx(path)


def archives() -> list[Tree]:
    """A zip with a folder in it, compressed in each way."""

    def write(folder: Path, way: int) -> None:
        with zipfile.ZipFile(folder / "a.zip", "w", way) as archive:
            archive.writestr("wav/one.wav", bytes(2000))
            archive.writestr("text", "some words")

    ways = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    return [_written(functools.partial(write, way=way)) for way in ways]


def read_archive(folder: Path) -> None:
    """Unpacked, as downloads are."""
    from speechgen.data.corpora.download import unpack

    try:
        unpack(folder / "a.zip", folder / "unpacked")
    finally:
        shutil.rmtree(folder / "unpacked", ignore_errors=True)


def pictures() -> list[Tree]:
    """PNGs with and without colour."""
    from speechgen.data.pictures import write_png

    grey, colour = np.zeros((1, 8, 8)), np.linspace(0, 1, 192).reshape(3, 8, 8)

    def write(folder: Path, picture: np.ndarray) -> None:
        write_png(folder / "p.png", picture)

    return [_written(functools.partial(write, picture=p)) for p in (grey, colour)]


def read_picture(folder: Path) -> None:
    """As samples are read for inpainting."""
    from speechgen.data.pictures import read_png

    read_png(folder / "p.png")


# ---------------------------------------------------------------------------- models and runs
def models() -> list[Tree]:
    """A model directory of each task."""
    tree = _written(make_models)
    names = {name.split("/")[0] for name in tree}
    return [
        {key.split("/", 1)[1]: value for key, value in tree.items() if key.startswith(f"{name}/")}
        for name in sorted(names)
    ]


def read_model(folder: Path) -> None:
    """Described, and loaded."""
    from speechgen.store import load_model
    from speechgen.store.describe import describe

    with _refused():
        describe(folder)
    load_model(folder)


def records() -> list[Tree]:
    """What a run of enhance has noted, and results of a score."""
    line = {"target": "a.wav", "source": "/in/a.wav", "input": [4, 5], "settings": "k",
            "output": [3, 4], "measures": {"seconds": 1.0}}  # fmt: skip
    text = json.dumps({"target": "a.wav", "begun": None}) + "\n" + json.dumps(line) + "\n"
    result = {"mean": {"PESQ": 2.0}, "files": {"a": {"PESQ": 2.0}}, "failed": {},
              "context": {"kind": "enhancement", "system": "noisy", "data": "test"}}  # fmt: skip
    return [{".speechgen-enhance.jsonl": text.encode(), "scores.json": json.dumps(result).encode()}]


def read_record(folder: Path) -> None:
    """As the next run into the folder does, and as the report does."""
    from speechgen.enhancement.batch.resume import Record
    from speechgen.reporting.results import find_results

    record = Record(folder, "k")
    for name in ("a.wav", "b.wav"):
        record.measures(folder / name, folder / name)
        record.knows(folder / name)
        record.is_ours(folder / name)
    record.begin(folder / "a.wav")
    record.close()
    find_results(folder)


# ---------------------------------------------------------------------------- configuration
def overrides() -> list[Tree]:
    """Lines of overrides that are good."""
    sets = (
        ["experiment=segan", "data.train=a", "data.noise=b", "output=c", "seed=3"],
        ["experiment=wavenet_content", "data.train=a", "data.speaker_vectors=v.npz", "output=c",
         "data.features={kind: content, hop_samples: 80}", "model.arguments.stacks=1"],
        ["experiment=gated_pixelcnn", "data.train=a.npz", "output=c", "trainer.max_seconds=1e3",
         "data.binarise=dynamic", "trainer.precision=bf16"],
        ["experiment=spectral_enhancer", "data=mixture_augmented", "data.train=[a, b]",
         "data.noise=n", "output=c", "init_from=x", "objective.weights.si_sdr=0.1"],
    )  # fmt: skip
    return [{"overrides": "\n".join(words).encode()} for words in sets]


def read_overrides(folder: Path) -> None:
    """Composed, and checked as far as it goes without data."""
    from speechgen.training import compose, datasets, objectives
    from speechgen.training.settings import RunSettings, from_mapping

    text = (folder / "overrides").read_bytes().decode("utf-8", "surrogateescape")
    config = compose([word for word in text.split("\n") if word])
    settings = from_mapping(RunSettings, config, "configuration")
    chosen = datasets.data_settings(settings.data)
    objectives.objective_settings(settings.objective, chosen.kind)


def runs() -> list[Tree]:
    """A run folder after two steps of a small network."""

    def write(folder: Path) -> None:
        _train(folder, 2)

    return [_written(write)]


def continue_run(folder: Path) -> None:
    """One step more."""
    _train(folder, 3)


def _train(folder: Path, steps: int) -> None:
    from speechgen.images.data.dataset import ImageSet, save_images
    from speechgen.training import run

    data = Path(tempfile.gettempdir()) / "speechgen-fuzzed-images.npz"
    if not data.is_file():
        save_images(data, ImageSet(np.zeros((8, 1, 4, 4), np.uint8), np.arange(8)), overwrite=True)
    run([
        "experiment=rbm", f"data.train={data}", f"output={folder}", "data.batch_size=2",
        f"trainer.max_steps={steps}", "model.arguments.hidden_units=3", "trainer.accelerator=cpu",
        "trainer.checkpoint_every_steps=2", "trainer.validation_items=1",
    ])  # fmt: skip


READERS = {
    "sound": Reader(sounds, read_sound),
    "stream": Reader(streams, read_stream),
    "data": Reader(data_directories, read_data_directory),
    "model": Reader(models, read_model),
    "vectors": Reader(vectors, read_vectors),
    "overrides": Reader(overrides, read_overrides),
    "checkpoint": Reader(runs, continue_run),
    "record": Reader(records, read_record),
    "archive": Reader(archives, read_archive),
    "picture": Reader(pictures, read_picture),
    "idx": Reader(idx_files, read_idx_file),
}
