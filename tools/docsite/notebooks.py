#!/usr/bin/env python3
"""Executes the notebooks of tools/notebooks, and makes pages of the site of them.

python tools/docsite/notebooks.py            those whose outputs are not of the code as it is
python tools/docsite/notebooks.py NAME ...   these, whatever there is

The notebooks are kept without outputs. What is executed goes to exp/notebooks/NAME.ipynb, with a
hash of the notebook and of all code of the package; only such a fresh one is shown with outputs.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tools" / "notebooks"
EXECUTED = ROOT / "exp" / "notebooks"
NAMES = ("enhance", "wavenet", "voices", "cores")

# Run in the kernel before the first cell: a notebook that reaches for the network fails.
_ALONE = """
import sys as _sys

def _refuse(event, values):
    if event == "socket.getaddrinfo" or event == "socket.connect" and isinstance(values[1], tuple):
        host = values[0 if event == "socket.getaddrinfo" else 1]
        host = host[0] if isinstance(host, tuple) else host
        if host not in ("127.0.0.1", "localhost", "::1", None, ""):
            raise ConnectionError(f"a notebook reached for the network: {host}")

_sys.addaudithook(_refuse)
"""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_DATA_URI = re.compile(r'src="data:audio/wav;base64,([^"]+)"')
_NO_OUTPUTS = "*Without outputs: `bash tools/site.sh` executes the notebooks and shows them here.*"


def executed(path: Path, folder: Path, *, timeout: int = 300) -> Any:
    """The notebook at ``path`` with outputs, run from a clean kernel in ``folder``, alone.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell failed, or reached for the network.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    guard = nbformat.v4.new_code_cell(_ALONE)
    notebook.cells.insert(0, guard)
    with tempfile.TemporaryDirectory() as settings:
        places = dict.fromkeys(("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"), settings)
        before = {name: os.environ.get(name) for name in places}
        os.environ.update(places)
        try:
            NotebookClient(
                notebook,
                timeout=timeout,
                resources={"metadata": {"path": str(folder)}},
                extra_arguments=["--IPKernelApp.log_level=40"],
                record_timing=False,
            ).execute()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
    del notebook.cells[0]
    return notebook


def fingerprint(path: Path) -> str:
    """Of a notebook and the code that it is run by."""
    total = hashlib.sha256(path.read_bytes())
    for source in sorted((ROOT / "speechgen").rglob("*.py")):
        total.update(source.read_bytes())
    return total.hexdigest()


def fresh(name: str) -> Any:
    """The executed notebook, where it is of the notebook and the code as they are; else None."""
    import nbformat

    path = EXECUTED / f"{name}.ipynb"
    if not path.exists():
        return None
    notebook = nbformat.read(path, as_version=4)
    current = notebook.metadata.get("fingerprint") == fingerprint(FOLDER / f"{name}.ipynb")
    return notebook if current else None


def page(name: str) -> tuple[str, dict[str, bytes]]:
    """The notebook as Markdown, and the files beside it: itself, and what it shows."""
    import nbformat

    notebook, files = fresh(name), {f"{name}.ipynb": (FOLDER / f"{name}.ipynb").read_bytes()}
    lines = [f"[Download the notebook]({name}.ipynb)"]
    if notebook is None:
        notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
        lines.append(_NO_OUTPUTS)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            lines.append(cell.source)
            continue
        lines.append(f"```python\n{cell.source}\n```")
        for place, output in enumerate(cell.get("outputs", [])):
            text, made = _shown(output, f"{name}-{number:02d}-{place}")
            lines.append(text)
            files.update(made)
    first = next(index for index, line in enumerate(lines) if line.startswith("# "))
    heading, _, rest = lines.pop(first).partition("\n")
    return "\n\n".join([heading, *lines[:first], rest.strip(), *lines[first:]]) + "\n", files


def _shown(output: Any, stem: str) -> tuple[str, dict[str, bytes]]:
    """One output as Markdown: a picture, a sound, a table or plain text."""
    if output.output_type == "stream":
        return f"```text\n{_ANSI.sub('', output.text).rstrip()}\n```", {}
    data = output.get("data", {})
    if "image/png" in data:
        return f"![]({stem}.png)", {f"{stem}.png": base64.b64decode(data["image/png"])}
    sound = _DATA_URI.search(data.get("text/html", ""))
    if sound:
        player = f'<audio controls preload="none" src="{stem}.wav"></audio>'
        return player, {f"{stem}.wav": base64.b64decode(sound[1])}
    if "text/markdown" in data:
        return str(data["text/markdown"]).strip(), {}
    return f"```text\n{_ANSI.sub('', data.get('text/plain', '')).rstrip()}\n```", {}


def titles() -> Iterator[tuple[str, str]]:
    """Name and title of each notebook, in the order to read them in."""
    import json

    for name in NAMES:
        cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        yield name, "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")


def main() -> int:
    """Execute what is asked for, or what is not fresh."""
    import nbformat

    EXECUTED.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or [one for one in NAMES if fresh(one) is None]:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(FOLDER / f"{name}.ipynb", Path(folder))
        notebook.metadata["fingerprint"] = fingerprint(FOLDER / f"{name}.ipynb")
        part = EXECUTED / f"{name}.ipynb.part"
        nbformat.write(notebook, part)
        part.replace(EXECUTED / f"{name}.ipynb")
        print(f"notebook {name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
