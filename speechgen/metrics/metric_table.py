"""Unit and direction of every metric, by its name in results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A metric's unit, direction, and one line of description.

    The mean over files of a rate is weighted by the count ``weighted_by``, which stands beside it
    in the scores of a file: it is the rate over all words, say.
    """

    unit: str
    higher_is_better: bool
    meaning: str
    weighted_by: str = ""


METRICS: dict[str, Metric] = {
    "PESQ": Metric("MOS-LQO", True, "perceptual quality, wide band, ITU-T P.862.2"),
    "STOI": Metric("", True, "short-time objective intelligibility"),
    "SI-SDR": Metric("dB", True, "scale-invariant signal-to-distortion ratio"),
    "SSNR": Metric("dB", True, "segmental signal-to-noise ratio, frames clamped to [-10, 35]"),
    "CSIG": Metric("1..5", True, "predicted rating of signal distortion"),
    "CBAK": Metric("1..5", True, "predicted rating of background intrusiveness"),
    "COVL": Metric("1..5", True, "predicted rating of overall quality"),
    "LLR": Metric("nats", False, "log-likelihood ratio of linear prediction"),
    "WSS": Metric("dB^2", False, "weighted spectral slope distance"),
    "MCD": Metric("dB", False, "mel-cepstral distortion, c1..c24, active frames"),
    "SPTK MCD": Metric("dB", False, "mel-cepstral distortion of SPTK's mel-cepstra"),
    "F0 RMSE": Metric("cents", False, "F0 error over frames voiced in both"),
    "median F0 RMSE": Metric("cents", False, "the same of the file in the middle"),
    "F0 correlation": Metric("", True, "of log F0 over frames voiced in both"),
    "voicing error": Metric("", False, "share of frames voiced in one only"),
    "speaker similarity": Metric("cosine", True, "of speaker vectors, with the wanted voice"),
    "SIG": Metric("1..5", True, "rating of the speech signal predicted by DNSMOS P.835"),
    "BAK": Metric("1..5", True, "rating of the background predicted by DNSMOS P.835"),
    "OVRL": Metric("1..5", True, "overall rating predicted by DNSMOS P.835"),
    "P.808": Metric("MOS", True, "rating predicted by DNSMOS"),
    "WER": Metric("", False, "word error rate of PocketSphinx, over all words", "words"),
    "Resemblyzer similarity": Metric("cosine", True, "of another encoder's speaker vectors"),
    "rate": Metric("bit/s", False, "KL of the posterior from the prior, a second of sound"),
    "LSD": Metric("dB", False, "log-spectral distance, 32 ms every 8 ms, down to -80 dB"),
    "spectral distance": Metric(
        "", False, "spectral convergence plus log magnitude (nats), at three resolutions"
    ),
    "bits per sample": Metric("bit", False, "held-out negative log2 likelihood"),
    "EER": Metric("", False, "equal error rate of speaker verification"),
    "minDCF": Metric("", False, "least detection cost of speaker verification, target prior 0.01"),
}
"""Name -> :class:`Metric`; JSON results and tables use these names."""

ENHANCEMENT_METRICS = ("PESQ", "STOI", "SI-SDR", "SSNR", "CSIG", "CBAK", "COVL")
ENHANCEMENT_LISTENING = ("SIG", "BAK", "OVRL", "P.808", "WER")
LATENT_METRICS = ("rate", "SI-SDR", "LSD", "spectral distance", "MCD")
LISTENING_METRICS = ("P.808", "WER", "Resemblyzer similarity")
SYNTHESIS_METRICS = (
    "MCD",
    "SPTK MCD",
    "F0 RMSE",
    "F0 correlation",
    "voicing error",
    "speaker similarity",
)
