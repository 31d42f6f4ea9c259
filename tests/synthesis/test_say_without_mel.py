"""Texts through a WaveNet that hears phones, which has no mel between: as it samples by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import generate
from speechgen.store import ModelConfig, save_model
from speechgen.synthesis.predicted import predicted_conditions
from speechgen.synthesis.speaking import Manner, Speakers
from speechgen.text import Mark, Sentence, Word

from .conftest import WAVENET

_WORD = Word("allow", ("ə", "l", "aʊ"), (0, 0, 1))
SENTENCE = Sentence((Mark("_"), _WORD, Mark("."), Mark("_")))


@pytest.fixture(scope="module")
def speakers(text_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Speakers:
    torch.manual_seed(0)
    arguments = {
        **WAVENET, "local_features": 82, "hop_samples": 256, "speaker_features": 192,
        "pitch_lag_taps": 3, "speakers": ["anna", "ben"], "speaker_f0_hz": [220.0, 100.0],
        "recogniser": {"channels": 8, "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8,
                       "content_features": 64},
    }  # fmt: skip
    network = WaveNet(**arguments)
    with torch.no_grad():
        network.speaker_table.copy_(torch.randn(2, 192))
        for parameter in network.conditioning.parameters():
            parameter.mul_(3.0)
    folder = tmp_path_factory.mktemp("wavenet") / "model"
    settings = FeatureSettings("mel", absolute_pitch=True).to_dict()
    save_model(folder, network, ModelConfig("wavenet", "synthesize", arguments, settings))
    return Speakers(model=text_model, converter=folder, device="cpu")


def waves(speakers: Speakers, voice: str, **manner: float) -> np.ndarray:
    return speakers.of(voice).utter(SENTENCE, Manner(temperature=0.0, **manner)).wave()


def test_voice_pitch_and_rate_are_heard_and_a_seed_gives_the_same(speakers: Speakers) -> None:
    assert speakers.names == ("anna", "ben") and speakers.directories[1] == speakers.directories[2]
    wave = waves(speakers, "anna")
    assert wave.any() and np.array_equal(wave, waves(speakers, "anna"))
    for other in (waves(speakers, "anna", semitones=4.0), waves(speakers, "anna", seed=1)):
        assert len(other) == len(wave) and not np.array_equal(other, wave)
    assert not np.array_equal(waves(speakers, "ben")[:2000], wave[:2000])
    assert len(waves(speakers, "anna", rate=0.5)) > 1.5 * len(wave)


def test_the_network_gets_what_was_predicted_as_its_own_conditions(speakers: Speakers) -> None:
    network = speakers._synthesiser
    content, loud, pitch = (torch.randn(1, rows, 5) for rows in (64, 1, 2))
    voice = torch.randn(1, 192)
    found = predicted_conditions(network, content, loud, pitch, Conditions(None, voice))
    rows = torch.cat([content, loud, pitch], dim=1)
    assert torch.equal(found.local, rows) and torch.equal(found.speaker, voice)
    (drawn,) = generate(network, found, num_samples=5 * 256, seed=0)
    assert torch.isfinite(drawn).all()
    for disturbed in (0, 64, 65):
        other = rows.clone()
        other[:, disturbed] += 5.0
        (changed,) = generate(network, Conditions(other, voice), num_samples=5 * 256, seed=0)
        assert not torch.equal(changed, drawn)


def test_it_takes_no_vocoder(text_model: Path, speakers: Speakers) -> None:
    with pytest.raises(ConfigError, match="leave --vocoder out"):
        Speakers(
            model=text_model, converter=speakers.directories[1], vocoder="vocoder-small",
            device="cpu",
        )  # fmt: skip
