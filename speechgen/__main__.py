"""``python -m speechgen`` is the command ``speechgen``."""

from __future__ import annotations

from speechgen.cli import app

if __name__ == "__main__":
    app()
