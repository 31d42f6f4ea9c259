"""``python -m speechgen`` is the command ``speechgen``."""

from __future__ import annotations

import sys

from speechgen.cli import main

if __name__ == "__main__":
    sys.argv[0] = "speechgen"  # the name that results give to the command
    main()
