"""A text model: padding changes nothing, and every control is heard."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.models.text.frames import path_of, places, symbol_means
from speechgen.models.text.monotonic import best_path, durations_of
from speechgen.models.text.text_model import TextModel
from speechgen.text import symbol_ids

SMALL: dict[str, Any] = {
    "local_features": 12, "content_features": 6, "speaker_features": 5, "channels": 16,
    "hidden_channels": 24, "encoder_blocks": 2, "decoder_blocks": 2, "recurrent_channels": 12,
    "aligner_channels": 8,
}  # fmt: skip
SAID = ("_", "h", "ə", "l", "oʊ", " ", "w", "ɚ", "l", "d", ".", "_")


@pytest.fixture
def network() -> TextModel:
    torch.manual_seed(1)
    return TextModel(**SMALL).eval()


def said() -> tuple[Tensor, Tensor]:
    symbols = torch.tensor(symbol_ids(SAID))[None]
    return symbols, (symbols == symbol_ids(["oʊ"])[0]).long()


def test_what_follows_an_utterance_in_its_batch_changes_nothing(network: TextModel) -> None:
    symbols, stress = said()
    content, mel = torch.randn(1, 6, 30).tanh(), torch.randn(1, 10, 30)
    speaker = network.voice(torch.randn(1, 5))

    def made(padding: int) -> tuple[Tensor, ...]:
        def padded(x: Tensor) -> Tensor:
            return torch.nn.functional.pad(x, (0, padding))

        count, frames = torch.tensor([symbols.shape[1]]), torch.tensor([30])
        embedded = network.encoder.embedded(padded(symbols), padded(stress), count)
        scores, _ = network.align(embedded, count, padded(content), padded(mel))
        path = best_path(scores, frames, count, network.skippable[padded(symbols)])
        durations = durations_of(path, frames, symbols.shape[1] + padding)
        melody = torch.zeros(1, 2, durations.shape[1])
        encoded = network.encoder(embedded, count, speaker)
        out = network.decoder(encoded, speaker, durations, path, frames, melody)
        return path[:, :30], *(one[:, :, :30] for one in out)

    for alone, beside in zip(made(0), made(5), strict=True):
        torch.testing.assert_close(alone, beside, atol=1e-5, rtol=1e-4)


def test_a_track_has_as_many_frames_as_its_symbols(network: TextModel) -> None:
    symbols, stress = said()
    track = network.generate(symbols, stress, torch.randn(1, 5))
    frames = int(track.durations.sum())
    assert track.durations.shape == (len(SAID),)
    needed = ~network.skippable[symbols[0]]
    assert (track.durations[needed] >= 1).all()
    assert track.content.shape == (1, 6, frames) and track.content.abs().max() <= 1
    for row in (track.log_f0, track.voicing, track.loudness):
        assert row.shape == (1, 1, frames)
    assert (track.voicing >= 0).all() and (track.voicing <= 1).all()


def test_rate_and_given_durations_count(network: TextModel) -> None:
    symbols, stress = said()
    speaker = torch.randn(1, 5)
    with torch.no_grad():
        network.prosody.out.bias[1] = 3.0  # long symbols, so that rounding matters little
    lengths = [
        int(
            network.generate(
                symbols, stress, speaker, rate=torch.full(symbols.shape, rate), temperature=0
            ).durations.sum()
        )
        for rate in (0.5, 1.0, 2.0)
    ]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.05)
    assert lengths[2] == pytest.approx(0.5 * lengths[1], rel=0.05)
    frames = torch.full(symbols.shape, -1)
    frames[0, 5], frames[0, 7] = 40, 17
    track = network.generate(symbols, stress, speaker, frames=frames)
    assert abs(int(track.durations[5]) - 40) <= 1 and abs(int(track.durations[7]) - 17) <= 1


def test_symbols_stress_speaker_and_draws_are_heard(network: TextModel) -> None:
    symbols, stress = said()
    frames = torch.full(symbols.shape, 3)
    speaker = torch.randn(1, 5)

    def content(*, draw: int = 0, **changes: Any) -> Tensor:
        given = {"symbols": symbols, "stress": stress, "speaker": speaker} | changes
        generator = torch.Generator().manual_seed(draw)
        track = network.generate(**given, frames=frames, generator=generator)
        return torch.cat([track.content, track.log_f0, track.loudness], dim=1)

    first = content()
    assert torch.equal(first, content())
    for other in (
        content(symbols=symbols.flip(1)),
        content(stress=1 - stress),
        content(speaker=-speaker),
        content(draw=1),
    ):
        assert (first - other).abs().max() > 1e-4
    longer = torch.cat([3 * speaker, torch.randn(1, 4)], dim=1)
    torch.testing.assert_close(first, content(speaker=longer), atol=1e-5, rtol=1e-4)


def test_what_does_not_fit_is_refused(network: TextModel) -> None:
    symbols, stress = said()
    with pytest.raises(ModelError, match="one row"):
        network.generate(symbols, stress[:, 1:], torch.randn(1, 5))
    with pytest.raises(ModelError, match="speaker vector of 5"):
        network.generate(symbols, stress, torch.randn(1, 4))
    with pytest.raises(ConfigError, match="local_features 3"):
        TextModel(local_features=2)


def test_frames_know_their_symbol_and_their_place() -> None:
    durations = torch.tensor([[2, 0, 3], [1, 1, 0]])
    path = path_of(durations)
    assert path.tolist() == [[0, 0, 2, 2, 2], [0, 1, 2, 2, 2]]
    place = places(durations, path)
    torch.testing.assert_close(place[0, 0], torch.tensor([0.25, 0.75, 1 / 6, 0.5, 5 / 6]))
    assert torch.allclose(place[:, 0] + place[:, 1], torch.ones(2, 5))
    values = torch.tensor([[[1.0, 3.0, 5.0, 7.0, 9.0]]])
    weight = torch.tensor([[[1.0, 0.0, 1.0, 1.0, 2.0]]])
    means = symbol_means(values, path[:1], weight, 3)
    torch.testing.assert_close(means, torch.tensor([[[1.0, 0.0, 7.5]]]))
