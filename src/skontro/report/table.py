"""A table of a report: displayed text, and the same figures for sorting and for its CSV."""

import re
from collections.abc import Iterator
from typing import Final

import attrs

from skontro.report.formatting import machine_value

_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


@attrs.frozen
class Head:
    """A column title.

    Attributes:
        text: as shown.
        csv: as the first line of the CSV gives it, with the unit of the figures.
        word: whether the column holds words.
    """

    text: str
    csv: str
    word: bool


@attrs.frozen
class Cell:
    """One cell.

    Attributes:
        head: heading of its column.
        text: as shown.
        value: as a program reads it; None if that is the same.
    """

    head: Head
    text: str
    value: str | None


@attrs.frozen(kw_only=True)
class Table:
    """A table on the page.

    Attributes:
        caption: its content and unit.
        head: column titles.
        words: how many of the leading columns hold words; the others hold figures.
        rows: cells as text, figures as `wording` writes them.
        unit: unit of the columns of amounts, for example ``USD million``.
        amounts: titles of the columns that are in that unit.
        totals: how many of the last rows sum up others; sorting leaves them where they are.
        empty: the sentence instead of a table without rows.
    """

    caption: str
    head: tuple[str, ...]
    words: int
    rows: tuple[tuple[str, ...], ...]
    unit: str = ""
    amounts: tuple[str, ...] = ()
    totals: int = 0
    empty: str = "There is nothing to list."

    @property
    def title(self) -> str:
        """The caption without its unit, for the table of contents."""
        return re.split("[,:;]", self.caption, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """Identifier on the page and name of the CSV file."""
        return f"table-{_NO_NAME.sub('-', self.title.lower()).strip('-')}"

    @property
    def heads(self) -> tuple[Head, ...]:
        """All column titles."""
        return tuple(
            Head(text, self._csv_title(number), word=number < self.words)
            for number, text in enumerate(self.head)
        )

    def _csv_title(self, number: int) -> str:
        text = self.head[number]
        if text in self.amounts:
            return f"{text} ({self.unit})"
        unit = self._unit(number)
        return f"{text} ({unit})" if unit else text

    def _unit(self, number: int) -> str | None:
        """The unit of all figures of a column: empty for none, None if they cannot be compared."""
        if number < self.words:
            return None
        figures = [machine_value(row[number]) for row in self.rows]
        units = {unit for value, unit in figures if value}
        if len(units) > 1 or None in units:
            return None
        return units.pop() if units else ""

    @property
    def groups(self) -> Iterator[tuple[str, list[list[Cell]]]]:
        """Rows to sort, then those that sum them up, with the name of their element."""
        heads = self.heads
        comparable = [self._unit(number) is not None for number in range(len(heads))]
        rows = [
            [
                Cell(head, text, _value(text) if figures else None)
                for head, text, figures in zip(heads, row, comparable, strict=True)
            ]
            for row in self.rows
        ]
        end = len(rows) - self.totals
        yield "tbody", rows[:end]
        if self.totals:
            yield "tfoot", rows[end:]


def _value(text: str) -> str | None:
    value, _ = machine_value(text)
    return None if value == text else value
