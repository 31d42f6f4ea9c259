"""``speechgen info``: describe sounds, pictures, arrays, data, models or this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import console, print_error
from speechgen.files import counted

EXAMPLES = [
    "speechgen info",
    "speechgen info noisy.wav",
    "speechgen info exp/data/train spectral-small",
]


def info(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Sound files, pictures, .npz and .npy files, voices (.safetensors), data "
            "directories, model directories or shipped names.",
            metavar="WHAT",
        ),
    ] = None,
) -> None:
    """Describe a sound file, a picture, a file of arrays, a data directory or a model directory.

    Without an argument: the versions of speechgen, Python and torch, the processor cores and the
    GPUs that can be used. What cannot be described is told, and the others are described.
    """
    from speechgen.errors import SpeechgenError

    if not targets:
        _show("speechgen", _describe_machine())
    failed = False
    for target in targets or []:
        try:
            _show(target, _describe(target))
        except SpeechgenError as error:
            print_error(str(error))
            failed = True
    if failed:
        raise typer.Exit(1)


def _show(title: str, facts: dict[str, str]) -> None:
    from rich.markup import escape

    width = max(len(key) for key in facts)
    shown = console()
    shown.print(f"[bold]{escape(title)}[/bold]", soft_wrap=True, highlight=False)
    for key, value in facts.items():
        shown.print(f"  {key:{width}}  {escape(value)}", soft_wrap=True, highlight=False)


def _describe(target: str) -> dict[str, str]:
    from speechgen.errors import SpeechgenError
    from speechgen.store import locate, shipped_models

    path = Path(target)
    if target in shipped_models() and not path.exists():
        return _describe_model(shipped_models()[target])
    if not path.is_dir():
        suffix = path.suffix.lower()
        if suffix == ".png" and path.is_file():
            return _describe_picture(path)
        if suffix in (".npz", ".npy") and path.is_file():
            return _describe_arrays(path)
        if suffix == ".safetensors" and path.is_file():
            return _describe_voice(path)
        return _describe_sound(path)
    model = locate(path)
    if (model / "model.safetensors").exists():
        return _describe_model(model)
    if (path / "wav.scp").exists():
        return _describe_data(path)
    from speechgen.audio import find_audio

    count = len(find_audio(path))
    if not count:
        raise SpeechgenError(
            f"{path}: neither a data directory (wav.scp) nor a model directory "
            "(model.safetensors), and no sound files in it"
        )
    return {"is": "a folder of sound files", "files": f"{count}"}


def _describe_sound(path: Path) -> dict[str, str]:
    from speechgen.audio import info as audio_info

    sound = audio_info(path)
    samples = counted(sound.num_samples, "sample")
    facts = {
        "is": "a sound file",
        "format": f"{sound.format} {sound.subtype}" + (" (lossy)" if sound.is_lossy else ""),
        "sample rate": f"{sound.sample_rate} Hz",
        "channels": f"{sound.channels}",
        "length": f"{sound.duration_seconds:.3f} s, {samples} a channel",
    }
    if sound.note:
        facts["but"] = f"it {sound.note}"
    return facts | {f"tag {key}": value for key, value in sound.tags.items()}


def _describe_picture(path: Path) -> dict[str, str]:
    from speechgen.data.pictures import read_png

    channels, height, width = read_png(path).shape
    return {
        "is": "a picture",
        "size": f"{width} x {height} pixels",
        "colour": "yes" if channels == 3 else "no, grey",
    }


def _describe_voice(path: Path) -> dict[str, str]:
    from speechgen.synthesis.voice_file import load_fit, load_voice

    table, facts = load_voice(path)
    fit = load_fit(path)
    shown = ("name", "recordings", "seconds", "agreement", "f0_hz", "encoder", "converter", "done")
    return {
        "is": "a voice",
        "vector": counted(table.num_features, "number"),
        **{key: facts[key] for key in shown if facts.get(key)},
        **({} if fit is None else {"match": f"{fit.match.shape[1]} bands, {fit.weights[:12]}"}),
    }


def _describe_arrays(path: Path) -> dict[str, str]:
    """By its names: images with labels, speaker vectors, or any arrays."""
    from speechgen.data.array_files import open_arrays

    with open_arrays(path) as file:
        arrays = {name: file[name] for name in file.names}
    shown = {
        f"array {name}".rstrip(): f"{array.dtype}, "
        + (" x ".join(map(str, array.shape)) or "one value")
        for name, array in arrays.items()
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    facts = {"is": "arrays of numbers"}
    if {"images", "labels"} <= shapes.keys() and len(shapes["images"]) == 4:
        count, channels, height, width = shapes["images"]
        facts = {
            "is": "a set of labelled images, as data.train of images",
            "images": f"{count}, {width} x {height} pixels, "
            f"{'in colour' if channels == 3 else 'grey'}",
        }
    elif {"ids", "speakers", "vectors"} <= shapes.keys() and len(shapes["vectors"]) == 2:
        count, features = shapes["vectors"]
        facts = {
            "is": "speaker vectors, as speechgen embed writes them",
            "vectors": f"{count} of {features} features",
        }
    return facts | shown


def _describe_data(path: Path) -> dict[str, str]:
    from speechgen.data import load_data_directory

    data = load_data_directory(path)
    return {
        "is": "a data directory",
        "utterances": f"{len(data.wavs)}",
        "speakers": f"{len(set(data.speakers.values()))}",
        "texts": "yes" if data.texts else "no",
        "phones": "yes" if data.phones else "no",
        "noisy versions": "yes" if data.noisy else "no",
    }


def _describe_model(path: Path) -> dict[str, str]:
    from speechgen.store import describe

    facts = describe(path)
    megabytes = facts["num_bytes"] / 1e6
    shown = {
        "is": f"a model directory: {facts['name']}, to {facts['task']}",
        "does": facts["summary"],
        "at": facts["directory"],
        "paper": facts["paper"],
        "weights": f"{facts['num_values']:,} values, {megabytes:.2f} MB, "
        + ", ".join(facts["dtypes"]),
        "arguments": _in_one_line(facts["arguments"]),
        "features": _in_one_line(facts["features"]),
        "training": _in_one_line(facts["training"]),
    }
    return {key: value for key, value in shown.items() if value}


def _in_one_line(values: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items())


def _describe_machine() -> dict[str, str]:
    import os
    import platform

    import torch

    from speechgen import __version__
    from speechgen.store import shipped_models

    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "version": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "torch": f"{torch.__version__}, {counted(torch.get_num_threads(), 'thread')}",
        "cores": f"{os.cpu_count()}",
        "gpus": ", ".join(gpus) or "none usable by torch",
        "device auto": "cuda" if gpus else "cpu",
        "shipped": ", ".join(sorted(shipped_models())) or "no models",
    }
