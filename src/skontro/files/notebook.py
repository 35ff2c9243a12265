"""Small HTML tables for notebooks: escaped, without colours, so that any theme is readable."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Final

#: Rows that a notebook shows of one table.
SHOWN_ROWS: Final = 10

#: By name of a class, the function that draws its plots as HTML. The public API fills it when it is
#: loaded: plots belong to a package above this one.
PLOTS: Final[dict[str, Callable[[Any], str]]] = {}


def with_plot(shown: object, table: str) -> str:
    """The table of an object and, where its class has a plot, the plot below it."""
    draw = PLOTS.get(type(shown).__name__)
    return table if draw is None else f"{table}\n{draw(shown)}"


def html_table(title: str, note: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with a title and a line of text; the first column holds words, others figures.

    Args:
        title: one line, in bold.
        note: one line below it.
        head: heading of the columns.
        rows: text of the cells; those after `SHOWN_ROWS` are counted.
    """
    lines = [
        f"<div><strong>{escape(title)}</strong><br>{escape(note)}",
        "<table><thead><tr>",
        *(_cell("th", text, place) for place, text in enumerate(head)),
        "</tr></thead><tbody>",
    ]
    for row in rows[:SHOWN_ROWS]:
        cells = "".join(_cell("td", text, place) for place, text in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    lines.append("</tbody></table>")
    if len(rows) > SHOWN_ROWS:
        lines.append(f"and {len(rows) - SHOWN_ROWS:,} more")
    return "\n".join([*lines, "</div>"])


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 day`` or ``20,000 payments``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _cell(tag: str, text: str, place: int) -> str:
    side = "right" if place else "left"
    return f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>'
