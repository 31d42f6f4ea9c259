"""The schedule of discriminator and generator steps, counted."""

from __future__ import annotations

from collections import Counter

import pytest

from speechgen.adversarial import GANSchedule, Step
from speechgen.errors import ConfigError


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_k_discriminator_steps_before_each_generator_step(steps: int) -> None:
    schedule = GANSchedule(discriminator_steps=steps, warm_up_steps=3)
    order = [one for step in range(10) for one in schedule.steps(step)]
    count = Counter(order)
    assert count[Step.GENERATOR] == 10
    assert count[Step.DISCRIMINATOR] == 7 * steps
    assert order[:3] == [Step.GENERATOR] * 3
    assert order[3 : 4 + steps] == [Step.DISCRIMINATOR] * steps + [Step.GENERATOR]


def test_warm_up_has_no_discriminator() -> None:
    schedule = GANSchedule(warm_up_steps=2)
    assert [schedule.adversarial(step) for step in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("wrong", [{"discriminator_steps": 0}, {"warm_up_steps": -1}])
def test_impossible_schedules_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="at least"):
        GANSchedule(**wrong)
