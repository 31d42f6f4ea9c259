from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from speechgen.errors import DataError
from speechgen.evaluation import make_context
from speechgen.files import portable
from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting import find_results, report, write_report, write_result
from speechgen.reporting.report import SECTIONS


def enhancement(system: str, gain: float, data: str = "test") -> dict:
    files = {f"u{i}": dict.fromkeys(ENHANCEMENT_METRICS, 1.0 + gain + 0.01 * i) for i in range(5)}
    mean = dict.fromkeys(ENHANCEMENT_METRICS, 1.02 + gain)
    context = {"kind": "enhancement", "system": system, "data": data, "command": "speechgen score"}
    return {"mean": mean, "files": files, "failed": {"bad": "silent"}, "context": context}


LIKELIHOOD = {
    "mean": {"other content": 5.0, "right": 4.0, "other speaker": 4.25, "bits_16bit": 7.5},
    "differences": {
        "other speaker": {"mean": 0.25, "low": 0.2, "high": 0.3, "utterances": 20},
        "other content": {"mean": 1.0, "low": 0.9, "high": 1.1, "utterances": 20},
    },
    "intervals": {"bits_16bit": {"mean": 7.5, "low": 7.4, "high": 7.6, "utterances": 20}},
    "files": {f"u{i}": {"right": 4.0} for i in range(20)},
    "failed": {},
    "context": {
        "kind": "likelihood",
        "system": "wavenet",
        "data": "test",
        "steps": 900,
        "seed": 3,
        "output": "mu-law, 256 classes",
    },
}


def synthesis(system: str, values: dict[str, float]) -> dict:
    context = {"kind": "synthesis", "system": system, "data": "test"}
    files = {name: {"MCD": value} for name, value in values.items()}
    return {"mean": {"MCD": 0.0}, "files": files, "failed": {}, "context": context}


