"""The taxonomy: explicit (tractable, approximate) and implicit densities, as `speechgen models`."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from speechgen.cli.entry import app
from speechgen.registry import ENTRIES, find
from speechgen.training.catalogue import experiments_by_model, model_of
from speechgen.training.composition import experiments

EXPERIMENTS = ()
# the tree of the source material (2017-2019), and one system it names at each leaf
TREE = {
    ("explicit density", "tractable", "autoregressive"): ("pixelrnn", "pixelcnn", "wavenet"),
    ("explicit density", "approximate", "variational"): ("vae",),
    ("explicit density", "approximate", "Markov chain"): ("boltzmann", "rbm", "dbn"),
    ("implicit density", "adversarial"): ("dcgan", "segan"),
}


def shown(*words: str) -> str:
    outcome = CliRunner().invoke(app, ["models", *words], env={"COLUMNS": "200"})
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_the_command_shows_the_tree_of_the_source_material() -> None:
    text = shown()
    depth = {
        line.strip("│├└─ "): len(line) - len(line.lstrip("│├└─ ")) for line in text.splitlines()
    }
    for family, names in TREE.items():
        assert [depth[part] for part in family] == sorted({depth[part] for part in family})
        for name in names:
            assert find(name).family == family
            line = next(key for key in depth if key.startswith(f"{name}:"))
            assert depth[line] > depth[family[-1]]


def test_every_generative_model_has_a_paper_and_an_experiment_that_builds_it() -> None:
    text = shown()
    trained = experiments_by_model()
    for entry in ENTRIES.values():
        if entry.kind != "model" or entry.family[0] not in ("explicit density", "implicit density"):
            continue
        assert re.match(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", entry.paper), entry.name
        assert entry.name in trained, f"no experiment trains {entry.name}"
        assert entry.paper in text
        assert trained[entry.name][0] in text
    assert set(experiments()) == {name for names in trained.values() for name in names}
    assert {model_of(name) for name in experiments()} <= set(ENTRIES)


def test_a_branch_can_be_shown_alone() -> None:
    text = shown("variational")
    assert "conditional_vae" in text and "pixelcnn" not in text
