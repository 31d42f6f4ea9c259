"""What a file says of its sound goes with it: chunks of WAV and AIFF, blocks of FLAC."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.audio.metadata import read_metadata
from speechgen.enhancement.single import enhance_file
from speechgen.models.classical.identity import Identity

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 4001))
BEXT = bytes(range(256)) + bytes(90) + struct.pack("<H", 2) + bytes(64) + b"\1\0" * 5 + bytes(180)
WAV_CHUNKS = [
    (b"LIST", b"INFOINAM\x07\0\0\0Gr\xf6\xdfe!\0\0ISFT\x04\0\0\0LavfIXYZ\2\0\0\0a\0"),
    (b"bext", BEXT + b"A=PCM,F=16000\r\n"),
    (b"iXML", b"<BWFXML><SCENE>1</SCENE></BWFXML>"),
    (b"cue ", struct.pack("<I", 1) + struct.pack("<II4sIII", 1, 0, b"data", 0, 0, 123)),
    (b"LIST", b"adtl" + b"labl\x0b\0\0\0\1\0\0\0marker\0\0"),
    (b"smpl", struct.pack("<9I", 0, 0, 62500, 60, 0, 0, 0, 1, 0) + struct.pack("<6I", *range(6))),
    (b"odd1", b"of no known kind"),
    (b"levl", bytes(16)),
]  # fmt: skip
AIFF_CHUNKS = [
    (b"NAME", b"Gr\xf6\xdfe"), (b"ANNO", b"one"), (b"ANNO", b"two!"),
    (b"ID3 ", b"ID3\4\0\0\0\0\0\0"),
    (b"MARK", struct.pack(">H", 1) + struct.pack(">hI", 1, 99) + b"\4here\0"),
]  # fmt: skip
PICTURE = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + struct.pack(">I", 7) + b"picture"


def chunks_of(path: Path) -> list[tuple[bytes, bytes]]:
    """Names and contents, with every size checked."""
    data = path.read_bytes()
    order = ">" if data[:4] == b"FORM" else "<"
    position, found, sizes = 12, [], {}
    while position < len(data):
        name, length = struct.unpack(f"{order}4sI", data[position : position + 8])
        if name == b"ds64":
            sizes = {"RF64": position + 8, b"data": position + 16}
        elif length == 0xFFFFFFFF:
            length = struct.unpack_from("<Q", data, sizes[name])[0]
        found.append((name, data[position + 8 : position + 8 + length]))
        position += 8 + length + length % 2
    assert position == len(data)
    stated = struct.unpack(f"{order}I", data[4:8])[0]
    assert stated == (0xFFFFFFFF if sizes else len(data) - 8)
    if sizes:
        assert struct.unpack_from("<Q", data, sizes["RF64"])[0] == len(data) - 8
    return found


def with_chunks(path: Path, chunks: list[tuple[bytes, bytes]], before: bool, **options) -> Path:
    """A sound with chunks before or behind its samples."""
    soundfile.write(path, NOISE[: options.pop("channels", 1)].T, 16000, **options)
    order = ">" if path.read_bytes()[:4] == b"FORM" else "<"
    data = path.read_bytes()
    extra = b"".join(
        name + struct.pack(f"{order}I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in chunks
    )
    data += b"\0" * (len(data) % 2)
    place = len(data) if not before else 12 if order == ">" else data.index(b"data")
    data = data[:place] + extra + data[place:]
    path.write_bytes(data[:4] + struct.pack(f"{order}I", len(data) - 8) + data[8:])
    return path


def enhanced(source: Path, ending: str = "") -> Path:
    target = source.with_name(f"out_{source.stem}{ending or source.suffix}")
    enhance_file(Identity(), source, target)
    expected = soundfile.read(source, dtype="int32")[0]
    np.testing.assert_array_equal(soundfile.read(target, dtype="int32")[0], expected)
    return target


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW"])
def test_chunks_of_wav(tmp_path, before, channels, subtype) -> None:
    path = tmp_path / "a.wav"
    source = with_chunks(path, WAV_CHUNKS, before, channels=channels, subtype=subtype)
    kept = [chunk for chunk in chunks_of(enhanced(source)) if chunk[0] in dict(WAV_CHUNKS)]
    bext = BEXT[:412] + b"\xff\x7f" * 5 + BEXT[422:]  # its loudness is not that of the output
    expected = [(n, b.replace(BEXT, bext)) for n, b in WAV_CHUNKS[:-2]]
    assert kept == expected
    again = [chunk for chunk in chunks_of(enhanced(tmp_path / "out_a.wav")) if chunk in expected]
    assert again == expected


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW"])
def test_chunks_of_aiff(tmp_path, before, subtype) -> None:
    source = with_chunks(tmp_path / "a.aiff", AIFF_CHUNKS, before, subtype=subtype)
    kept = [chunk for chunk in chunks_of(enhanced(source)) if chunk[0] in dict(AIFF_CHUNKS)]
    assert kept == AIFF_CHUNKS


def test_chunks_of_rf64(tmp_path, monkeypatch) -> None:
    source = with_chunks(tmp_path / "a.wav", WAV_CHUNKS[:3], before=True)
    monkeypatch.setattr("speechgen.audio.writing.WAV_LIMIT_BYTES", 5000)
    target = enhanced(source)
    assert soundfile.info(target).format == "RF64"
    assert [name for name, _ in chunks_of(target)][-3:] == [b"LIST", b"bext", b"iXML"]
    assert soundfile.info(enhanced(target)).format == "RF64"
    assert chunks_of(tmp_path / "out_out_a.wav")[-3:] == chunks_of(target)[-3:]


@pytest.mark.parametrize("mask", [0x0, 0x7, 0x103])
def test_channels_keep_their_places(tmp_path, mask) -> None:
    soundfile.write(tmp_path / "a.wav", NOISE.T, 16000, format="WAVEX", subtype="PCM_16")
    data = bytearray((tmp_path / "a.wav").read_bytes())
    place = data.index(b"fmt ") + 8 + 20
    data[place : place + 4] = struct.pack("<I", mask)
    (tmp_path / "a.wav").write_bytes(data)
    assert enhanced(tmp_path / "a.wav").read_bytes() == bytes(data)


def test_texts_that_are_not_utf8_are_read(tmp_path) -> None:
    source = with_chunks(tmp_path / "a.wav", WAV_CHUNKS[:1], before=True)
    assert audio.info(source).tags["title"] == "Größe!"
    assert audio.info(enhanced(source, ".flac")).tags["title"] == "Größe!"


def test_ordinary_files_come_out_as_they_did(tmp_path) -> None:
    for ending in (".wav", ".aiff", ".flac"):
        soundfile.write(tmp_path / f"a{ending}", NOISE[:2].T, 16000, subtype="PCM_16")
        assert read_metadata(tmp_path / f"a{ending}") is None
    with soundfile.SoundFile(tmp_path / "b.flac", "w", 16000, 1, "PCM_16") as sound:
        sound.title = "Größe"
        sound.write(NOISE[0])
    assert read_metadata(tmp_path / "b.flac") is None  # libsndfile carries this itself
    assert audio.info(enhanced(tmp_path / "b.flac")).tags == {"title": "Größe"}


def flac_blocks(path: Path) -> list[tuple[int, bytes]]:
    data, position, found, last = path.read_bytes(), 4, [], False
    while not last:
        last, kind = data[position] >= 0x80, data[position] & 0x7F
        length = int.from_bytes(data[position + 1 : position + 4], "big")
        found.append((kind, data[position + 4 : position + 4 + length]))
        position += 4 + length
    return found


def test_blocks_of_flac(tmp_path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, NOISE[:2].T, 16000, subtype="PCM_24")
    (kind, stream), data = flac_blocks(path)[0], path.read_bytes()
    frames = data[4 + sum(4 + len(body) for _, body in flac_blocks(path)) :]
    texts = [b"TITLE=Gr\xc3\xb6\xc3\x9fe", b"PERFORMER=one", b"PERFORMER=two", b"bad"]
    measured = [b"replaygain_track_gain=-3 dB"]

    def comments(items: list[bytes]) -> bytes:
        sized = [struct.pack("<I", len(item)) + item for item in (b"maker", *items)]
        return sized[0] + struct.pack("<I", len(items)) + b"".join(sized[1:])

    blocks = [
        (kind, stream), (1, bytes(100)), (4, comments(texts + measured)), (3, bytes(18)),
        (6, PICTURE), (2, b"riffxyz"),
    ]  # fmt: skip
    heads = [bytes([k | (0x80 if i == 5 else 0)]) for i, (k, _) in enumerate(blocks)]
    packed = [h + len(b).to_bytes(3, "big") + b for h, (_, b) in zip(heads, blocks, strict=True)]
    path.write_bytes(b"fLaC" + b"".join(packed) + frames)
    found = flac_blocks(enhanced(path))
    assert found[1:] == [(4, comments(texts[:3])), *blocks[4:]]
    assert found[0] == blocks[0]  # with the checksum of the samples
    assert audio.info(tmp_path / "out_a.flac").tags["title"] == "Größe"


@pytest.mark.parametrize("ending", [".wav", ".aiff", ".flac"])
def test_damaged_metadata_does_no_harm(tmp_path, ending) -> None:
    """Each byte of the head of a file in turn says something else; what is read is all right."""
    rng = np.random.default_rng(0)
    path = tmp_path / f"a{ending}"
    if ending == ".flac":
        soundfile.write(path, NOISE[0], 16000)
    else:
        with_chunks(path, WAV_CHUNKS if ending == ".wav" else AIFF_CHUNKS, before=True)
    data = path.read_bytes()
    for place in rng.integers(4, 1500, 200):
        broken = bytearray(data)
        broken[place] = rng.choice([0, 1, 0x7F, 0xFF])
        path.write_bytes(broken[: rng.integers(12, len(data))])
        found = read_metadata(path)
        assert found is None or found.num_bytes < 2 * len(data)
