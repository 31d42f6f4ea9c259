"""Publishing: one sheet a task, twelve sounds at most, live links, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from speechgen.audio import info, write
from speechgen.errors import DataError, OutputError
from speechgen.files import write_json
from speechgen.reporting.links import links_of, with_links
from speechgen.reporting.publishing import MAX_SOUNDS, choose_sounds, publish
from speechgen.reporting.report import linked_files, report, write_report
from speechgen.reporting.results import find_results

PAGE = "# Results\n\n## Enhancement\n\n| a |\n\n## All numbers\n\n| b |\n"


def sound(path: Path, seconds: float = 0.01) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, np.full(round(8000 * seconds), 0.1), 8000)


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (30, 20), (200, 0, 0)).save(path)


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def exp(tmp_path: Path) -> Path:
    """An experiment of two tasks, with more in it than is worth publishing."""
    exp = tmp_path / "an exp"
    for part in ("test", "eval pairs"):
        for name in ("u1", "u2", "u3"):
            picture(exp / "enhance" / "figures" / part / f"{name}.png")
            for system in ("noisy", "enhanced", "clean"):
                sound(exp / "enhance" / "samples" / part / f"{name}__{system}.wav")
    picture(exp / "digits" / "figures" / "vae_samples.png")
    picture(exp / "digits" / "vae" / "samples" / "samples_step1.png")
    sound(exp / "digits" / "vae" / "samples" / "step1.wav")
    picture(exp / "superseded" / "figures" / "old.png")
    sound(exp / "mini" / "samples" / "x__y.wav")
    (exp / "enhance" / "results").mkdir()
    (exp / "enhance" / "results" / "a b.json").write_text("{}")
    (exp / "enhance" / "other.json").write_text("{}")
    (exp / "RESULTS.md").write_text(with_links(PAGE, ["enhance/figures/test/u1.png", "gone.png"]))
    return exp


def test_the_page_links_to_all_that_is_published_and_to_nothing_else(
    exp: Path, tmp_path: Path
) -> None:
    before = content(exp)
    output = tmp_path / "to here"
    publish(exp, output)
    there = content(output)
    sheets = {"enhance/contact_sheet.png", "digits/contact_sheet.png"}
    media = {name for name in there if not name.endswith((".json", ".md"))}
    assert sheets <= media and len(media - sheets) == MAX_SOUNDS
    assert sorted(links_of(there["RESULTS.md"].decode())) == sorted(media)
    assert {name for name in there if name.endswith(".json")} == {"enhance/results/a b.json"}
    assert with_links(there["RESULTS.md"].decode(), []) == PAGE
    assert content(exp) == before  # an experiment is only read


def test_publishing_twice_leaves_the_same_files(exp: Path, tmp_path: Path) -> None:
    output = tmp_path / "to here"
    first = publish(exp, output)
    there = content(output)
    assert publish(exp, output) == first
    assert content(output) == there


def test_what_an_earlier_publication_left_is_replaced_and_the_rest_is_not_touched(
    exp: Path, tmp_path: Path
) -> None:
    output = tmp_path / "to here"
    old = ["enhance/figures/test/u1.png", "enhance/figures/x/u9.png", "gone/contact_sheet.png"]
    old += ["enhance/samples/test/u9__noisy.wav", "enhance/samples/test/u1__noisy.wav"]
    others = ["run.sh", "local/list", "figures.png", "enhance/figures/mine.png", "enhance/note.md"]
    others += ["enhance/samples/test/mine.wav", "conf/figures/a.png", "local/linked.png"]
    for name in [*old, *others]:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text(name)
    outside = tmp_path / "outside.png"
    outside.write_text("x")
    linked = [*old, "local/linked.png", "../outside.png", "a/samples/../../../outside.png"]
    linked += [str(outside), "run.sh"]
    (output / "RESULTS.md").write_text(with_links(PAGE, linked))
    publish(exp, output)
    there = content(output)
    assert {name: there[name] for name in others} == {name: name.encode() for name in others}
    assert outside.exists()
    assert not set(old) - {"enhance/samples/test/u1__noisy.wav"} & set(there)
    assert there["enhance/samples/test/u1__noisy.wav"] != b"enhance/samples/test/u1__noisy.wav"
    assert not (output / "gone").exists() and not (output / "enhance/figures/x").exists()


def test_tasks_that_were_published_before_stay(exp: Path, tmp_path: Path) -> None:
    """One task after the other, each with an experiment of its own, is both on one page."""
    output, other = tmp_path / "to here", tmp_path / "other"
    output.mkdir()
    sound(other / "speak" / "samples" / "u__a.wav")
    sound(other / "speak" / "samples" / "v__a.wav")
    picture(other / "speak" / "figures" / "u.png")
    for folder, task in ((exp, "enhance"), (other, "speak")):
        result = {"mean": {"WER": 0.5}, "files": {}, "failed": {}, "context": {"system": task}}
        write_json(folder / task / "results" / "r.json", result)
        write_report(folder)
        publish(folder, output)
    there = content(output)
    assert {"enhance/results/r.json", "speak/results/r.json"} <= set(there)
    page = there["RESULTS.md"].decode()
    assert "| enhance |" in page and "| speak |" in page
    media = {name for name in there if not name.endswith((".json", ".md"))}
    sheets = {f"{task}/contact_sheet.png" for task in ("digits", "enhance", "speak")}
    assert media == set(links_of(page)) and sheets - {"digits/contact_sheet.png"} <= media
    kept = [name for name in media if name.startswith("enhance/samples/")]
    assert {"speak/samples/u__a.wav", "speak/samples/v__a.wav"} <= media
    assert len(kept) == 9 and len(media) <= MAX_SOUNDS + len(sheets)
    assert page == report([result for _, result in find_results(output)], linked_files(output))
    assert publish(other, output) and content(output) == there


def test_alignments_are_on_the_sheet(tmp_path: Path) -> None:
    exp, sizes = tmp_path / "exp", []
    (exp / "speak").mkdir(parents=True)
    (exp / "RESULTS.md").write_text(PAGE)
    picture(exp / "speak" / "figures" / "u1.png")
    for number in range(2):
        publish(exp, tmp_path / "out")
        with Image.open(tmp_path / "out" / "speak" / "contact_sheet.png") as sheet:
            sizes.append(sheet.height)
        if not number:
            picture(exp / "speak" / "times" / "pictures" / "u1.png")
    assert sizes[1] > sizes[0]


def test_sounds_come_in_whole_groups_from_all_folders(exp: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        for voice in ("x", "y"):
            sound(exp / "synthesize" / "samples" / f"{name}__as__{voice}.wav")
    publish(exp, tmp_path / "out")
    heard: dict[str, list[str]] = {}
    for path in sorted((tmp_path / "out").rglob("*.wav")):
        folder = path.parent.relative_to(tmp_path / "out").as_posix()
        heard.setdefault(folder, []).append(path.stem)
    triple = ["u1__clean", "u1__enhanced", "u1__noisy"]
    assert heard == {
        "enhance/samples/eval pairs": triple,
        "enhance/samples/test": triple,
        "synthesize/samples": [f"{name}__as__{voice}" for name in "abd" for voice in "xy"],
    }


def test_groups_that_show_something_else_come_first(tmp_path: Path) -> None:
    names = [f"{name}__{what}" for name in "abc" for what in ("recorded", "vae", f"as_{name}")]
    names += [f"a__to__c__{share}" for share in ("0.00", "0.50", "1.00")]
    names += [f"prior__draw_{number}" for number in (1, 2)]
    for name in names:
        sound(tmp_path / f"{name}.wav")
    chosen = [path.stem for path in choose_sounds([tmp_path], limit=8)]
    assert {name.rpartition("__")[0] for name in chosen} == {"a", "a__to__c", "prior"}
    assert len(chosen) == 8


@pytest.mark.parametrize("limit", [1, 2, 12])
def test_one_large_group_is_cut(tmp_path: Path, limit: int) -> None:
    for number in range(20):
        sound(tmp_path / f"u__{number:02d}.wav")
    assert len(choose_sounds([tmp_path], limit)) == limit
    assert choose_sounds([tmp_path / "missing"], limit) == []


def test_long_sounds_are_cut_and_short_ones_are_the_same_bytes(tmp_path: Path) -> None:
    exp, output = tmp_path / "exp", tmp_path / "out"
    sound(exp / "task" / "samples" / "long__x.wav", 11.0)
    sound(exp / "task" / "samples" / "short__x.flac", 9.9)
    (exp / "RESULTS.md").write_text(PAGE)
    publish(exp, output)
    assert info(output / "task" / "samples" / "long__x.wav").num_samples == 80000
    short = Path("task", "samples", "short__x.flac")
    assert (output / short).read_bytes() == (exp / short).read_bytes()


def test_what_cannot_be_published_is_refused(exp: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the experiment itself"):
        publish(exp, exp.parent / "." / exp.name)
    with pytest.raises(DataError, match="run all stages first"):
        publish(tmp_path / "nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()
