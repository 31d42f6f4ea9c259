"""Words heard by PocketSphinx with its own American English models, a trigram language model's.

D. Huggins-Daines et al., "PocketSphinx: a free, real-time continuous speech recognition system for
hand-held devices", ICASSP 2006. It is small and mishears recordings, too: only the difference to
what it hears in the recordings says something of what was synthesised.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import numpy as np

from speechgen.metrics.listening.packages import load_package

SAMPLE_RATE = 16000


def recognise(wave: np.ndarray) -> str:
    """What is said in ``wave`` (time,) at 16 kHz; "" if nothing is heard.

    An utterance is heard by itself: the means of its cepstra are its own, whatever came before.
    """
    decoder = _decoder(os.getpid())
    pcm = np.clip(np.round(np.asarray(wave) * 32767), -32768, 32767).astype(np.int16)
    decoder.start_stream()  # forget the noise of what came before
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return "" if heard is None else str(heard.hypstr)


@lru_cache(maxsize=1)
def _decoder(process: int) -> Any:
    """The recogniser of a process; loading it takes a second."""
    pocketsphinx = load_package("pocketsphinx")
    return pocketsphinx.Decoder(samprate=SAMPLE_RATE, cmn="batch", loglevel="FATAL")
