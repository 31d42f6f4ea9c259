"""Docstrings as the reference shows them: roles such as ``:func:`NAME``` become links or code."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

_ROLE = re.compile(r":(?:class|func|meth|mod|data|attr|exc):`~?\.?([^`]+)`")
_LITERAL = re.compile(r"``([^`]+)``")


class Roles(Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Called by griffe for each thing it has read."""
        if obj.docstring is not None:
            obj.docstring.value = rewritten(obj.docstring.value)


def rewritten(text: str) -> str:
    """Plain Markdown: names as code."""
    return _LITERAL.sub(r"`\1`", _ROLE.sub(r"`\1`", text))
