"""Downloading the archives of a corpus: resumed, verified, and safely unpacked."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.client
import logging
import os
import shutil
import stat
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from speechgen.data.corpora.tar_members import extract_tar
from speechgen.errors import DataError, OutputError
from speechgen.files import refusal, scratch_folder, write_text
from speechgen.progress import Bar, track

_CHUNK = 1 << 20
_MOST_BYTES = 1 << 40  # of an archive, packed or not
_MOST_MEMBERS = 1 << 22
_MOST_GROWTH = 50  # times the packed size; sound grows by less than 2, text by less than 10
_SMALL_BYTES = 1 << 26  # whatever a small archive grows to, this much is no harm
_TIMEOUT_SECONDS = 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Archive:
    """A zip file, or a tar, to fetch.

    Parameters
    ----------
    url
        Where it is.
    folder
        What to unpack it into, below the root of the corpus; empty for the root itself.
    md5
        Its checksum, or None where nobody states one: then the one computed is written down.
    """

    url: str
    folder: str = ""
    md5: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return PurePosixPath(self.url.partition("?")[0]).name


def fetch_archives(archives: Iterable[Archive], root: str | Path) -> None:
    """Download, verify and unpack each archive into ``root``; those that are done are skipped.

    A broken download is continued by the next call. An archive is removed once it is unpacked;
    ``.downloaded/NAME.md5`` in ``root`` then holds its checksum and says that it is done.

    Raises
    ------
    DataError
        The server fails, the checksum is wrong, or the archive wants to write outside.
    OutputError
        The disk refuses.
    """
    root = Path(root)
    for archive in archives:
        done = root / ".downloaded" / f"{archive.name}.md5"
        if done.is_file():
            continue
        file = download(archive.url, root / archive.name)
        checksum = verify(file, archive.md5)
        if archive.md5 is None:
            _log.warning("%s: no official checksum is known; its MD5 is %s", file, checksum)
        unpack(file, root / archive.folder)
        write_text(done, f"{checksum}  {archive.name}\n")
        file.unlink()


def download(url: str, file: Path) -> Path:
    """Fetch ``url`` to ``file``, from where an earlier attempt stopped (HTTP ranges).

    Until it is whole it is called ``NAME.part``.

    Raises
    ------
    DataError
        The server fails or sends less than it said. What came is kept for the next attempt.
    """
    if file.is_file():
        return file
    partial = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        _fetch_rest(url, partial)
    except urllib.error.HTTPError as error:
        raise DataError(f"{url}: the server says {error.code} {error.reason}") from error
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        reason = getattr(error, "reason", error) or type(error).__name__
        raise DataError(f"{url}: cannot be fetched ({reason}); try again to resume") from error
    except OSError as error:
        raise OutputError(f"{file}: cannot be written ({refusal(error)})") from error
    return partial.replace(file)


def verify(file: Path, md5: str | None) -> str:
    """The MD5 checksum of a file; if ``md5`` is given it must be that.

    Raises
    ------
    DataError
        It is another; the file is removed, so that the next attempt begins anew.
    """
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    found = digest.hexdigest()
    if md5 is not None and found != md5:
        file.unlink()
        raise DataError(f"{file}: has MD5 {found}, not {md5}; it was removed, download it again")
    return found


def unpack(file: Path, folder: Path) -> None:
    """Unpack a zip, or a tar, into ``folder``: first all of it beside, then renamed into place.

    Raises
    ------
    DataError
        It is neither, it is damaged or has a password, a member is a link or lies outside of
        ``folder``, or it would grow to far more than recordings do.
    OutputError
        Something of the same name is in the way, or the disk refuses or has no room for it.
    """
    kind = "tar" if ".tar" in file.suffixes else "zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as fresh:
            if kind == "tar":
                extract_tar(file, fresh, functools.partial(_check_growth, file))
            else:
                _extract_zip(file, folder, fresh)
            _move_in(fresh, folder)
        os.sync()
    except (OutputError, DataError):
        raise
    except RuntimeError as error:  # zipfile's word for a password, and for ways it does not know
        raise DataError(f"{file}: cannot be unpacked ({error})") from error
    except Exception as error:  # zipfile and its codings raise many kinds over damaged files
        if isinstance(error, OSError) and error.errno is not None:
            raise OutputError(f"{folder}: cannot be written ({refusal(error)})") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{file}: is not a complete {kind} ({reason}); remove it and try again"
        ) from error


def _fetch_rest(url: str, partial: Path) -> None:
    have = partial.stat().st_size
    request = urllib.request.Request(url, headers={"User-Agent": "speechgen"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with contextlib.ExitStack() as stack:
        try:
            answer = stack.enter_context(urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS))
        except urllib.error.HTTPError as error:
            if error.code != 416 or not have:
                raise
            if error.headers.get("Content-Range") != f"bytes */{have}":
                partial.write_bytes(b"")  # more than the server has is of another file
                _fetch_rest(url, partial)
            return
        if answer.status != 206:
            have = 0  # the server sends all of it again
        total = have + int(answer.headers["Content-Length"] or 0)
        bar = stack.enter_context(Bar(partial.stem, total or None, unit="bytes"))
        out = stack.enter_context(partial.open("ab" if have else "wb"))
        while chunk := answer.read(_CHUNK):
            out.write(chunk)
            have += len(chunk)
            if have > _MOST_BYTES:
                raise DataError(f"{url}: sends more than {_MOST_BYTES} bytes; refused")
            bar.update(have)
    if have < total:
        raise DataError(f"{url}: {total - have} bytes did not come; try again to resume")


def _extract_zip(file: Path, folder: Path, fresh: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        _check_growth(file, unpacked, len(members))
        room = shutil.disk_usage(folder).free
        if unpacked > room:
            raise OutputError(
                f"{folder}: has no room for {unpacked} unpacked bytes ({room} are free); make room "
                "and run the same command again"
            )
        for member in members:
            _check_member(file, member)
        for member in track(members, f"unpacking {file.name}"):
            archive.extract(member, fresh)


def _check_growth(file: Path, unpacked: int, members: int) -> None:
    """Refuse what would fill the disk. What a member says of its size is all that is unpacked."""
    packed = file.stat().st_size
    bound = min(_MOST_BYTES, max(_SMALL_BYTES, _MOST_GROWTH * packed))
    if unpacked > bound or members > _MOST_MEMBERS:
        raise DataError(
            f"{file}: {packed} bytes would unpack to {unpacked} bytes in {members} files, far "
            "more than recordings do; refused"
        )


def _check_member(file: Path, member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    drive = ":" in (path.parts or ("",))[0]
    if path.is_absolute() or drive or ".." in path.parts:
        raise DataError(f"{file}: wants to write outside its folder ({member.filename}); refused")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"{file}: {member.filename} is a link or device; refused")


def _move_in(source: Path, folder: Path) -> None:
    """Move what is in ``source`` into ``folder``; folders that are there already are merged."""
    for item in sorted(source.iterdir()):
        target = folder / item.name
        if item.is_dir() and target.is_dir() and not target.is_symlink():
            _move_in(item, target)
        elif target.is_dir() or target.is_symlink():
            raise OutputError(f"{target}: is in the way of what is unpacked; move it away")
        else:
            shutil.move(item, target)
