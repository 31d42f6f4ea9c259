"""What exported models are measured by: for each family its own measure, in either precision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.audio import read
from speechgen.enhancement.core.overlap_add import OverlapAddModel
from speechgen.export.families import Family
from speechgen.export.forms import Example, Opened, in_pieces
from speechgen.export.text import said
from speechgen.features import FeatureSettings, extract
from speechgen.metrics.listening import word_errors
from speechgen.metrics.perceptual import pesq_wb
from speechgen.metrics.signal import si_sdr
from speechgen.metrics.speakers import cosine, equal_error_rate
from speechgen.metrics.synthesis import mel_cepstral_distortion
from speechgen.models.recogniser.decoding import greedy_classes
from speechgen.store import LoadedModel, load_model, locate
from speechgen.text import sentences, symbol_ids

PAIRS = "paired/dns2020_no_reverb_part"
VOICES = ("bdl", "slt")
SPEAKERS = "librispeech/test-other"
TEXTS = (
    "The old boat drifted slowly past the green island.",
    "He turned sharply, and faced Gregson across the table.",
    "At half past nine, the usual train leaves for the harbour; it takes twenty minutes.",
)


class Corpora:
    """The recordings, at 16 kHz."""

    def __init__(self, root: Path, number: int) -> None:
        self.root, self.number = root, number

    def pairs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(clean, noisy) waves."""
        for clean in sorted((self.root / PAIRS / "clean").iterdir())[: self.number]:
            yield self._wave(clean), self._wave(self.root / PAIRS / "noisy" / clean.name)

    def recordings(self) -> Iterator[tuple[str, np.ndarray]]:
        """(name of the voice, wave)."""
        for voice in VOICES:
            for path in sorted((self.root / "arctic" / voice).glob("*.*"))[: self.number]:
                yield voice, self._wave(path)

    def speakers(self) -> Iterator[tuple[str, np.ndarray]]:
        """(speaker, wave)."""
        for path in sorted((self.root / SPEAKERS).rglob("*-*-*.*")):
            if path.suffix in (".opus", ".flac", ".wav"):
                yield path.name.partition("-")[0], self._wave(path)

    def _wave(self, path: Path) -> np.ndarray:
        return read(path, sample_rate=16000)[0][0]


def enhancement(
    loaded: LoadedModel, family: Family, opened: Opened, plain: Opened, corpora: Corpora
) -> dict[str, float]:
    """SI-SDR and PESQ over pairs."""

    class Windows:
        """A graph of windows as an enhancer."""

        window_samples = loaded.model.window_samples

        def enhance(self, noisy: torch.Tensor) -> torch.Tensor:
            clean = opened("model").run(noisy=noisy[:, 0].numpy())["clean"]
            return torch.from_numpy(clean)[:, None]

    scores = []
    for clean, noisy in corpora.pairs():
        if "hop_samples" in family.facts(loaded.model):
            forms = family.forms(loaded.model, Example(noisy, torch.zeros(0, 0)))
            estimate = forms["whole file"].onnx(opened)
        else:
            estimate = OverlapAddModel(Windows(), 1).process(noisy[None], last=True)[0]
        scores.append([si_sdr(clean, estimate), pesq_wb(clean, estimate, 16000)])
    means = np.mean(scores, axis=0)
    return {f"SI-SDR (dB), {len(scores)} DNS pairs": means[0], "PESQ, the same": means[1]}


def vocoding(
    loaded: LoadedModel, family: Family, opened: Opened, plain: Opened, corpora: Corpora
) -> dict[str, float]:
    """Mel-cepstral distortion of copies."""
    found = []
    for _, wave in corpora.recordings():
        example = Example(wave, extract(features(loaded), wave))
        copy = family.forms(loaded.model, example)["whole recording"].onnx(opened)
        found.append(mel_cepstral_distortion(wave, copy[: len(wave)], 16000))
    return {f"mel-cepstral distortion (dB), {len(found)} copies": float(np.mean(found))}


