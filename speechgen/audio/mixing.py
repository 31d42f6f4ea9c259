"""From several channels to one."""

from __future__ import annotations

import numpy as np

from speechgen.errors import AudioError

_CANCELLED = 1e-3  # 30 dB: channels without a relation lose 3 dB for each doubling of their number


def mix_down(waves: np.ndarray, name: str = "the wave") -> np.ndarray:
    """The mean of the channels of (channel, time): (time,).

    Raises
    ------
    AudioError
        The channels cancel each other: the mean is 30 dB or more below them. Where one side of a
        stereo recording is inverted, silence or the room would be taken for what was said.
    """
    mixed = waves.mean(axis=0)
    if len(waves) > 1 and waves.shape[1]:
        before, after = waves.var(axis=1).mean(), mixed.var()
        if after < _CANCELLED * before:
            raise AudioError(
                f"{name}: its {len(waves)} channels cancel each other when they are mixed to one;"
                " is one of them inverted? Give one channel alone"
            )
    return mixed
