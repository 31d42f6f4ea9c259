"""What a text model makes of an utterance whose durations, pitch and loudness are the recording's.

::

    symbols, content, mel --> [aligner] --> path --> durations; means of pitch, loudness by symbol
    symbols, voice ---------> [encoder] --> at the frames of the path --> [decoder] --> frames

"Teacher-forced" as in R. J. Williams, D. Zipser, Neural Computation 1(2), 1989: what is to come
out stands in for what was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from speechgen.data.augment.mel_voice import with_gain
from speechgen.features.phonetic_rows import loudness
from speechgen.layers.convnext import mask_of
from speechgen.models.text.frames import symbol_means
from speechgen.models.text.monotonic import best_path, durations_of
from speechgen.models.text.text_model import TextModel

_UNVOICED = 0.02  # weight of unvoiced frames, whose log-F0 is between those of their neighbours


@dataclass(frozen=True)
class TeacherForced:
    """A batch of utterances, aligned and made again.

    Attributes
    ----------
    scores, evidence
        Of the aligner: (batch, frame, symbol), and (batch, frame).
    path, durations
        (batch, frame), the symbol of each frame, and (batch, symbol), frames of each.
    encoded
        (batch, channel, symbol).
    values
        (batch, 2, symbol): log-F0 and loudness of the recording, by symbol.
    content, rest
        What the decoder makes: (batch, feature, frame), and (batch, 3, frame): log-F0, loudness and
        the logit of voicing.
    loudness, voiced, mask
        (batch, 1, frame): of the recording; weights of its log-F0; 1 within the utterance.
    """

    scores: Tensor
    evidence: Tensor
    path: Tensor
    durations: Tensor
    encoded: Tensor
    values: Tensor
    content: Tensor
    rest: Tensor
    loudness: Tensor
    voiced: Tensor
    mask: Tensor


def teacher_forced(
    network: TextModel, batch: dict[str, Tensor], prior: Tensor | None = None
) -> TeacherForced:
    """Align a batch and make its frames again.

    Parameters
    ----------
    batch
        Of :meth:`speechgen.data.datasets.spoken_text.SpokenTextDataset.collate`.
    prior
        Added to the aligner's scores: (batch, frame, symbol).
    """
    symbols, frames = batch["num_symbols"], batch["num_frames"]
    skippable = network.skippable[batch["symbols"]]
    embedded = network.encoder.embedded(batch["symbols"], batch["stress"], symbols)
    scores, evidence = network.align(embedded, symbols, batch["content"], batch["mel"], prior)
    path = best_path(scores.detach(), frames, symbols, skippable)
    count = skippable.shape[1]
    durations = durations_of(path, frames, count)
    mask = mask_of(frames, path.shape[1])
    loud = loudness(with_gain(batch["mel"].float(), batch["gain_db"]))
    log_f0, voicing = batch["pitch"].float().split(1, dim=1)
    voiced = mask * (voicing + _UNVOICED)
    values = torch.cat(
        [symbol_means(log_f0, path, voiced, count), symbol_means(loud, path, mask, count)], dim=1
    )
    voice = network.voice(batch["speaker"])
    encoded = network.encoder(embedded, symbols, voice)
    content, rest = network.decoder(encoded, voice, durations, path, frames, values)
    return TeacherForced(
        scores, evidence, path, durations, encoded, values, content, rest, loud, voiced, mask
    )
