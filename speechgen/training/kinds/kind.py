"""What belongs to one kind of objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from speechgen.training.objective import Objective


@dataclass(frozen=True)
class Kind:
    """What belongs to one objective: its settings, its builder, its data, the task it serves."""

    settings: type
    build: Callable[..., Objective]
    data: tuple[str, ...]
    task: str
