"""The identity of a voice changes with what it is made of, and with nothing else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from speechgen.data import SpeakerVectors
from speechgen.errors import DataError, ModelError
from speechgen.synthesis.voice_file import save_voice
from speechgen.synthesis.voice_identity import identity_of

NETWORK = SimpleNamespace(speakers=["anna", "ben"])


def digest(voice: object, strength: float = 1.0, encoder: str = "e") -> str:
    return identity_of(voice, NETWORK, strength, lambda: encoder).digest  # type: ignore[arg-type]


def test_a_recording_is_its_content_and_how_it_is_heard(tmp_path: Path) -> None:
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    one.write_bytes(b"anna")
    two.write_bytes(b"anna")
    before = digest(str(one))
    assert digest(one) == digest(two) == before
    assert len({before, digest(one, strength=0.5), digest(one, encoder="other")}) == 3
    one.write_bytes(b"carl")
    assert digest(one) != before


def test_a_folder_of_recordings_is_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"anna")
    before = digest(tmp_path)
    (tmp_path / "two.wav").write_bytes(b"anna again")
    assert digest(tmp_path) != before


def test_a_voice_file_is_its_content_and_no_encoder_hears_it(tmp_path: Path) -> None:
    path, digests = tmp_path / "v.safetensors", []
    for row in np.eye(2, dtype=np.float32):
        save_voice(path, SpeakerVectors(("a",), ("a",), row[None]), overwrite=True)
        digests.append(digest(path))
        assert digest(path, encoder="other") == digests[-1] != digest(path, strength=0.5)
    assert digests[0] != digests[1]


def test_names_mixtures_and_vectors() -> None:
    several = ["anna", "ben", "anna,ben", "anna:3,ben", np.ones(3), 2 * np.ones(3)]
    assert len({digest(voice) for voice in several}) == len(several)
    assert digest("anna", strength=0.5, encoder="other") == digest("anna")
    assert identity_of("anna,ben", NETWORK, 1.0, str).by_name
    assert not identity_of(np.ones(3), NETWORK, 1.0, str).by_name


def test_nobody_has_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unknown voice 'carl'"):
        digest("carl")
    with pytest.raises(ModelError, match="no such file"):
        digest("carl.wav")
    with pytest.raises(DataError, match="cannot be read"):
        digest(str(tmp_path / "v.npy"))
