"""Which pages the site has besides those of tools/docs, and which file each comes from."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "tools" / "docs"
SOURCES = {".py", ".sh", ".yaml", ".yml", ".toml", ".md", ""}
_LANGUAGES = {".py": "python", ".sh": "bash", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}

# Packages of the reference, by what one does with them.
API = (
    "enhancement", "synthesis", "text", "sampling", "store", "hub", "training", "evaluation",
    "export", "metrics", "data", "audio", "features", "causal", "likelihood", "variational",
    "adversarial", "losses", "layers", "registry", "errors",
)  # fmt: skip


def included() -> dict[str, Path]:
    """Pages from outside of tools/docs: name on the site -> file in the repository."""
    results = sorted((ROOT / "egs").glob("*/RESULTS.md"))
    cards = sorted((ROOT / "speechgen" / "store" / "shipped").glob("*/README.md"))
    return {
        "contributing.md": ROOT / ".github" / "CONTRIBUTING.md",
        **{f"experiments/{path.parent.name}.md": path for path in results},
        **{f"models/{path.parent.name}.md": path for path in cards},
    }


def titled(name: str, text: str) -> str:
    """The page ``name`` with a heading that tells it from its neighbours."""
    if name.startswith("experiments/"):
        return text.replace("# Results\n", f"# {Path(name).stem}: results\n", 1)
    if name.startswith("models/"):
        return re.sub(r"^# \w+:", f"# {Path(name).stem}:", text, count=1)
    return text


def source_page(path: Path) -> str:
    """A file of the repository, or a folder's list, as a page that no search finds."""
    name = path.relative_to(ROOT)
    head = f"---\nsearch:\n  exclude: true\nhide: [navigation]\n---\n\n# {name}\n\n"
    if path.is_dir():
        names = [inner.name + "/" * inner.is_dir() for inner in sorted(path.iterdir())]
        return head + "".join(f"- `{one}`\n" for one in names if not one.startswith(("_", ".")))
    text = path.read_text(encoding="utf-8").rstrip("\n")
    return f"{head}`````{_LANGUAGES.get(path.suffix, 'text')}\n{text}\n`````\n"


def api_pages() -> dict[str, str]:
    """The reference: a page for each package, and an index of the names of ``speechgen`` itself."""
    pages = {f"api/{package}.md": _api_page(package) for package in API}
    lines = [
        "# Reference\n\n```python\nimport speechgen\n```\n\nImporting loads nothing heavy; each "
        "name is loaded when it is first used.\n\n| name | from |\n|---|---|\n"
    ]
    for name, module in sorted(_lazy().items()):
        lines.append(f"| [`speechgen.{name}`][{module}.{name}] | `{module}` |\n")
    lines.append("\n| package | about |\n|---|---|\n")
    for package in API:
        lines.append(f"| [`speechgen.{package}`]({package}.md) | {_summary(package)} |\n")
    return {"api/index.md": "".join(lines), **pages}


def public_names(package: str) -> list[str]:
    """``__all__`` of a package, or what it defines itself where it has none."""
    tree = _tree(package)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    defined = (ast.FunctionDef, ast.ClassDef)
    return [one.name for one in tree.body if isinstance(one, defined) and one.name[0] != "_"]


def _api_page(package: str) -> str:
    module = f"speechgen.{package}"
    docstring = ast.get_docstring(_tree(package)) or ""
    intro = docstring.partition("\n\n")[0].replace("``", "`")
    names = [f"{module}.{name}" for name in public_names(package)]
    deeper = [f"{home}.{name}" for name, home in _lazy().items() if home.startswith(f"{module}.")]
    entries = "".join(f"::: {name}\n\n" for name in names + deeper)
    return f"# {module}\n\n{intro}\n\n{entries}"


def _summary(package: str) -> str:
    text = ast.get_docstring(_tree(package)) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def _lazy() -> dict[str, str]:
    tree = ast.parse((ROOT / "speechgen" / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_LAZY":
            return dict(ast.literal_eval(node.value))
    raise LookupError("speechgen/__init__.py has no _LAZY any more; mend tools/docsite/pages.py")


def _tree(package: str) -> ast.Module:
    base = ROOT / "speechgen" / package
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))
