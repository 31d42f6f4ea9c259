"""Scores of waveform autoencoders: what is counted, over which latents, in whose voice."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.data import DataDirectory, SpeakerVectors
from speechgen.errors import ConfigError, ModelError
from speechgen.evaluation.latent_audio import NAMES, OF_MEANS, score_latent
from speechgen.evaluation.latent_audio_pictures import draw_latents
from speechgen.evaluation.report import write_report
from speechgen.metrics import si_sdr
from speechgen.models.vae1d.vae import VAE1d

RATE = 16000


def network(**arguments) -> VAE1d:
    torch.manual_seed(0)
    model = VAE1d(strides=(5, 8), channels=(4, 6), latent=3, dilations=(1,), **arguments).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def vectors_of(data: DataDirectory) -> SpeakerVectors:
    table = dict(zip(data.speaker_names, np.eye(3, dtype=np.float32), strict=True))
    names = tuple(data.ids)
    speakers = tuple(data.speakers[name] for name in names)
    return SpeakerVectors(names, speakers, np.stack([table[who] for who in speakers]))


class Ear:
    """Hears which of three tones is the loudest; stands where a speaker encoder does."""

    sample_rate = RATE

    def __call__(self, wave: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(wave[:, :3] + 1e-3, dim=1)

    def parameters(self):
        return iter([torch.zeros(1)])


def test_rate_and_distances_are_those_of_draws_and_of_means(voices: DataDirectory, tmp_path: Path):
    model = network()
    result = score_latent(model, voices.path, output=tmp_path / "made", limit=4)
    assert len(result["files"]) == 4 and not result["failed"]
    name, scores = next(iter(result["files"].items()))
    wave = read_mono(voices.wavs[name], RATE)
    with torch.no_grad():
        tensor = torch.from_numpy(wave)[None, None]
        posterior = model.posterior(tensor)
        variance = posterior.log_variance.exp()
        kl = 0.5 * (variance + posterior.mean**2 - 1 - posterior.log_variance).sum()
        means = model.reconstruct(tensor)[0, 0].numpy()
    bits = float(kl) / math.log(2.0) / (len(wave) / RATE)
    assert scores["rate"] == pytest.approx(bits, rel=1e-4)
    assert scores["SI-SDR" + OF_MEANS] == pytest.approx(si_sdr(wave, means), abs=1e-4)
    drawn = read_mono(tmp_path / "made" / f"{name}.wav", RATE)
    assert len(drawn) == len(wave)
    assert scores["SI-SDR"] == pytest.approx(si_sdr(wave, drawn), abs=0.2)  # 16 bits a sample
    assert scores["SI-SDR"] != scores["SI-SDR" + OF_MEANS]
    assert set(scores) == set(NAMES[:9])


def test_the_seed_decides_and_each_utterance_has_its_own_numbers(voices: DataDirectory):
    model = network()
    whole, alone = (score_latent(model, voices.path, limit=n)["files"] for n in (5, 3))
    shared = alone.keys() & whole.keys()
    assert len(shared) >= 2 and all(alone[name] == whole[name] for name in shared)
    other = score_latent(model, voices.path, limit=3, seed=1)["files"]
    for name, scores in other.items():
        assert scores["LSD" + OF_MEANS] == alone[name]["LSD" + OF_MEANS]
        assert scores["LSD"] != alone[name]["LSD"]


def test_voices_are_those_of_others_utterances(voices: DataDirectory):
    model = network(speaker_features=3)
    with pytest.raises(ModelError, match="speechgen embed"):
        score_latent(model, voices.path)
    told: list[torch.Tensor] = []
    decode = model.decode
    model.decode = lambda z, v=None: told.append(v) or decode(z, v)  # type: ignore[assignment]
    result = score_latent(model, voices.path, vectors=vectors_of(voices), encoder=Ear(), limit=2)
    assert not result["failed"]
    first, name = torch.stack(told[:3]), next(iter(result["files"]))
    row = voices.speaker_names.index(voices.speakers[name])
    assert first.argmax(dim=2).flatten().tolist() == [row, row, (row + 1) % 3]
    assert set(result["files"][name]) == set(NAMES)


def test_the_report_compares_paired(voices: DataDirectory, tmp_path: Path):
    model = network()
    for number, title in enumerate(["phase one", "phase two"]):
        result = score_latent(model, voices.path, limit=3, system=title)
        for scores in result["files"].values():
            scores["spectral distance"] += 0.5 * number
        path = tmp_path / "exp" / "results" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result))
    text = write_report(tmp_path / "exp").read_text()
    assert "## Latents of speech" in text
    (line,) = [line for line in text.splitlines() if line.startswith("| phase two, less phase one")]
    assert "+0.500 [+0.500, +0.500]" in line and "+0.000 [+0.000, +0.000]" in line
    assert "rate (bit/s)" in text and "voice, cosine" not in text


def test_pictures_and_sounds_of_everything_shown(voices: DataDirectory, tmp_path: Path):
    models = [("one", network(speaker_features=3)), ("two", network(speaker_features=3))]
    figures = draw_latents(
        models, voices.path, figures=tmp_path / "f", sounds=tmp_path / "s",
        vectors=vectors_of(voices), limit=2, steps=3,
    )  # fmt: skip
    assert all(figure.is_file() for figure in figures)
    assert len(figures) == 2 + 1 + 1
    names = sorted(path.stem for path in (tmp_path / "s").iterdir())
    assert sum("__recorded" in name for name in names) == 2
    assert sum("__as_" in name for name in names) == 2
    assert sum("__to__" in name for name in names) == 3
    assert sum("prior__" in name for name in names) == 2
    with pytest.raises(ConfigError, match="one sample rate"):
        draw_latents(
            [*models, ("three", network(sample_rate=8000))], voices.path,
            figures=tmp_path, sounds=tmp_path,
        )  # fmt: skip
