"""Downloads from a server of our own: resumed, verified, contained."""

from __future__ import annotations

import hashlib
import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from speechgen.data.corpora import paired, vctk
from speechgen.data.corpora.download import Archive, download, fetch_archives, unpack
from speechgen.errors import DataError, OutputError


def zipped(members: dict[str, str], links: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            member = zipfile.ZipInfo(name)
            if name in links:
                member.external_attr = 0o120777 << 16
            archive.writestr(member, text)
    return buffer.getvalue()


GOOD = zipped({"c/wav/a.txt": "A" * 5000, "c/b.txt": "B"})


def test_fetch_verify_unpack_and_do_nothing_the_second_time(server, tmp_path) -> None:
    server.files["c.zip"] = GOOD
    md5 = hashlib.md5(GOOD, usedforsecurity=False).hexdigest()
    archive = Archive(server.url("c.zip?x=1"), folder="in", md5=md5)
    server.files["c.zip?x=1"] = GOOD
    assert archive.name == "c.zip"
    for _ in range(2):
        fetch_archives([archive], tmp_path)
    assert len(server.asked) == 1
    assert (tmp_path / "in/c/wav/a.txt").read_text() == "A" * 5000
    assert (tmp_path / ".downloaded/c.zip.md5").read_text() == f"{md5}  c.zip\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".downloaded", "in"]
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == ["c"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_is_resumed(server, tmp_path, ranges) -> None:
    server.files["c.zip"] = bytes(range(256)) * 40
    server.limit, server.ranges = 4000, ranges
    with pytest.raises(DataError, match="6240 bytes did not come; try again to resume"):
        download(server.url("c.zip"), tmp_path / "c.zip")
    assert not (tmp_path / "c.zip").exists()
    assert (tmp_path / "c.zip.part").stat().st_size == 4000
    server.limit = 1 << 30
    assert download(server.url("c.zip"), tmp_path / "c.zip").read_bytes() == server.files["c.zip"]
    assert [wanted for _, wanted in server.asked] == [None, "bytes=4000-"]


def test_a_download_that_lacks_only_its_name_is_finished(server, tmp_path) -> None:
    server.files["c.zip"] = GOOD
    (tmp_path / "c.zip.part").write_bytes(GOOD)
    assert download(server.url("c.zip"), tmp_path / "c.zip").read_bytes() == GOOD


def test_more_than_the_server_has_is_fetched_anew(server, tmp_path) -> None:
    server.files["c.zip"] = GOOD
    (tmp_path / "c.zip.part").write_bytes(GOOD + b"more")
    assert download(server.url("c.zip"), tmp_path / "c.zip").read_bytes() == GOOD


def test_an_answer_that_is_no_http_is_told_in_one_line(server, tmp_path) -> None:
    server.files["c.zip"], server.garbled = GOOD, True
    with pytest.raises(DataError, match="cannot be fetched"):
        download(server.url("c.zip"), tmp_path / "c.zip")


def test_a_wrong_checksum_is_refused_before_unpacking(server, tmp_path) -> None:
    server.files["c.zip"] = GOOD
    with pytest.raises(DataError, match=f"not {'0' * 32}; it was removed"):
        fetch_archives([Archive(server.url("c.zip"), md5="0" * 32)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_checksum_is_written_down(server, tmp_path, caplog) -> None:
    server.files["c.zip"] = GOOD
    fetch_archives([Archive(server.url("c.zip"))], tmp_path)
    md5 = hashlib.md5(GOOD, usedforsecurity=False).hexdigest()
    assert "no official checksum is known" in caplog.text
    assert md5 in (tmp_path / ".downloaded/c.zip.md5").read_text()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:/evil"])
def test_nothing_is_written_outside(tmp_path, name) -> None:
    (tmp_path / "c.zip").write_bytes(zipped({"good": "x", name: "evil"}))
    with pytest.raises(DataError, match="outside its folder"):
        unpack(tmp_path / "c.zip", tmp_path / "in" / "deep")
    assert not list(tmp_path.rglob("*evil*"))
    assert not list((tmp_path / "in/deep").iterdir())


def test_links_are_refused(tmp_path) -> None:
    (tmp_path / "c.zip").write_bytes(zipped({"way": "/etc"}, links=("way",)))
    with pytest.raises(DataError, match="is a link"):
        unpack(tmp_path / "c.zip", tmp_path / "in")


def deflated(content: bytes, copies: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(copies):
            archive.writestr(f"{number}.txt", content)
    return buffer.getvalue()


@pytest.mark.parametrize("copies", [1, 100])
def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path, copies) -> None:
    (tmp_path / "c.zip").write_bytes(deflated(bytes((100 << 20) // copies), copies))
    with pytest.raises(DataError, match=f"would unpack to .* bytes in {copies} files"):
        unpack(tmp_path / "c.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_an_archive_that_lies_about_its_size_unpacks_to_no_more(tmp_path) -> None:
    lying = deflated(bytes(100 << 20)).replace((100 << 20).to_bytes(4, "little"), b"\1\0\0\0")
    (tmp_path / "c.zip").write_bytes(lying)
    with pytest.raises(DataError, match="not a complete zip"):
        unpack(tmp_path / "c.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_what_is_larger_than_the_disk_is_refused_before_it_is_filled(tmp_path, monkeypatch) -> None:
    (tmp_path / "c.zip").write_bytes(GOOD)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5000))
    with pytest.raises(OutputError, match="no room for 5001 unpacked bytes"):
        unpack(tmp_path / "c.zip", tmp_path / "in")


def test_damage_and_passwords_are_told_in_one_line(tmp_path) -> None:
    packed = bytearray(deflated(b"abc" * 1000))
    for name, (place, value) in {"damaged": (40, 0xFF), "locked": (6, 1)}.items():
        broken = packed.copy()
        broken[place] = value
        if name == "locked":  # in the directory too
            broken[broken.index(b"PK\1\2") + 8] = 1
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(DataError, match=r"complete zip|password"):
            unpack(tmp_path / name, tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_devices_are_refused(tmp_path, kind) -> None:
    member = zipfile.ZipInfo("device")
    member.external_attr = (kind | 0o666) << 16
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr(member, "")
    with pytest.raises(DataError, match="link or device"):
        unpack(tmp_path / "c.zip", tmp_path / "in")


def test_unpacking_merges_but_follows_no_link_that_is_there(tmp_path) -> None:
    (tmp_path / "c.zip").write_bytes(GOOD)
    (tmp_path / "in" / "c").mkdir(parents=True)
    (tmp_path / "in" / "c" / "kept").touch()
    unpack(tmp_path / "c.zip", tmp_path / "in")
    assert {p.name for p in (tmp_path / "in/c").iterdir()} == {"kept", "wav", "b.txt"}
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "c").symlink_to(tmp_path / "in")
    with pytest.raises(OutputError, match="in the way"):
        unpack(tmp_path / "c.zip", tmp_path / "two")


def test_no_zip_and_no_server(server, tmp_path) -> None:
    (tmp_path / "c.zip").write_text("no zip")
    with pytest.raises(DataError, match="not a complete zip"):
        unpack(tmp_path / "c.zip", tmp_path / "in")
    with pytest.raises(DataError, match="404"):
        download(server.url("gone.zip"), tmp_path / "gone.zip")
    with pytest.raises(DataError, match="cannot be fetched"):
        download("http://127.0.0.1:9/x.zip", tmp_path / "x.zip")


def test_the_official_addresses_are_of_the_university_of_edinburgh() -> None:
    archives = (*vctk.ARCHIVES, *paired.ARCHIVES)
    assert len(archives) == 7
    for archive in archives:
        assert archive.url.startswith("https://datashare.ed.ac.uk/bitstream/handle/10283/")
        assert archive.name.endswith(".zip")
    assert all(a.md5 for a in archives if a.name.endswith(("wav.zip", "0.92.zip")))


def tarred(folder, members: dict[str, str], kind: bytes = tarfile.REGTYPE) -> Path:
    file = folder / "c.tar.bz2"
    with tarfile.open(file, "w:bz2") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o777
            if kind != tarfile.REGTYPE and name == "odd":
                member.type, member.linkname, member.size = kind, "/etc/passwd", 0
            archive.addfile(member, io.BytesIO(text.encode()))
    return file


def test_a_tar_is_unpacked(tmp_path) -> None:
    unpack(tarred(tmp_path, {"c/wavs/a.txt": "A" * 5000, "c/b.txt": "B"}), tmp_path / "in")
    assert (tmp_path / "in/c/wavs/a.txt").read_text() == "A" * 5000
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["c"]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil"])
def test_no_member_of_a_tar_is_written_outside(tmp_path, name) -> None:
    with pytest.raises(DataError, match="outside its folder"):
        unpack(tarred(tmp_path, {"good": "x", name: "evil"}), tmp_path / "in")
    assert not any((tmp_path / "in").iterdir()) and not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_refused(tmp_path, kind) -> None:
    with pytest.raises(DataError, match="odd is a link or device"):
        unpack(tarred(tmp_path, {"good": "x", "odd": ""}, kind), tmp_path / "in")
    assert not any((tmp_path / "in").iterdir())


def test_a_tar_that_grows_or_is_damaged_is_refused(tmp_path, monkeypatch) -> None:
    file = tarred(tmp_path, {"a": "A" * 100_000})
    monkeypatch.setattr("speechgen.data.corpora.download._SMALL_BYTES", 1000)
    with pytest.raises(DataError, match="far more than recordings do"):
        unpack(file, tmp_path / "in")
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(DataError, match="is not a complete tar"):
        unpack(file, tmp_path / "in")
