"""A page to listen to recordings and what systems made of them, side by side with pictures.

OUTPUT/index.html                 the page: no script, nothing from elsewhere
OUTPUT/sounds/ID__SYSTEM.wav      what its players play
OUTPUT/pictures/ID__SYSTEM.png    narrow-band spectrograms, in which harmonics can be seen
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from speechgen.audio import info, write
from speechgen.data import load_data_directory
from speechgen.errors import DataError
from speechgen.evaluation.sources import sources_of_directory, spread_evenly
from speechgen.files import write_text
from speechgen.progress import track
from speechgen.reporting.estimates import Estimate, estimates_of
from speechgen.reporting.narrow_band import narrow_band_figure

PAGE = "index.html"
RECORDING = "recording"
_STYLE = """
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 110rem; padding: 0 1rem 3rem; }
  h2 { margin: 2.5rem 0 .25rem; overflow-wrap: anywhere; }
  nav ul, .row { list-style: none; margin: 0; padding: 0; }
  nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
  .row { display: grid; gap: 1rem;
         grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
  figure { margin: 0; }
  figcaption { font-weight: bold; overflow-wrap: anywhere; }
  audio { display: block; width: 100%; margin: .25rem 0; }
  img { display: block; width: 100%; height: auto; background: white; }
  .words { font-size: .875rem; margin: .25rem 0 0; }
"""


@dataclass(frozen=True)
class _Cell:
    """A sound of a row: its title, the files beside the page, and the picture in words."""

    title: str
    sound: str
    picture: str
    words: str


def write_listening_page(
    reference: str | Path,
    estimate: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    limit: int | None = None,
    title: str = "Listening page",
) -> Path:
    """Write a folder with a page of rows: a recording, and what each system made of it.

    Parameters
    ----------
    reference
        Data directory of the recordings.
    estimate
        Folder of each system with files called ``UTTERANCE`` or ``UTTERANCE__as__SPEAKER``.
    output
        Folder for the page, its sounds and pictures; older ones of their names are replaced.
    limit
        At most so many utterances, spread evenly.
    title
        What stands over the page.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DataError
        A folder holds nothing of the reference, or two folders have one name.
    AudioError, OutputError
        A sound cannot be read, or the page cannot be written.
    """
    output = Path(output)
    folders = [estimate] if isinstance(estimate, str | Path) else list(estimate)
    names = [Path(folder).name for folder in folders]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"two folders are called {twice!r}; systems are named after their folders")
    data = load_data_directory(reference)
    recorded, estimates = sources_of_directory(data), estimates_of(data, folders)
    chosen = spread_evenly(sorted(estimates), limit)
    rows = []
    for name in track(chosen, "listening page"):
        original = Estimate(RECORDING, "", recorded[name])
        shown = [original, *estimates[name]]
        rate = max(info(one.source.path).sample_rate for one in estimates[name])
        text = (data.texts or {}).get(name, "")
        rows.append((name, text, [_cell(name, one, rate, output) for one in shown]))
    write_text(output / PAGE, _page(title, rows))
    return output / PAGE


def _cell(name: str, shown: Estimate, sample_rate: int, output: Path) -> _Cell:
    """Write sound and picture; the recording too at the rate of what was made of it."""
    title = f"{shown.system} as {shown.speaker}" if shown.speaker else shown.system
    stem = f"{name}__{title}".replace("/", "_").replace(" ", "_")
    sound, picture = f"sounds/{stem}.wav", f"pictures/{stem}.png"
    wave = shown.source.read(sample_rate)
    write(output / sound, wave, sample_rate, overwrite=True)
    return _Cell(title, sound, picture, narrow_band_figure(wave, sample_rate, output / picture))


def _page(title: str, rows: Sequence[tuple[str, str, Sequence[_Cell]]]) -> str:
    """The page as HTML 5."""
    links = [
        f'<li><a href="#{quote(_anchor(name))}">{escape(name)}</a></li>' for name, _, _ in rows
    ]
    sections = [_section(name, text, cells) for name, text, cells in rows]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<header><h1>{escape(title)}</h1>",
            "<p>Every row is an utterance: the recording, and what each system made of it. The "
            "pictures are narrow-band spectrograms (windows of 50 ms, 0 to 4 kHz, 50 dB from white "
            "to black): the dark lines are harmonics, the red one is the fundamental frequency "
            "as YIN finds it.</p></header>",
            f'<nav aria-label="Utterances"><ul>\n{chr(10).join(links)}\n</ul></nav>\n<main>',
            *sections,
            "</main>\n</body>\n</html>\n",
        ]
    )


def _section(name: str, text: str, cells: Sequence[_Cell]) -> str:
    anchor = escape(_anchor(name))
    said = f"<p>{escape(text)}</p>\n" if text else ""
    items = "\n".join(_item(name, cell) for cell in cells)
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{escape(name)}</h2>\n{said}'
        f'<ul class="row">\n{items}\n</ul>\n</section>'
    )


def _item(name: str, cell: _Cell) -> str:
    label, words = escape(f"{name}, {cell.title}"), escape(cell.words)
    return (
        f"<li><figure><figcaption>{escape(cell.title)}</figcaption>\n"
        f'<audio controls preload="none" src="{quote(cell.sound)}" aria-label="{label}"></audio>\n'
        f'<img src="{quote(cell.picture)}" loading="lazy" width="768" height="480" '
        f'alt="Spectrogram of {label}: {words}">\n'
        f'<p class="words" aria-hidden="true">{words}</p></figure></li>'
    )


def _anchor(name: str) -> str:
    return f"utterance-{name}"
