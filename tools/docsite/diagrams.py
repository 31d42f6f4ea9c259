#!/usr/bin/env python3
"""Draws the diagrams of the documentation from the code, into tools/docs/diagrams.

python tools/docsite/diagrams.py            all of them
python tools/docsite/diagrams.py --check    says which are not what the code is now
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from densities import likelihoods
from svg import BLUE, GREEN, GREY, ORANGE, SOFT, STRONG, Sheet

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tools" / "docs" / "diagrams"


def floors() -> Sheet:
    """The packages by their floors, from the table in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["tool"]["speechgen"]["layers"]["floors"][:-1]
    sheet = Sheet(760, 34 * len(table) + 44, "The packages of speechgen by floors")
    for number, rooms in enumerate(table, start=1):
        y = 34 * (len(table) - number) + 12
        sheet.text(14, y + 19, str(number), bold=True)
        width = (690 - 6 * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            sheet.box(50 + place * (width + 6), y, width, 28, room, BLUE if number < 6 else GREEN)
    sheet.line([(36, 16), (36, 34 * len(table) + 8)], colour=SOFT, arrow=True)
    sheet.text(50, 34 * len(table) + 32, "imports go downwards only", soft=True)
    return sheet


def taxonomy() -> Sheet:
    """What can be built by name, by family, from the registry."""
    from speechgen.registry import ENTRIES

    families: dict[tuple[str, ...], list[str]] = {}
    for entry in ENTRIES.values():
        if entry.kind == "model":
            families.setdefault(entry.family, []).append(entry.name)
    rows = [
        (family, line) for family in sorted(families) for line in _wrapped(families[family], 62)
    ]
    sheet = Sheet(760, 24 * len(rows) + 24, "Models by family")
    last: tuple[str, ...] = ()
    for number, (family, line) in enumerate(rows):
        y = 24 * number + 28
        if family != last:
            sheet.line([(12, y - 17), (748, y - 17)])
            sheet.text(16, y, ", ".join(family), bold=True, size=12)
        sheet.text(330, y, line, size=12)
        last = family
    return sheet


def receptive_field() -> Sheet:
    """Which inputs one output of a stack of dilated causal convolutions hears."""
    from speechgen.causal import stack_dilations, stacked_receptive_field

    dilations, kernel = stack_dilations(1, 4), 2
    field = stacked_receptive_field([kernel] * len(dilations), dilations)
    times = field + 4
    sheet = Sheet(760, 64 * len(dilations) + 84, f"A receptive field of {field} samples")

    def at(time: int, layer: int) -> tuple[float, float]:
        return 40 + time * 33, 64 * (len(dilations) - layer) + 24

    heard = [{times - 1}]
    for dilation in reversed(dilations):
        taps = {time - tap * dilation for time in heard[0] for tap in range(kernel)}
        heard.insert(0, taps)
    for layer, dilation in enumerate(dilations):
        for time in range(times):
            for tap in range(kernel):
                before = time - tap * dilation
                if before < 0:
                    continue
                used = time in heard[layer + 1]
                points = [at(before, layer), at(time, layer + 1)]
                sheet.line(points, colour=STRONG if used else "#e4e7eb", width=1.6 if used else 1)
    for layer, used in enumerate(heard):
        for time in range(times):
            sheet.dot(*at(time, layer), fill=ORANGE if time in used else GREY)
    for layer, dilation in enumerate(dilations):
        sheet.text(748, at(0, layer)[1] - 28, f"dilation {dilation}", anchor="end", soft=True)
    foot = at(0, 0)[1] + 36
    words = f"past samples; the output hears {field} = 1 + (1 + 2 + 4 + 8) x (kernel - 1) of them"
    sheet.text(40, foot, words, soft=True)
    return sheet


def game() -> Sheet:
    """The steps of an adversarial training, from the schedule."""
    from speechgen.adversarial import GANSchedule, Step

    schedule = GANSchedule(discriminator_steps=2, warm_up_steps=1)
    sheet = Sheet(760, 172, "The order of steps of generator and discriminator")
    x = 14.0
    for step in range(3):
        began = x
        for one in schedule.steps(step):
            is_d = one is Step.DISCRIMINATOR
            fill, name = (ORANGE, "D step") if is_d else (BLUE, "G step")
            sheet.box(x, 36, 92, 42, name, fill)
            sheet.text(x + 46, 96, "new batch" if is_d else "", anchor="middle", size=11, soft=True)
            held = "G frozen" if is_d else "D frozen" if schedule.adversarial(step) else "no D yet"
            sheet.text(x + 46, 112, held, anchor="middle", size=11, soft=True)
            x += 98
        sheet.text(began, 24, f"step {step}", bold=True, size=12)
        sheet.line([(began, 124), (x - 6, 124)], colour=SOFT)
        x += 14
    words = f"discriminator_steps={schedule.discriminator_steps}, warm_up_steps="
    sheet.text(14, 150, f"{words}{schedule.warm_up_steps}: after a D step no weight of G has a "
               "gradient, and the other way round", soft=True)  # fmt: skip
    return sheet


def flow() -> Sheet:
    """Which shipped models a job goes through, and what they hand on."""
    from speechgen.store import DEFAULTS, read_config, shipped_models
    from speechgen.synthesis.conversion import VOCODER

    folders = shipped_models()
    converter = read_config(folders[DEFAULTS["synthesize"]])
    features, rate = converter.arguments["local_features"], converter.features["sample_rate"]
    frames = f"{features} features\na frame"
    hop = 1000 * converter.features["hop_samples"] / rate
    sheet = Sheet(760, 330, "What a job goes through")
    y = {"enhance": 16, "say": 96, "convert": 176, "voice": 256}
    sheet.box(14, y["enhance"], 116, 44, "noisy sound\nany rate", GREY)
    sheet.box(222, y["enhance"], 150, 44, f"{DEFAULTS['enhance']}\nenhance", BLUE)
    sheet.box(630, y["enhance"], 116, 44, "clean sound\nthe same rate", GREY)
    sheet.box(14, y["say"], 116, 44, "text", GREY)
    sheet.box(222, y["say"], 150, 44, f"{DEFAULTS['say']}\nsay", BLUE)
    sheet.box(14, y["convert"], 116, 44, "recording", GREY)
    sheet.box(222, y["convert"], 150, 44, "recogniser\nin the converter", BLUE)
    sheet.box(414, 136, 130, 44, f"{DEFAULTS['synthesize']}\nin a voice", BLUE)
    sheet.box(14, y["voice"], 116, 44, "voice\na few seconds", GREY)
    sheet.box(222, y["voice"], 150, 44, f"{DEFAULTS['embed']}\nembed", BLUE)
    sheet.box(630, 136, 116, 44, f"{VOCODER}\n{rate / 1000:g} kHz", GREEN)
    for row in y:
        sheet.line([(130, y[row] + 22), (220, y[row] + 22)], colour=SOFT, arrow=True)
    sheet.line([(372, 38), (628, 38)], colour=SOFT, arrow=True)
    sheet.line([(372, 118), (394, 118), (394, 150), (412, 150)], colour=SOFT, arrow=True)
    sheet.line([(372, 198), (394, 198), (394, 166), (412, 166)], colour=SOFT, arrow=True)
    sheet.line([(372, 278), (479, 278), (479, 182)], colour=SOFT, arrow=True)
    sheet.line([(544, 158), (628, 158)], colour=SOFT, arrow=True)
    for number, line in enumerate(frames.split("\n")):
        sheet.text(586, 130 + 14 * number, line, anchor="middle", size=11, soft=True)
    sheet.text(586, 176, f"every {hop:g} ms", anchor="middle", size=11, soft=True)
    sheet.text(490, 240, f"{converter.arguments['speaker_features']} numbers", size=11, soft=True)
    return sheet


def training_flow() -> Sheet:
    """From recordings to a model directory, by the verbs that take each step."""
    steps = (
        ("recordings", "any tree", GREY), ("data directory", "prepare", GREEN),
        ("dataset", "mix, crop", BLUE), ("objective", "loss, networks", BLUE),
        ("run folder", "train", GREEN), ("model directory", "enhance, say", GREEN),
    )  # fmt: skip
    sheet = Sheet(760, 84, "From recordings to a model directory")
    for number, (name, how, fill) in enumerate(steps):
        x = 10 + number * 125
        sheet.box(x, 18, 112, 48, f"{name}\n{how}", fill)
        if number:
            sheet.line([(x - 13, 42), (x - 1, 42)], colour=SOFT, arrow=True)
    return sheet


DRAWINGS: dict[str, Callable[[], Sheet]] = {
    "floors": floors,
    "taxonomy": taxonomy,
    "receptive_field": receptive_field,
    "likelihoods": likelihoods,
    "game": game,
    "flow": flow,
    "training_flow": training_flow,
}


def _wrapped(names: list[str], width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(", ".join(names), width, break_on_hyphens=False)


def main() -> int:
    """Draw, or compare with what is drawn."""
    FOLDER.mkdir(exist_ok=True)
    stale = 0
    for name, draw in DRAWINGS.items():
        path, text = FOLDER / f"{name}.svg", str(draw())
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} is not what the code is now: run {sys.argv[0]}")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
