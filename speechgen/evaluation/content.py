"""What content says: the phones, and, which it should not, the speaker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.data import recording_features
from speechgen.errors import AudioError, DataError, ModelError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import load_speech, sources_of_directory
from speechgen.features import FeatureSettings
from speechgen.features.settings import SPEECH_LEVEL_DB
from speechgen.metrics.linear_probe import probe_accuracy
from speechgen.metrics.listening.words import word_errors
from speechgen.models.recogniser.decoding import greedy_classes
from speechgen.progress import track
from speechgen.store import LoadedModel

WINDOW_SECONDS = 1.0
PHONE_ERRORS = "phone error rate"
#: followed by the kind of content
SPEAKER_FROM = "speaker told by "


def score_content(loaded: LoadedModel, data_dir: str | Path) -> dict[str, Any]:
    """Phone error rate of a recogniser, and how well linear probes tell the speaker.

    A probe sees mean and deviation over a second of one kind of content: the recogniser's narrow
    layer and its posteriors; cepstra, normalised by utterance, of features of kind "content"; and
    the mel. It learns from every other utterance of each speaker, and is tested with the rest.

    Parameters
    ----------
    loaded
        A ``phone_recogniser``, or a ``voice_converter``, which has one inside.
    data_dir
        Data directory, with ``phones`` (:func:`speechgen.data.write_phones`) for the error rate;
        or a folder with a folder for each speaker.

    Returns
    -------
    dict
        ``mean``: errors for each phone said, the accuracy of each probe and of chance; ``files``:
        id to its error rate; ``failed``; ``context``.

    Raises
    ------
    ModelError
        The model is neither, or does not say its features.
    DataError
        No utterance can be read, or nobody has two.
    """
    started, network = time.monotonic(), loaded.model
    recogniser: Any = getattr(network, "recogniser", network)
    settings = loaded.config.feature_settings()
    if not hasattr(recogniser, "phones") or settings is None:
        raise ModelError(
            f"{loaded.directory}: a {loaded.config.name} recognises no phones; give a "
            "phone_recogniser or a voice_converter, such as converter-small"
        )
    data = load_speech(data_dir)
    sources = sources_of_directory(data)
    windows: dict[str, dict[str, np.ndarray]] = {}
    files, failed, errors, said = {}, {}, 0, 0
    for name in track(data.ids, "recognising"):
        try:
            wave = sources[name].read(settings.sample_rate)
            mel = recording_features(settings, wave, SPEECH_LEVEL_DB)[: settings.num_mels]
        except AudioError as error:
            failed[name] = str(error)
            continue
        kinds, heard = _kinds(recogniser, mel, wave, settings)
        windows[name] = kinds
        phones = (data.phones or {}).get(name, "").split()
        if phones:
            wrong = word_errors(phones, heard)
            files[name] = {PHONE_ERRORS: wrong / len(phones)}
            errors, said = errors + wrong, said + len(phones)
    if not windows:
        raise DataError(f"{data_dir}: no utterance could be read; see its wav.scp")
    rate = {PHONE_ERRORS: errors / said} if said else {}
    context = make_context(
        "content",
        data=data_dir,
        estimator=f"likeliest path; linear probes of mean and deviation over {WINDOW_SECONDS:g} s",
        started=started,
        system="phone recogniser",
        model=loaded.directory,
    )
    mean = rate | _probes(windows, data.speakers, str(data_dir))
    return {"mean": mean, "files": files, "failed": failed, "context": context}


@torch.inference_mode()
def _kinds(
    recogniser: Any, mel: torch.Tensor, wave: np.ndarray, settings: FeatureSettings
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Windows (window, feature) of each kind of content, and the phones that are heard."""
    device = next(recogniser.parameters()).device
    logits, content = recogniser(mel[None].to(device))
    classes = greedy_classes(logits, torch.tensor([logits.shape[2]]))[0]
    cepstral = FeatureSettings("content", settings.sample_rate)
    cepstra = recording_features(cepstral, wave, cepstral.wave_level_db)
    frames = {
        "content": (content[0], settings),
        "posteriors": (logits[0].softmax(dim=0), settings),
        "cepstra": (cepstra[: cepstral.num_cepstra], cepstral),
        "mel": (mel, settings),
    }
    kinds = {
        kind: _windows(values.float().cpu().numpy(), of.sample_rate / of.hop_samples)
        for kind, (values, of) in frames.items()
    }
    return kinds, [recogniser.phones[number - 1] for number in classes]


def _windows(values: np.ndarray, frame_rate: float) -> np.ndarray:
    """Means and deviations (window, 2 * feature) over pieces of frames (feature, frame)."""
    count = max(1, int(values.shape[1] / frame_rate / WINDOW_SECONDS))
    parts = np.array_split(values, count, axis=1)
    return np.stack([np.concatenate([part.mean(axis=1), part.std(axis=1)]) for part in parts])


def _probes(
    windows: dict[str, dict[str, np.ndarray]], speakers: dict[str, str], where: str
) -> dict[str, float]:
    """Accuracy of each probe, and what always naming the commonest speaker gives."""
    of_speaker: dict[str, list[str]] = {}
    for name in windows:
        of_speaker.setdefault(speakers[name], []).append(name)
    known = {who: names for who, names in of_speaker.items() if len(names) > 1}
    if len(known) < 2:
        raise DataError(f"{where}: probes need two speakers with two utterances or more each")
    sides: list[list[tuple[str, int]]] = [[], []]
    for label, names in enumerate(known.values()):
        for place, name in enumerate(names):
            sides[place % 2].append((name, label))
    found = {}
    for kind in next(iter(windows.values())):
        (inputs, labels), (tests, answers) = (
            (
                np.concatenate([windows[name][kind] for name, _ in side]),
                np.concatenate([np.full(len(windows[name][kind]), label) for name, label in side]),
            )
            for side in sides
        )
        found[SPEAKER_FROM + kind] = probe_accuracy(inputs, labels, tests, answers)
        found[SPEAKER_FROM + "chance"] = float(np.bincount(answers).max() / len(answers))
    return found
