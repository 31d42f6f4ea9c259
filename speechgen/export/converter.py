"""The voice converter as graphs: the whole of it, its recogniser alone, and what speaks texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.export import recogniser
from speechgen.export.chunked import ports, through
from speechgen.export.forms import Example, Form, Opened, in_pieces, made_up
from speechgen.export.graph import Graph, Port
from speechgen.features.phonetic_rows import loudness
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.converter.beside_content import PITCH_FEATURES, pitch_features
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.wavenet.conditions import Conditions

VOICES = "voices.npz"
_FRAMES = 12


class _Speaking(nn.Module):
    """Content, pitch, loudness and a speaker to the mel: the part after the recogniser."""

    def __init__(self, model: VoiceConverter) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, content: Tensor, pitch: Tensor, loud: Tensor, speaker: Tensor, *pasts: Tensor
    ) -> tuple[Tensor, ...]:
        beside = [pitch_features(pitch.T[None]), loud.T[None]]
        return self.made(torch.cat([content.T[None], *beside], dim=1), speaker, pasts)

    def made(self, x: Tensor, speaker: Tensor, pasts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """(1, row, frame) to (frame, mel), and the states after."""
        model = self.model
        layers = [model.enter, *model.blocks]
        x, after = through(layers, x, pasts, model.voice(speaker[None]))
        return model.leave(model.norm(x.transpose(1, 2)))[0], *after


class _Converter(nn.Module):
    """:meth:`VoiceConverter.stream` of one signal."""

    def __init__(self, model: VoiceConverter) -> None:
        super().__init__()
        self.model = model
        self.recogniser = recogniser.Recogniser(model.recogniser)
        self.speaking = _Speaking(model)
        self.heard = len(recogniser.states(model.recogniser))

    def forward(
        self, frames: Tensor, speaker: Tensor, waiting: Tensor, *states: Tensor
    ) -> tuple[Tensor, ...]:
        model = self.model
        mel = frames[:, : model.num_mels]
        _, content, *heard = self.recogniser(mel, *states[: self.heard])
        pitch = pitch_features(frames[:, model.num_mels :].T[None])
        beside = torch.cat([waiting, torch.cat([pitch, loudness(mel.T[None])], dim=1)], dim=2)
        late = model.recogniser.look_ahead
        x = torch.cat([content.T[None], beside[:, :, : beside.shape[2] - late]], dim=1)
        made, *after = self.speaking.made(x, speaker, states[self.heard :])
        return made, beside[:, :, beside.shape[2] - late :], *heard, *after


def graphs(model: VoiceConverter) -> list[Graph]:
    """From frames to frames; from mel to content; from content to frames."""
    layers = [model.enter, *model.blocks]
    heard = model.recogniser
    speaker = Port("speaker", (model.speaker_features,), "a speaker vector, whatever its length")
    mel = (Port("mel", ("frames", model.num_mels), "log-mel frames in that voice"),)
    pitch = Port("pitch", ("frames", NUM_ROWS), "log-F0 and voicing, as the features say")
    content = Port("content", ("frames", heard.content_features), "what is said, in [-1, 1]")
    loud = Port("loudness", ("frames", 1), "mean power, on the scale of the mel")
    late = "What comes out is {} frames late: of a whole, repeat the last frame as often at the "
    late += "end, and leave out the first so many."
    waiting = Port("waiting", (1, PITCH_FEATURES + 1, heard.look_ahead), "what content waits for")
    return [
        Graph(
            "model",
            _Converter(model),
            inputs=(
                Port("frames", ("frames", model.local_features), "mel, log-F0 and voicing"),
                speaker,
            ),
            outputs=mel,
            states=(waiting, *recogniser.states(heard), *ports("spoken", layers)),
            sizes={"frames": _FRAMES},
            run="Frames of a recording to frames in another voice. "
            + late.format(model.delay_frames),
        ),
        recogniser.graph(heard, "recogniser"),
        Graph(
            "speaking",
            _Speaking(model),
            inputs=(content, pitch, loud, speaker),
            outputs=mel,
            states=tuple(ports("spoken", layers)),
            sizes={"frames": _FRAMES},
            run="What a text model says, or the recogniser heard, to frames in a voice. "
            + late.format(model.look_ahead),
        ),
    ]


def facts(model: VoiceConverter) -> dict[str, Any]:
    """Frames, delays, phones and the voices that it knows by name."""
    return {
        **recogniser.facts(model.recogniser),
        "delay_frames": model.delay_frames,
        "recogniser_delay_frames": model.recogniser.look_ahead,
        "speaking_delay_frames": model.look_ahead,
        "voices": f"{VOICES}: names, vectors (voice, feature) and f0_hz of those known by name",
    }


def tables(model: VoiceConverter) -> dict[str, dict[str, np.ndarray]]:
    """The voices that it knows by name."""
    return {
        VOICES: {
            "names": np.array(model.speakers, dtype=np.str_),
            "vectors": model.speaker_table.numpy(),
            "f0_hz": np.array(model.speaker_f0_hz or [0.0] * len(model.speakers), np.float32),
        }
    }


def example(model: VoiceConverter) -> Example:
    """Frames of a voice."""
    return made_up(model.sample_rate, model.num_mels, model.hop_samples)


def forms(model: VoiceConverter, example: Example) -> dict[str, Form]:
    """A whole recording, some frames at a time, and both halves."""
    frames, count = example.frames[None], recogniser.PIECE
    speaker = torch.randn(1, model.speaker_features, generator=torch.Generator().manual_seed(0))
    pitch, loud = frames[0, model.num_mels :], loudness(frames[:, : model.num_mels])

    def converted() -> np.ndarray:
        return model(Conditions(frames, speaker))[0].T.numpy()

    def spoken() -> np.ndarray:
        _, content = model.recogniser(frames[:, : model.num_mels])
        return model.spoken(content, pitch[None], loud, speaker)[0].T.numpy()

    def exported(opened: Opened, count: int | None) -> np.ndarray:
        late = model.delay_frames
        padded = np.pad(frames[0].T.numpy(), ((0, late), (0, 0)), mode="edge")
        pieces = in_pieces(opened("model"), padded, "frames", count, speaker=speaker[0].numpy())
        return np.concatenate([piece["mel"] for piece in pieces])[late:]

    def in_halves(opened: Opened) -> np.ndarray:
        late, later = model.recogniser.look_ahead, model.look_ahead
        mel = np.pad(frames[0, : model.num_mels].T.numpy(), ((0, late), (0, 0)), mode="edge")
        [heard] = in_pieces(opened("recogniser"), mel, "mel", None)
        rows = {
            "content": heard["content"][late:],
            "pitch": pitch.T.numpy(),
            "loudness": loud[0].T.numpy(),
        }
        told = {name: np.pad(one, ((0, later), (0, 0)), mode="edge") for name, one in rows.items()}
        session = opened("speaking")
        session.reset()
        return session.run(**told, speaker=speaker[0].numpy())["mel"][later:]

    return {
        "whole recording": Form(converted, lambda opened: exported(opened, None)),
        f"{count} frames at a time": Form(converted, lambda opened: exported(opened, count)),
        "recogniser, then speaking": Form(spoken, in_halves),
    }
