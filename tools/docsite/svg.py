"""Just enough SVG for the diagrams: boxes, words, lines and arrows on a white sheet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

INK, SOFT, LINE = "#1f2933", "#52606d", "#9aa5b1"
BLUE, ORANGE, GREEN, GREY = "#dbe7ff", "#ffe3c7", "#d5f2dd", "#eef1f4"
STRONG = "#3f51b5"
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"


class Sheet:
    """A drawing of ``width`` by ``height`` pixels; ``title`` is what a screen reader says."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._parts: list[str] = []

    def box(
        self, x: float, y: float, width: float, height: float, words: str = "", fill: str = GREY
    ) -> None:
        """A rectangle with ``words`` in its middle, one line for each line of them."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" '
            f'fill="{fill}" stroke="{LINE}"/>'
        )
        lines = words.split("\n") if words else []
        for number, line in enumerate(lines):
            middle = y + height / 2 + 16 * (number - (len(lines) - 1) / 2) + 4.5
            self.text(x + width / 2, middle, line, anchor="middle", soft=number > 0)

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", size: int = 13,
        soft: bool = False, bold: bool = False,
    ) -> None:  # fmt: skip
        """A line of text whose foot stands at ``y``."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{weight} '
            f'fill="{SOFT if soft else INK}">{escape(words)}</text>'
        )

    def dot(self, x: float, y: float, radius: float = 5, fill: str = GREY) -> None:
        """A disc."""
        self._parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{LINE}"/>'
        )

    def line(
        self, points: Sequence[tuple[float, float]], *, colour: str = LINE, width: float = 1,
        arrow: bool = False, dashed: bool = False,
    ) -> None:  # fmt: skip
        """A line through ``points``, with a head at its end where ``arrow``."""
        where = " ".join(f"{x:g},{y:g}" for x, y in points)
        head = ' marker-end="url(#head)"' if arrow else ""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self._parts.append(
            f'<polyline points="{where}" fill="none" stroke="{colour}" '
            f'stroke-width="{width:g}"{dash}{head}/>'
        )

    def __str__(self) -> str:
        size = f'width="{self.width}" height="{self.height}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
                f'viewBox="0 0 {self.width} {self.height}" role="img" font-family="{_FONT}">',
                f"<title>{escape(self.title)}</title>",
                '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
                f'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="{SOFT}"/>'
                "</marker></defs>",
                f'<rect {size} rx="8" fill="#fff"/>',
                *self._parts,
                "</svg>\n",
            ]
        )
