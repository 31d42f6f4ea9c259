"""Overrides: text as it stands, numbers as they are written, each as its field wants it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from speechgen.errors import ConfigError
from speechgen.training.card import command_of
from speechgen.training.composition import compose
from speechgen.training.datasets.mixture import MixtureData
from speechgen.training.datasets.speakers import SpeakerData
from speechgen.training.run_folder import write_config
from speechgen.training.settings import RunSettings, from_mapping
from speechgen.training.swept_values import as_hydra_reads, is_swept, plain

PATHS = [
    "2025_01_02", "1.10", "1e3", "007", "12:30", "no", "null", "data #2", " a ", "*a", "&a", "!a",
    "- a", "a: b", "%", "?", "|", "ü/データ", "$", "true", "0x10", "\\", "(a)", "a=b", "it's", "~a",
]  # fmt: skip
HARDER = ["/data/a b (c), d=e/$HOME/${HOME}'s", "a,b", "[a", "{a", "}", "'", '"', "${"]


@pytest.mark.parametrize("path", [*PATHS, *HARDER])
def test_paths_are_taken_as_they_stand(path: str, tmp_path: Path) -> None:
    """From the command line to the settings, and from the run folder's file back again."""
    composed = compose(["experiment=speaker_encoder", f"data.train={path}", f"output={path}"])
    settings = from_mapping(RunSettings, composed, "configuration")
    assert settings.output == path
    assert from_mapping(SpeakerData, settings.data, "data").train == path
    write_config(tmp_path / "run", composed, command_of([f"output={path}", "two\nlines"]))
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text("utf-8")) == composed


def test_values_are_typed_by_the_fields_they_set() -> None:
    def set_(key: str, text: str) -> object:
        composed = compose(["experiment=segan", "data.train=x", "output=x", f"{key}={text}"])
        settings = from_mapping(RunSettings, composed, "configuration")
        tree: object = dataclasses.asdict(settings)
        for part in key.split("."):
            tree = tree[part]  # type: ignore[index]
        return tree

    assert set_("objective.optimizer.learning_rate", "1e-4") == 1e-4
    assert set_("trainer.max_steps", "010") == 10  # not octal
    assert set_("trainer.max_steps", "2e3") == 2000
    assert set_("trainer.max_seconds", "null") is None
    assert set_("trainer.precision", "32") == "32"
    assert set_("data.valid", "null") is None
    assert set_("data.valid", "'null'") == "null"
    assert set_("init_from", "~/model") == str(Path.home() / "model")
    assert set_("data.noise_weights", "{no: 1, 007: 2.5}") == {"no": 1, "007": 2.5}
    assert set_("model.arguments.channels", "[4, 8]") == [4, 8]
    assert set_("model.arguments", "{channels:[4,8],x:{y:a}}")["channels"] == [4, 8]  # Hydra's form
    assert set_("card", "{data: no, notes: 1.10}") == {"data": "no", "licence": "", "notes": "1.10"}
    assert set_("card.notes", "seed ${seed}, ${no such key}") == "seed ${seed}, ${no such key}"
    assert set_("card.notes", "seed ${seed}") == "seed 0"
    for text in ("12:30", "1_x", "yes"):
        with pytest.raises(ConfigError, match="trainer.max_steps: needs int"):
            set_("trainer.max_steps", text)
    with pytest.raises(ConfigError, match="--multirun"):
        set_("seed", "1,2")
    with pytest.raises(ConfigError, match="aliases"):
        set_("a.b", "&a [*a, *a]")
    for text in ("", " ", "a\0b", "~\0"):
        with pytest.raises(ConfigError, match="output: is empty or no path"):
            set_("output", text)
    for key, text in (("[", "1"), ("[", "${x"), ("a]b", "1"), ("seed[0]", "1")):
        with pytest.raises(ConfigError):
            set_(key, text)
    with pytest.raises(ConfigError, match="needs int"):
        set_("trainer.max_steps", "nan")


def test_leaves_of_mappings_and_seeds_that_are_none_are_refused_by_name() -> None:
    given = ["experiment=segan", "data.train=x", "output=x"]

    def settings_of(override: str) -> MixtureData:
        composed = compose([*given, override])
        return from_mapping(
            MixtureData, from_mapping(RunSettings, composed, "configuration").data, "data"
        )

    assert settings_of("data.noise_weights={шум: 2}").noise_weights == {"шум": 2.0}
    with pytest.raises(ConfigError, match=r"data\.noise_weights\.шум: needs float, not 'x'"):
        settings_of("data.noise_weights={шум: x}")
    with pytest.raises(ConfigError, match="seed: needs a number"):
        settings_of(f"seed={10**20}")
    with pytest.raises(ConfigError, match="init_share: is a share of init_from's weights"):
        settings_of("init_share=0.5")
    with pytest.raises(ConfigError, match=r"init_share: needs a number in \[0, 1\), not 1"):
        settings_of("init_share=1")
    assert settings_of("seed=-3").train == "x"


def test_folders_of_experiments_may_have_any_name(tmp_path: Path) -> None:
    mine = tmp_path / 'it\'s "a" $x #1 ü, b=c' / "experiment"
    mine.mkdir(parents=True)
    (mine / "мой опыт #1.yaml").write_text("# @package _global_\ndefaults:\n  - vae\nseed: 5\n")
    words = ["experiment=мой опыт #1", "data.train=x", "output=x"]
    assert compose(words, mine.parent)["seed"] == 5


@pytest.mark.parametrize("path", PATHS)
def test_a_sweep_passes_paths_on_as_they_stand(path: str) -> None:
    given = as_hydra_reads(f"data.train={path}")
    assert not is_swept(given)
    assert plain(given) == f"data.train={path}"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2025_01,1.10", ["2025_01", "1.10"]),
        ("data #1,~/b", ["data #1", "~/b"]),
        ("'a,b',\"c\"", ["a,b", "c"]),
        ("[4, 8],[1]", ["[4, 8]", "[1]"]),
        ("1e-4,1e-3", ["1e-4", "1e-3"]),
    ],
)
def test_commas_sweep_over_values_as_they_stand(text: str, values: list[str]) -> None:
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_overrides([as_hydra_reads(f"key={text}")])
    jobs = [plain(job) for (job,) in BasicSweeper.split_arguments(parsed, None)[0]]
    assert [job.replace(",", ", ") if "[" in job else job for job in jobs] == [
        f"key={value}" for value in values
    ]
    for functions in ("choice(1,2)", "range(1,4)"):
        assert as_hydra_reads(f"seed={functions}") == f"seed={functions}"


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize(
    "key", ["seed", "trainer.max_steps", "trainer.max_seconds", "model.arguments.window_samples"]
)
def test_numbers_beyond_all_floats_are_refused(key: str, digits: int) -> None:
    with pytest.raises(ConfigError, match=r"999\.\.\.: is out of range"):
        compose(["experiment=segan", "data.train=x", "output=y", f"{key}={'9' * digits}"])
