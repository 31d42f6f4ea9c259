"""The recogniser within a model directory, as what makes content of features."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import torch

from speechgen.data.augment.mel_voice import other_voice
from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.models.recogniser.within import check_frames
from speechgen.store.directory import load_model
from speechgen.store.shipped import locate
from speechgen.store.weights_hash import weights_hash


class ContentSource:
    """The recogniser of a converter, as what makes content of an utterance's features.

    Attributes
    ----------
    reference
        The model directory, or the name of a shipped model.
    recogniser
        In evaluation mode.
    arguments
        Of its constructor.
    key
        A hash of its weights.
    """

    def __init__(self, reference: str) -> None:
        loaded = load_model(locate(reference))
        if loaded.config.name not in ("voice_converter", "phone_recogniser"):
            raise ConfigError(
                f"{reference}: is a {loaded.config.name}, neither a voice_converter nor a "
                "phone_recogniser"
            )
        self.reference = reference
        self.recogniser: Any = getattr(loaded.model, "recogniser", loaded.model).eval()
        self.arguments: dict[str, Any] = loaded.config.arguments
        if self.recogniser is not loaded.model:
            self.arguments = self.arguments.get("recogniser") or {}
        self.key = weights_hash(self.recogniser)

    @torch.inference_mode()
    def __call__(self, features: np.ndarray, throat: int = 0) -> np.ndarray:
        """What is said in the features of an utterance.

        Parameters
        ----------
        features
            (feature, frame), with the mel first.
        throat
            0 for the utterance as it is; any other for it as if of another throat
            (:func:`speechgen.data.augment.mel_voice.other_voice`), drawn by this number and the
            features.

        Returns
        -------
        ndarray
            (content feature, frame).
        """
        mel = torch.from_numpy(features[: self.recogniser.local_features])[None]
        if throat:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(zlib.crc32(mel.numpy().tobytes(), throat))
                mel = other_voice(mel, self.recogniser.sample_rate)
        content: np.ndarray = self.recogniser(mel)[1][0].numpy()
        return content

    def check(self, settings: FeatureSettings) -> None:
        """Raise :class:`ConfigError` unless ``settings`` are of mels that the recogniser takes."""
        if settings.kind != "mel":
            raise ConfigError(f"features must be of kind mel, not {settings.kind}")
        check_frames(
            self.recogniser, f"the recogniser of {self.reference}",
            local_features=settings.num_mels, hop_samples=settings.hop_samples,
            sample_rate=settings.sample_rate,
        )  # fmt: skip
