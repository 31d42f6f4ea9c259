"""Models are loaded from several threads at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
import torch
from torch import nn

from speechgen.errors import ModelError
from speechgen.store import load_model, save_model

from .conftest import small


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def all_at_once(*tasks: Callable[[], object]) -> list[BaseException]:
    """What goes wrong in tasks that run in threads of their own."""
    gate, wrong = Barrier(len(tasks)), []

    def run(task: Callable[[], object]) -> None:
        gate.wait()
        try:
            task()
        except BaseException as error:
            wrong.append(error)

    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.usefixtures("hasty")
def test_four_threads_load_and_a_fifth_builds_networks_of_its_own(tmp_path: Path) -> None:
    model, config = small("segan")
    save_model(tmp_path / "m", model, config)
    loaded: list[nn.Module] = []

    def load() -> None:
        loaded.extend(load_model(tmp_path / "m").model for _ in range(4))

    assert not all_at_once(*[load] * 4, lambda: [nn.Linear(2000, 500) for _ in range(150)])
    for one in loaded:
        assert all(map(torch.equal, one.state_dict().values(), model.state_dict().values()))
    assert len(loaded) == 16
    assert torch.empty(1).device.type == "cpu" and torch.utils._device.CURRENT_DEVICE is None


@pytest.mark.usefixtures("hasty")
def test_what_is_too_large_is_refused_in_its_own_thread_alone(tmp_path: Path) -> None:
    model, config = small("segan")
    save_model(tmp_path / "m", model, config)
    save_model(tmp_path / "large", model, config)
    text = (tmp_path / "large" / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "large" / "config.yaml").write_text(text.replace("- 8", "- 800"), encoding="utf-8")

    def refuse() -> None:
        for _ in range(4):
            with pytest.raises(ModelError, match="far larger model than its weights"):
                load_model(tmp_path / "large")

    def load() -> None:
        for _ in range(4):
            load_model(tmp_path / "m")

    assert not all_at_once(refuse, load, refuse, load)
