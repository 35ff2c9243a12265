"""Draws `architecture.svg`: the packages in layers, and what each may import.

Run from anywhere: ``python docs/images/architecture.py``.
"""

from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 860
_BOX_HEIGHT: Final = 62
_GAP: Final = 18
_LEFT, _RIGHT = 24, 836

#: Layers from the top: each may import those below it.
LAYERS: Final = (
    (("cli", "one module for each command"),),
    (
        ("web", "the pages for people"),
        ("api", "the Python API: what import skontro offers"),
    ),
    (("report", "HTML pages, plots, explanations"),),
    (
        ("service", "HTTP, sequencer, writer"),
        ("simulation", "scenarios, generator, studies"),
    ),
    (("compilation", "machine code of the engine, once after an installation"),),
    (
        ("ledger", "record, receipts"),
        ("messages", "ISO 20022 in and out"),
        ("screening", "parties and lists"),
        ("statistics", "shares, delay"),
        ("compensation", "late payments"),
        ("netting", "obligations, cycles"),
        ("imports", "foreign files"),
    ),
    (("files", "readers and writers: CSV, Parquet, YAML, JSON"),),
    (("system", "business day, acceptance, warehouse, four eyes"),),
    (("engine", "commands in, events out: rules, offsetting, queues"),),
    (("model", "currency, amount, participant, account, rulebook, reason codes"),),
)
#: Layers that do no input or output, read no clock and draw no random number.
DETERMINISTIC: Final = frozenset({"system", "engine", "model"})
_PROMISE: Final = "Deterministic: no input or output, no clock, no random number"

#: Most packages of one row.
_MOST: Final = 4

_STYLE: Final = """
  text { font-family: system-ui, sans-serif; fill: #1f2933; text-anchor: middle; }
  .name { font-size: 17px; font-weight: 600; }
  .note { font-size: 13px; fill: #52606d; }
  .box { fill: #ffffff; stroke: #9aa5b1; stroke-width: 1.2; }
  .pure { fill: #e3f0fb; stroke: #4a8bc2; }
  .zone { fill: #f3f8fd; stroke: #4a8bc2; stroke-dasharray: 5 4; }
  .arrow { stroke: #52606d; stroke-width: 1.4; fill: none; marker-end: url(#head); }
  .head { fill: #52606d; }
  .paper { fill: #ffffff; }
"""


def _box(x: float, y: float, width: float, name: str, note: str) -> str:
    kind = "box pure" if name in DETERMINISTIC else "box"
    middle = x + width / 2
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{_BOX_HEIGHT}" '
        'rx="6"/>\n'
        f"{_text('name', middle, y + 27, name)}{_text('note', middle, y + 47, note)}"
    )


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>\n'


def _layer_top(number: int) -> int:
    return 24 + number * (_BOX_HEIGHT + _GAP)


def _rows() -> list[tuple[bool, tuple[tuple[str, str], ...]]]:
    """Rows of boxes, and whether each begins a layer; a layer of many packages has several."""
    rows = []
    for layer in LAYERS:
        count = -(-len(layer) // _MOST)
        size = -(-len(layer) // count)
        rows += [(not start, layer[start : start + size]) for start in range(0, len(layer), size)]
    return rows


def _layers() -> str:
    drawn = []
    for number, (begins, row) in enumerate(_rows()):
        width = (_RIGHT - _LEFT - _GAP * (len(row) - 1)) / len(row)
        for place, (name, note) in enumerate(row):
            x = _LEFT + place * (width + _GAP)
            drawn.append(_box(x, _layer_top(number), width, name, note))
        if number and begins:
            top = _layer_top(number) - _GAP
            drawn.append(f'<path class="arrow" d="M{WIDTH / 2:g} {top} v{_GAP - 4}"/>\n')
    return "".join(drawn)


def drawing() -> str:
    """The drawing as SVG."""
    rows = _rows()
    first = next(n for n, (_, row) in enumerate(rows) if row[0][0] in DETERMINISTIC)
    top, bottom = _layer_top(first) - 8, _layer_top(len(rows) - 1) + _BOX_HEIGHT + 34
    height = bottom + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="Packages of Skontro in layers; each imports only from layers below it">\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>\n'
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>\n'
        f'<rect class="zone" x="12" y="{top}" width="{WIDTH - 24}" height="{bottom - top}" '
        'rx="8"/>\n'
        f"{_layers()}"
        f"{_text('note', WIDTH / 2, bottom - 12, _PROMISE)}"
        "</svg>\n"
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(drawing(), encoding="utf-8")
