"""``python -m speechgen`` is the command ``speechgen``."""

from __future__ import annotations

from speechgen.cli import main

if __name__ == "__main__":
    main()
