"""Scores of waveform autoencoders: what is counted, over which latents, in whose voice."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from speechgen.audio import read_mono
from speechgen.data import DataDirectory
from speechgen.errors import ModelError
from speechgen.evaluation.latent_audio import NAMES, OF_MEANS, score_latent
from speechgen.metrics import si_sdr
from tests.evaluation.small_vaes import network, vectors_of

RATE = 16000


class Ear:
    """Hears which of three tones is the loudest; stands where a speaker encoder does."""

    sample_rate = RATE

    def __call__(self, wave: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(wave[:, :3] + 1e-3, dim=1)

    def parameters(self):
        return iter([torch.zeros(1)])


def test_rate_and_distances_are_those_of_draws_and_of_means(voices: DataDirectory, tmp_path: Path):
    model = network()
    result = score_latent(model, voices.path, output=tmp_path / "decoded", limit=4)
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
    drawn = read_mono(tmp_path / "decoded" / f"{name}.wav", RATE)
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
