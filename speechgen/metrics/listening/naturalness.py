"""DNSMOS P.808: the rating that listeners would give, by Microsoft's model.

C. Reddy, V. Gopal and R. Cutler, "DNSMOS: a non-intrusive perceptual objective speech quality
metric to evaluate noise suppressors", ICASSP 2021, as the package speechmos has it.
"""

from __future__ import annotations

import numpy as np

from speechgen.metrics.listening.packages import load_package

SAMPLE_RATE = 16000


def p808(wave: np.ndarray) -> float:
    """Predicted rating by ITU-T P.808, 1 to 5; higher is better.

    Parameters
    ----------
    wave
        (time,) at 16 kHz, float; what is beyond full scale is clipped.
    """
    load_package("speechmos")
    dnsmos = load_package("speechmos.dnsmos")
    scores = dnsmos.run(np.clip(wave, -1.0, 1.0).astype(np.float32), sr=SAMPLE_RATE)
    return float(scores["p808_mos"])