def row(text: str, *starts: str) -> list[str]:
    """The cells of the first table row that begins with the given cells."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[: len(starts)] == list(starts):
            return cells
    raise AssertionError(f"no row {starts} in\n{text}")


def test_systems_stand_under_each_other_with_gains_over_noisy() -> None:
    text = report(
        [enhancement("SEGAN", 0.5), enhancement("noisy", 0.0), enhancement("linear filter", 0.2)]
    )
    assert text.index("| noisy") < text.index("| linear filter") < text.index("| SEGAN")
    assert row(text, "SEGAN")[1] == "5 (1 failed)"
    assert row(text, "SEGAN")[2].startswith("1.52 [1.5")
    gains = text[text.index("gain over noisy") :]
    assert row(gains, "SEGAN")[2] == "+0.500 [+0.500, +0.500]"
    assert row(gains, "linear filter")[2] == "+0.200 [+0.200, +0.200]"


def test_the_report_warns_of_measures_that_disagree() -> None:
    noisy, mixed, fine = (
        enhancement(*one) for one in (("noisy", 0), ("mixed", 0.5), ("fine", 0.5))
    )
    for result, rate, signal in ((noisy, 0.5, 3.0), (mixed, 0.75, 3.5), (fine, 0.25, 3.5)):
        for scores in result["files"].values():
            scores |= {"WER": rate, "words": 4, "SIG": signal}
        result["mean"] |= {"WER": rate, "SIG": signal}
    text = report([noisy, mixed, fine])
    assert "SIG (+0.50) improve on noisy while WER (+0.25) worsens" in text
    assert text.count("- mixed: ") == 1 and "- fine: " not in text
    assert row(text, "fine")[-2:] == ["3.50 [3.50, 3.50]", "0.250 [0.250, 0.250]"]
    gains = text[text.index("gain over noisy") :]
    assert row(gains, "fine")[-1] == "-0.250 [-0.250, -0.250]"
    assert "WER" not in report([enhancement("noisy", 0.0)])


def test_test_sets_are_kept_apart() -> None:
    text = report([enhancement("noisy", 0.0, "one"), enhancement("noisy", 0.3, "two")])
    assert "### Test set one" in text and "### Test set two" in text


def test_bits_with_differences_and_intervals() -> None:
    text = report([LIKELIHOOD])
    assert text.index("| right |") < text.index("| other speaker |") < text.index("| other content")
    cells = row(text, "test", "wavenet", "mu-law, 256 classes", "other speaker")
    assert cells[4:] == ["4.2500", "+0.2500 [+0.2000, +0.3000]", "-", "20"]
    cells = row(text, "test", "wavenet", "mu-law, 256 classes", "right")
    assert cells[4:] == ["4.0000", "-", "7.5000 [7.4000, 7.6000]", "20"]
    assert row(text, "bits per 16-bit sample")[1] == "7.5000"


def test_results_scored_before_the_grid_was_there_still_have_their_row() -> None:
    old = {key: value for key, value in LIKELIHOOD.items() if key != "intervals"}
    old = {**old, "mean": {"right": 4.0}, "context": {"kind": "likelihood", "data": "test"}}
    assert row(report([old]), "test", "unnamed", "-", "right")[4:] == ["4.0000", "-", "-", "20"]


def test_a_file_may_hold_several_results(tmp_path: Path) -> None:
    several = {"results": [LIKELIHOOD, {**LIKELIHOOD, "failed": {"a": "b"}}], "comparison": []}
    (tmp_path / "several.json").write_text(json.dumps(several))
    found = find_results(tmp_path)
    assert [result["failed"] for _, result in found] == [{}, {"a": "b"}]


def test_distortions_are_compared_over_shared_utterances() -> None:
    text = report(
        [
            synthesis("WaveNet", {"a__as__x": 6.0, "b__as__x": 8.0}),
            synthesis("mean spectrum", {"a": 9.0, "b": 9.0, "c": 99.0}),
        ]
    )
    assert row(text, "WaveNet")[1].startswith("7.00")
    assert row(text, "mean spectrum")[1].startswith("9.00")
    assert "over the 2 utterances" in text


def test_every_number_has_a_row_with_its_origin() -> None:
    cells = row(report([LIKELIHOOD]), "bits per sample, right")
    assert cells[1] == "4.0000"
    assert "900" in cells and "3" in cells


def test_a_bar_in_a_command_does_not_break_the_table() -> None:
    result = enhancement("noisy", 0.0)
    result["context"]["command"] = "a | b"
    line = next(line for line in report([result]).splitlines() if "a \\| b" in line)
    assert line.count(" | ") == 11


def test_results_are_found_written_and_linked(tmp_path: Path) -> None:
    context = make_context("enhancement", data="d", estimator="mean", started=0.0, system="noisy")
    write_result(tmp_path / "deep" / "r.json", "enhancement", enhancement("noisy", 0), context)
    (tmp_path / "other.json").write_text(json.dumps({"mean": 1}))
    (tmp_path / "broken.json").write_text("{")
    for name in ("samples/a b.wav", "figures/b.png", "data/c.wav", "enhance/contact_sheet.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path, _ in find_results(tmp_path)] == ["r.json"]
    found = find_results(tmp_path)[0][1]["context"]
    for key in ("kind", "estimator", "split", "machine", "commit", "command", "wall_seconds"):
        assert found[key] not in (None, ""), key
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert "(samples/a%20b.wav)" in text and "(figures/b.png)" in text
    assert "(enhance/contact_sheet.png)" in text
    assert "c.wav" not in text


def test_no_results_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no results"):
        write_report(tmp_path)
    with pytest.raises(DataError, match="no results"):
        write_report(tmp_path / "missing")


def test_paths_are_written_so_that_others_can_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECHGEN_CORPORA", "/somewhere/corpora")
    command = f"speechgen score --clean /somewhere/corpora/x --estimate {Path.cwd()}/exp/y"
    expected = "speechgen score --clean $SPEECHGEN_CORPORA/x --estimate exp/y"
    assert portable(command) == expected


def test_how_a_model_was_trained_stands_in_one_row() -> None:
    result = enhancement("SEGAN", 0.5)
    training = {"seconds": 600.0, "seed": 4, "data": {"hours": 2.5}, "command": "speechgen train x"}
    result["context"] |= {"model": "exp/segan/model", "steps": 900, "training": training}
    cells = row(report([result, result]), "`exp/segan/model`")
    assert cells[1:4] == ["900", "10 min", "-"]
    assert cells[4:] == ["4", "2.5 hours", "`speechgen train x`"]
    assert "How the models were trained" not in report([enhancement("noisy", 0.0)])


def test_the_real_time_factor_stands_beside_the_systems_that_state_it() -> None:
    results = [synthesis("WaveNet", {"a": 6.0}), synthesis("mean spectrum", {"a": 9.0})]
    assert "real-time" not in report(results)
    timing = {"real_time_factor": 0.31234, "device": "cpu", "threads": 1}
    results[0]["context"]["timing"] = timing
    text = report(results)
    assert row(text, "WaveNet")[-1] == "0.312 (1 CPU thread)"
    assert row(text, "mean spectrum")[-1] == "-"


def test_sections_are_found_by_name() -> None:
    titles = [title for title, _, _ in SECTIONS]
    assert len(set(titles)) == len(titles)
    for _, _, target in SECTIONS:
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name)), target


def test_nothing_of_images_is_imported_before_there_are_such_results() -> None:
    script = """
import sys
from speechgen.reporting import report
def wing():
    return [name for name in sys.modules if name.startswith("speechgen.images")]
speech = {"mean": {"EER": 0.1}, "files": {}, "context": {"kind": "speakers"}}
assert "## Speaker verification" in report([speech]) and not wing(), wing()
images = {"mean": {"nll_nats": 80.5, "accuracy": 0.5}, "files": {}}
images["context"] = {"kind": "images", "data": "x.npz", "estimator": "exact"}
images["intervals"] = {"nll_nats": {"mean": 80.5, "low": 80.0, "high": 81.0}}
text = report([speech, images])
assert "## Images" in text and "## Images: what the models are good for" in text and wing()
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
