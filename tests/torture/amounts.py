"""How much torture: a short form in every run of the tests, a long one under the marker."""

from __future__ import annotations

import os

import pytest


def short_and_long(name: str, short: float, long: float) -> pytest.MarkDecorator:
    """Parametrise ``name`` with both forms; ``TORTURE_NAME`` in the environment sets the long."""
    wanted = float(os.environ.get(f"TORTURE_{name.upper()}", long))
    values = [int(value) if value == int(value) else value for value in (short, wanted)]
    return pytest.mark.parametrize(
        name,
        [
            pytest.param(values[0], id="short"),
            pytest.param(values[1], id="long", marks=pytest.mark.torture),
        ],
    )
