"""What a folder holds, and what of it is left out."""

from __future__ import annotations

from pathlib import Path

from speechgen.audio.finding import find_audio, left_out


def test_rare_sound_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    for name in ("a.wav", "b.SVX", "c.vox", "d.svx", "notes.txt", ".e.svx"):
        (tmp_path / name).touch()
    assert [path.name for path in find_audio(tmp_path)] == ["a.wav"]
    said = left_out(tmp_path)
    assert "3 files are left out (2 .svx, 1 .vox); convert them to WAV or FLAC first" in said
    assert "\n" not in said


def test_nothing_is_said_where_all_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "notes.txt").touch()
    assert left_out(tmp_path) == ""
