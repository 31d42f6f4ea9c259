"""Codings that cannot be sought, or not exactly, are read forwards and from any place."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from speechgen import audio

KINDS = [
    ("WAV", "GSM610"), ("WAV", "G721_32"), ("WAV", "NMS_ADPCM_16"), ("WAV", "NMS_ADPCM_32"),
    ("WAV", "IMA_ADPCM"), ("WAV", "MS_ADPCM"), ("W64", "GSM610"), ("AIFF", "GSM610"),
    ("AIFF", "IMA_ADPCM"), ("AIFF", "DWVW_16"), ("AIFF", "DWVW_24"), ("AU", "G721_32"),
    ("AU", "G723_24"), ("AU", "G723_40"), ("XI", "DPCM_16"), ("CAF", "ALAC_16"), ("CAF", "ALAC_24"),
]  # fmt: skip


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_blocks_parts_and_the_whole_are_the_same(tmp_path, container, subtype):
    path = tmp_path / "a.sound"
    wave = np.cumsum(np.random.default_rng(0).normal(0, 0.01, 20_000)) % 0.5
    rate = 44100 if container == "XI" else 8000
    soundfile.write(path, wave, rate, format=container, subtype=subtype)
    whole, _ = audio.read(path)
    assert whole.shape == (1, audio.info(path).num_samples)
    assert len(wave) <= whole.shape[1] < len(wave) + 1100  # the last block of some is filled up
    if subtype != "DWVW_24":
        assert np.corrcoef(whole[0, :20_000], wave)[0, 1] > 0.8
    with audio.AudioReader(path) as reader:
        for _ in range(2):
            np.testing.assert_array_equal(np.concatenate(list(reader.blocks(3333)), 1), whole)
        for start in (15_000, 2, 7_000, 7_100):
            reader.seek(start)
            np.testing.assert_array_equal(reader.take(99), whole[:, start : start + 99])
    part, _ = audio.read(path, start=12_345, num_samples=1000)
    np.testing.assert_array_equal(part, whole[:, 12_345:13_345])
