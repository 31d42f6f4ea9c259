"""DNSMOS: the ratings that listeners would give, by Microsoft's models.

C. Reddy, V. Gopal and R. Cutler, "DNSMOS: a non-intrusive perceptual objective speech quality
metric to evaluate noise suppressors", ICASSP 2021 (P.808), and "DNSMOS P.835: a non-intrusive
perceptual objective speech quality metric to evaluate noise suppressors", ICASSP 2022, as the
package speechmos has them.
"""

from __future__ import annotations

import numpy as np

from speechgen.metrics.listening.packages import load_package

SAMPLE_RATE = 16000
_KEYS = {"SIG": "sig_mos", "BAK": "bak_mos", "OVRL": "ovrl_mos", "P.808": "p808_mos"}


def dnsmos_scores(wave: np.ndarray) -> dict[str, float]:
    """Predicted ratings by ITU-T P.835 and P.808, 1 to 5; higher is better.

    Means over windows of 9.01 s, one begun every second; a shorter wave is repeated.

    Parameters
    ----------
    wave
        (time,) at 16 kHz, float; what is beyond full scale is clipped.

    Returns
    -------
    dict
        "SIG" of the speech signal, "BAK" of the background and "OVRL" of the whole by P.835, and
        "P.808" of the quality in all.
    """
    load_package("speechmos")
    dnsmos = load_package("speechmos.dnsmos")
    scores = dnsmos.run(np.clip(wave, -1.0, 1.0).astype(np.float32), sr=SAMPLE_RATE)
    return {name: float(scores[key]) for name, key in _KEYS.items()}
