"""A WaveNet trained on what a recogniser hears: the data is that, the network has it inside."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.conditioned_speech import ConditionedDataset
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.errors import ConfigError, DataError
from speechgen.features import FeatureSettings
from speechgen.features.phonetic_rows import loudness
from speechgen.store import load_model
from speechgen.store.content_source import ContentSource
from speechgen.training import run
from speechgen.training.datasets.heard_content import content_source, readings

SETTINGS = FeatureSettings(
    "mel", sample_rate=8000, hop_samples=80, window_samples=200, fft_samples=256, num_mels=20,
    absolute_pitch=True,
)  # fmt: skip
FEATURES = (
    "data.features={kind: mel, hop_samples: 80, window_samples: 200, fft_samples: 256, "
    "num_mels: 20, absolute_pitch: true}"
)


@pytest.fixture
def words(data: Path, tiny: dict[str, list[str]]) -> list[str]:
    """Overrides of a small run; without ``output``."""
    changed = [word for word in tiny["likelihood"] if not word.startswith("data.features")]
    changed[0] = "experiment=wavenet_phonetic"
    sizes = ["model.arguments.kernel_size=2", "model.arguments.preemphasis=0"]
    return [*changed, *sizes, FEATURES, f"data.content_from={data / 'recogniser'}",
            "data.throats=1", "init_from=null", "trainer.max_steps=4"]  # fmt: skip


@pytest.fixture
def source(data: Path) -> ContentSource:
    return content_source(str(data / "recogniser"), SETTINGS)


def test_readings_are_what_the_recogniser_hears(
    data: Path, tmp_path: Path, source: ContentSource
) -> None:
    """The first of the utterance itself; all have its own loudness and melody."""
    frames = FrameBank(AudioBank(data / "speech", 8000), SETTINGS, tmp_path)
    plain, other = readings(frames, source=source, throats=1)
    for index in (0, 7):
        features = frames.crop(index, 0, int(frames.counts[index]))
        heard, elsewhere = plain.utterance(index), other.utterance(index)
        np.testing.assert_allclose(heard[:6], source(features), atol=1e-6)
        mel = torch.from_numpy(features[:20])[None]
        np.testing.assert_allclose(heard[6], loudness(mel)[0, 0].numpy(), atol=1e-6)
        assert np.array_equal(heard[7:], features[20:])
        assert np.array_equal(elsewhere[6:], heard[6:])
        assert np.abs(elsewhere[:6] - heard[:6]).max() > 1e-3
        assert np.array_equal(plain.crop(index, 3, 5), heard[:, 3:8])
    again = readings(frames, source=source, throats=2)
    assert [one.file for one in again[:2]] == [plain.file, other.file]
    assert not np.array_equal(again[2].utterance(0), other.utterance(0))
    with pytest.raises(DataError, match="of utterance 0"):
        plain.crop(0, 0, int(frames.counts[0]) + 1)


def test_items_get_any_reading_and_whole_utterances_the_first(
    data: Path, tmp_path: Path, source: ContentSource
) -> None:
    bank = AudioBank(data / "speech", 8000)
    options = {"crop_samples": 800, "cache_dir": tmp_path}
    dataset = ConditionedDataset(
        bank, SETTINGS, derive=lambda frames: readings(frames, source=source, throats=1), **options
    )
    plain = ConditionedDataset(
        bank, SETTINGS, derive=lambda frames: readings(frames, source=source, throats=0), **options
    )
    first = readings(FrameBank(bank, SETTINGS, tmp_path), source=source, throats=0)[0]
    assert torch.equal(dataset.utterance(2)["local"], torch.from_numpy(first.utterance(2)))
    as_they_are = 0
    for index in range(30):
        item = dataset[index]
        assert item["local"].shape == (9, 10) and item["wave"].shape == (800,)
        assert torch.equal(item["local"], dataset[index]["local"])
        windows = [
            first.crop(u, start, 10)
            for u in range(len(bank))
            for start in range(len(first.utterance(u)[0]) - 9)
        ]
        as_they_are += any(np.array_equal(item["local"].numpy(), window) for window in windows)
    assert 5 < as_they_are < 25
    assert torch.equal(plain[3]["local"], plain[3]["local"])


def test_a_run_leaves_a_whole_model_with_the_recogniser_as_it_was(
    data: Path, words: list[str], source: ContentSource, tmp_path: Path
) -> None:
    folder = run([*words, f"output={tmp_path / 'run'}"])
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    loaded = load_model(moved)
    assert loaded.config.name == "wavenet" and loaded.config.arguments["local_features"] == 22
    trained = loaded.model
    for name, weight in source.recogniser.state_dict().items():
        assert torch.equal(trained.recogniser.state_dict()[name], weight), name
    assert trained.conditioning.local_features == 9


def test_a_wavenet_of_other_conditions_begins_it(
    data: Path, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but what takes the conditions in; a run of phones begins with that as well."""
    mel = [w for w in words if not w.startswith(("data.content", "data.throats", "experiment"))]
    mel = [w for w in mel if not w.startswith("data.speaker_vectors")]
    still = ["objective.optimizer.learning_rate=1e-12", "trainer.ema_decay=0"]
    first = run(["experiment=wavenet_mel_pitch", *mel, f"output={tmp_path / 'mel'}"])
    second = run([*words, *still, f"init_from={first}", f"output={tmp_path / 'second'}"])
    said = "but for conditioning.convs.0.weight, conditioning.speaker_bias.weight"
    assert said in " ".join(capsys.readouterr().err.split())
    before, after = (load_model(folder).model.state_dict() for folder in (first, second))
    shared = [name for name in before if before[name].shape == after[name].shape]
    assert before.keys() - set(shared) == {"conditioning.convs.0.weight", "speaker_table"}
    for name in shared:
        torch.testing.assert_close(after[name], before[name], atol=1e-6, rtol=0)
    third = run([*words, *still, f"init_from={second}", f"output={tmp_path / 'third'}"])
    for name, weight in load_model(third).model.state_dict().items():
        torch.testing.assert_close(weight, after[name], atol=1e-6, rtol=0)


def test_what_does_not_go_together_is_one_line(
    data: Path, words: list[str], tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    output = f"output={tmp_path / 'bad'}"
    coarse = FEATURES.replace("hop_samples: 80", "hop_samples: 100")
    for bad, said in (
        ([*words, coarse], "the recogniser of .* takes frames of hop_samples 80, .* have 100"),
        ([*words, FEATURES.replace("true", "false")], "absolute_pitch: true"),
        ([*words, "data.features={kind: content}"], "must be of kind mel"),
        ([*words, "data.features=null"], "data.features of kind mel"),
        ([*words, "data.content_from=vocoder-small"], "is a harmonic_vocoder, neither"),
        ([*words, "data.throats=-1"], "data.throats: must be 0 to"),
        ([*words, "data.content_from=null", "+model.arguments.recogniser={blocks: 1}"],
         "comes with data.content_from"),
        ([*tiny["vocoder"], "data.content_from=converter-small"], "not a parallel_wavegan"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=said) as caught:
            run([*bad, output])
        assert "\n" not in str(caught.value)
