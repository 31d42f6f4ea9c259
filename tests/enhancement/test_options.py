from __future__ import annotations

import pytest

from speechgen.enhancement import EnhanceOptions
from speechgen.errors import ConfigError


def test_the_limit_bounds_the_wet_share_and_does_not_add_to_it() -> None:
    assert EnhanceOptions(0.3, 20.0).share == 0.3
    assert EnhanceOptions(1.0, 20.0).share == pytest.approx(0.9)
    assert EnhanceOptions(1.0, float("inf")).share == EnhanceOptions(1.0).share == 1.0
    assert EnhanceOptions(1.0, 0.0).share == 0.0
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ConfigError, match="attenuation"):
            EnhanceOptions(1.0, wrong)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(ConfigError, match="wet is .* between 0 and 1"):
        EnhanceOptions(wrong)
