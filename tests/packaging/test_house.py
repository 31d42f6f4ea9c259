"""The house rules a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

TOP_LEVEL = {"pyproject.toml", "README.md", "speechgen", "recipes", "egs", "tests", "tools"}
MAX_LINES = 400
MAX_TRACKED_BYTES = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[Path]:
    """Files under version control, relative to the root."""
    if not (repository / ".git").exists():
        pytest.skip("no git checkout")
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split("\0") if (repository / name).is_file()]


def _modules(repository: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted((repository / "speechgen").rglob("*.py")):
        yield path.relative_to(repository), path.read_text(encoding="utf-8")


def test_the_top_level_holds_exactly_its_entries(tracked: list[Path]) -> None:
    entries = {path.parts[0] for path in tracked}
    assert {name for name in entries if not name.startswith(".")} == TOP_LEVEL


def test_no_tracked_file_is_large(tracked: list[Path], repository: Path) -> None:
    large = [
        str(path) for path in tracked if (repository / path).stat().st_size > MAX_TRACKED_BYTES
    ]
    assert large == []


def test_no_module_is_long_and_every_module_says_what_it_is(repository: Path) -> None:
    for path, text in _modules(repository):
        assert text.count("\n") <= MAX_LINES, f"{path} has more than {MAX_LINES} lines"
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


def test_public_functions_and_classes_are_documented(repository: Path) -> None:
    bare = [
        f"{path}:{node.lineno} {node.name}"
        for path, text in _modules(repository)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def _keyword(call: ast.Call, name: str) -> object:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return keyword.value.value
    return None


def _danger(call: ast.Call, name: str) -> bool:
    if name in ("eval", "exec", "os.system", "yaml.load", "yaml.unsafe_load", "yaml.full_load"):
        return True
    if name.endswith("torch.load"):
        return _keyword(call, "weights_only") is not True
    if name in ("np.load", "numpy.load"):
        return _keyword(call, "allow_pickle") is not False
    return _keyword(call, "shell") is True


def test_nothing_in_the_package_can_run_what_it_reads(repository: Path) -> None:
    for path, text in _modules(repository):
        tree = ast.parse(text)
        for call, name in _calls(tree):
            assert not _danger(call, name), f"{path}:{call.lineno}: {name}"
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.partition(".")[0]
                assert root not in ("pickle", "dill", "joblib", "shelve"), f"{path}: {name}"
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path}:{node.lineno}: bare except"


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')", "torch.load(p)", "torch.load(p, weights_only=False)", "np.load(p)",
        "np.load(p, allow_pickle=True)", "yaml.load(t)", "subprocess.run(c, shell=True)",
    ],
)  # fmt: skip
def test_the_check_above_sees_danger(code: str) -> None:
    (found,) = [_danger(call, name) for call, name in _calls(ast.parse(code))]
    assert found


def test_mutable_defaults_are_absent(repository: Path) -> None:
    for path, text in _modules(repository):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
                for default in defaults:
                    assert not isinstance(default, ast.List | ast.Dict | ast.Set), path


def test_every_experiment_states_paper_memory_and_time(repository: Path) -> None:
    for path in sorted((repository / "speechgen" / "conf" / "experiment").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        comments = "\n".join(line for line in text.splitlines() if "#" in line).lower()
        for words in ("paper", "memory", "hours|minutes"):
            assert re.search(words, comments), f"{path.name} says nothing of {words}"
        assert yaml.safe_load(text)
