"""Arrays from files that may be anything: no pickles, no giants, one line that says why."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from speechgen.data.array_files import open_arrays
from speechgen.errors import DataError


def test_arrays_come_back_by_name(tmp_path: Path) -> None:
    one, two = np.arange(3.0), np.array(["a", "b"])
    np.savez(tmp_path / "both.npz", one=one, two=two)
    np.save(tmp_path / "one.npy", one)
    with open_arrays(tmp_path / "both.npz") as arrays:
        assert arrays.names == ["one", "two"]
        np.testing.assert_array_equal(arrays["one"], one)
        np.testing.assert_array_equal(arrays["two"], two)
        with pytest.raises(DataError, match="no array 'three'; it has: one, two"):
            arrays["three"]
    with open_arrays(tmp_path / "one.npy") as arrays:
        assert arrays.names == [""]
        np.testing.assert_array_equal(arrays[""], one)


def test_pickles_are_refused_and_not_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", p=np.array([{}], dtype=object))
    with open_arrays(tmp_path / "p.npz") as arrays, pytest.raises(DataError, match="trusted"):
        arrays["p"]


def test_a_small_file_that_unpacks_to_a_giant_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(1 << 27))
    with pytest.raises(DataError, match="unpack to 134217728"), open_arrays(tmp_path / "bomb.npz"):
        pass


def test_a_header_that_promises_a_giant_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40,)}
    )
    (tmp_path / "giant.npy").write_bytes(buffer.getvalue() + bytes(64))
    with pytest.raises(DataError, match="promise"), open_arrays(tmp_path / "giant.npy"):
        pass


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY", b"PK\x03\x04" + bytes(40)])
def test_what_holds_no_arrays_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.npz: cannot be trusted as arrays"), open_arrays(path):
        pass