def conversion(
    loaded: LoadedModel, family: Family, opened: Opened, plain: Opened, corpora: Corpora
) -> dict[str, float]:
    """How far recordings said in their own voices are from themselves, and phones heard."""
    model: Any = loaded.model
    late, heard_late = model.delay_frames, model.recogniser.look_ahead
    off, errors, phones = [], 0, 0
    for voice, wave in corpora.recordings():
        rows = extract(features(loaded), wave).T.numpy()
        padded = np.pad(rows, ((0, late), (0, 0)), mode="edge")
        speaker = model.speaker_vector(voice).numpy()
        [made] = in_pieces(opened("model"), padded, "frames", None, speaker=speaker)
        mel = rows[:, : model.num_mels]
        off.append(np.abs(made["mel"][late:] - mel).mean())
        padded = np.pad(mel, ((0, heard_late), (0, 0)), mode="edge")
        theirs, ours = (
            classes(in_pieces(one("recogniser"), padded, "mel", None)[0]["logits"][heard_late:])
            for one in (opened, plain)
        )
        errors, phones = errors + word_errors(ours, theirs), phones + len(ours)
    return {
        f"mel error, {len(off)} recordings in their own voices": float(np.mean(off)),
        f"phones heard otherwise than in float32 (%), of {phones}": 100 * errors / phones,
    }


def saying(
    loaded: LoadedModel, family: Family, opened: Opened, plain: Opened, corpora: Corpora
) -> dict[str, float]:
    """How far durations and content are from those of float32."""
    model: Any = loaded.model
    converter: Any = load_model(locate("converter-small")).model
    durations, content = [], []
    for voice in VOICES:
        vector = converter.speaker_vector(voice)[: model.speaker_features].numpy()
        for sentence in (one for text in TEXTS for one in sentences(text)):
            symbols = np.array(symbol_ids(sentence.symbols()))
            told = {
                "symbols": symbols,
                "stress": np.array(sentence.stress()),
                "speaker": vector,
                "rate": np.ones(len(symbols), np.float32),
                "given": np.full(len(symbols), -1),
            }
            theirs, ours = said(opened, told), said(plain, told)
            durations.append(np.abs(theirs[0] - ours[0]).mean())
            same = said(opened, {**told, "given": ours[0]})[1] - ours[1]
            content.append(np.abs(same[:, : model.content_features]).mean())
    return {
        "durations off from float32 (frames a symbol)": float(np.mean(durations)),
        "content off from float32, of 1": float(np.mean(content)),
    }


def speakers(
    loaded: LoadedModel, family: Family, opened: Opened, plain: Opened, corpora: Corpora
) -> dict[str, float]:
    """Equal error rate of verification, and cosines with the vectors of float32."""
    names, vectors, kept = [], [], []
    for name, wave in corpora.speakers():
        names.append(name)
        vectors.append(opened("model").run(wave=wave)["vector"])
        kept.append(plain("model").run(wave=wave)["vector"])
    scores = cosine(np.array(vectors)[:, None], np.array(vectors)[None])
    same = np.array(names)[:, None] == np.array(names)[None]
    pairs = np.triu(np.ones_like(same), 1)
    rate = equal_error_rate(scores[same & pairs], scores[~same & pairs])
    cosines = cosine(np.array(vectors), np.array(kept))
    return {
        f"equal error rate (%), {len(names)} recordings of {len(set(names))} voices": 100 * rate,
        "cosine with float32": float(cosines.mean()),
    }


MEASURES = {
    "spectral": enhancement,
    "segan": enhancement,
    "vocoder": vocoding,
    "converter": conversion,
    "text": saying,
    "speaker": speakers,
}


def features(loaded: LoadedModel) -> FeatureSettings:
    """Of its frames."""
    settings = loaded.config.feature_settings()
    assert settings is not None
    return settings


def classes(logits: np.ndarray) -> list[int]:
    """Of (frame, class) the likeliest, repeats and blanks left out."""
    rows = torch.from_numpy(logits.T.copy())[None]
    return greedy_classes(rows, torch.tensor([len(logits)]))[0]
