"""The recogniser streams, looks ahead no further than it says, and does not hear levels."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.models.recogniser.decoding import greedy_classes
from speechgen.models.recogniser.phone_recogniser import PhoneRecogniser

SMALL = {
    "channels": 16, "hidden_channels": 24, "blocks": 2, "recurrent_channels": 12,
    "content_features": 6, "phones": ["a", "b", "c"],
}  # fmt: skip


def recogniser(**changes: object) -> PhoneRecogniser:
    built: PhoneRecogniser = registry.build("phone_recogniser", SMALL | changes)
    return built.eval()


def mel(batch: int = 2, frames: int = 40) -> Tensor:
    return torch.rand(batch, 80, frames) - 0.5


def test_the_default_has_three_to_five_million_weights() -> None:
    network = registry.build("phone_recogniser")
    assert 3e6 < sum(p.numel() for p in network.parameters()) < 5e6
    logits, content = network.eval()(mel(1, 9))
    assert logits.shape == (1, 1 + len(network.phones), 9)
    assert content.shape == (1, 64, 9)
    assert content.abs().max() <= 1


@pytest.mark.parametrize("cuts", [(1,) * 40, (7, 1, 32), (40,)])
@pytest.mark.parametrize("look_ahead", [0, 8])
def test_a_stream_gives_what_the_whole_gives(cuts: tuple[int, ...], look_ahead: int) -> None:
    network, frames = recogniser(look_ahead=look_ahead), mel()
    end = frames[:, :, -1:].expand(-1, -1, look_ahead)
    state, found = network.initial_state(2), []
    for chunk in (*frames.split(cuts, dim=2), *([end] if look_ahead else [])):
        logits, content, state = network.stream(chunk, state)
        found.append(torch.cat([logits, content], dim=1))
    whole = torch.cat(network(frames), dim=1)
    torch.testing.assert_close(torch.cat(found, dim=2)[:, :, look_ahead:], whole)


def test_it_looks_ahead_exactly_as_far_as_it_says() -> None:
    network, frames = recogniser(look_ahead=5), mel(1).requires_grad_()
    network(frames)[0][:, :, 10].sum().backward()
    assert frames.grad is not None
    seen = frames.grad.abs().sum(dim=1)[0] > 0
    assert seen[: 10 + 5 + 1].all()
    assert not seen[10 + 5 + 1 :].any()


def test_the_level_changes_nothing() -> None:
    network, frames = recogniser(), mel()
    for quiet, loud in zip(network(frames), network(frames + 0.7), strict=True):
        torch.testing.assert_close(quiet, loud)


def test_what_follows_an_utterance_in_a_batch_changes_nothing() -> None:
    network, frames = recogniser(), mel(2, 30)
    logits, content = network(frames, torch.tensor([30, 17]))
    for row, count in enumerate((30, 17)):
        alone = network(frames[row : row + 1, :, :count])
        torch.testing.assert_close(logits[row : row + 1, :, :count], alone[0])
        torch.testing.assert_close(content[row : row + 1, :, :count], alone[1])


def test_repeats_and_blanks_are_left_out() -> None:
    path = torch.tensor([[1, 1, 0, 1, 2, 2, 0, 3], [0, 0, 2, 2, 0, 1, 3, 3]])
    logits = torch.nn.functional.one_hot(path, 4).float().transpose(1, 2)
    assert greedy_classes(logits, torch.tensor([8, 6])) == [[1, 1, 2, 3], [2, 1]]


@pytest.mark.parametrize(
    "wrong",
    [{"phones": []}, {"phones": ["a", "a"]}, {"blocks": 0}, {"look_ahead": -1}, {"dropout": 1.0}],
)
def test_what_makes_no_recogniser_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        recogniser(**wrong)
