"""The command line: one thin file a verb, each of which composes, builds and calls.

``speechgen`` and ``python -m speechgen`` both run :func:`main`. No verb imports a room of the
package before it is called, so that help is there at once.
"""

from speechgen.cli.entry import app, main

__all__ = ["app", "main"]
