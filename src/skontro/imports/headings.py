"""The line of column names among the titles, pages and notes of a printed list.

Method. Names of columns are short texts with letters, all different, and a heading has more of them
in one line than any title. The first line of the greatest width with names alone is the heading. A
second line of names below it belongs to it where it names columns that the first has merged.
"""

import re
from collections.abc import Sequence
from typing import Final

import attrs

from skontro.imports.bank_codes import bic_of

#: Lines searched for the heading.
_SEARCHED: Final = 200
#: Least part of a list's width that a heading fills.
_FILLED: Final = 0.6
_LONGEST_NAME: Final = 60
_LETTER: Final = re.compile(r"[^\W\d_]")
_DATA: Final = re.compile(r"[0-9][0-9\s.,:/'-]*|[0-9a-fA-F-]{32,36}")


@attrs.frozen
class Heading:
    """The names of a list's columns.

    Attributes:
        first, last: positions of its lines among the rows, counted from 0; -1 without a heading.
        names: one for each column, all different.
    """

    first: int
    last: int
    names: tuple[str, ...]


def find_heading(rows: Sequence[Sequence[str]]) -> Heading:
    """The heading of a list, or numbered columns if it has none.

    Args:
        rows: the cells of each line, from the first line of the file.

    Example:
        >>> find_heading([["Register", ""], ["Date", "Sum"], ["05.11.2026", "10,00"]]).names
        ('Date', 'Sum')
    """
    searched = rows[:_SEARCHED]
    filled = [sum(bool(cell.strip()) for cell in row) for row in searched]
    width = max((len(row) for row in rows), default=0)
    least = max(2, int(_FILLED * max(filled, default=0)))
    for position, row in enumerate(searched):
        if filled[position] >= least and _are_names(row):
            second = _is_second_line(searched, position)
            lines = [row, searched[position + 1]] if second else [row]
            return Heading(position, position + len(lines) - 1, _names(lines, width))
    return Heading(-1, -1, tuple(f"column {number + 1}" for number in range(width)))


def _are_names(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    return all(_is_name(cell) for cell in cells)


def _is_name(cell: str) -> bool:
    lettered = _LETTER.search(cell) is not None or cell in {"#", "№", "N°"}
    is_data = _DATA.fullmatch(cell) is not None or bic_of(cell) is not None
    return lettered and len(cell) <= _LONGEST_NAME and not is_data


def _is_second_line(rows: Sequence[Sequence[str]], position: int) -> bool:
    """Whether the next line names the columns that this one leaves without a name."""
    if position + 1 >= len(rows):
        return False
    first, second = rows[position], rows[position + 1]
    filled = [index for index, cell in enumerate(second) if cell.strip()]
    unnamed = [index for index in filled if index >= len(first) or not first[index].strip()]
    return bool(unnamed) and len(filled) < len(first) and _are_names(second)


def _names(lines: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """The names from top to bottom, each once; a merged name holds for the columns to its right."""
    names: list[str] = []
    above = ""
    for index in range(width):
        cells = [line[index].strip() if index < len(line) else "" for line in lines]
        if len(cells) > 1:
            above = cells[0] or (above if cells[1] else "")
            cells[0] = above
        name = " ".join(" ".join(cells).split()) or f"column {index + 1}"
        again = names.count(name)
        while name in names:
            again += 1
            name = f"{name} ({again})"
        names.append(name)
    return tuple(names)


def body(
    rows: Sequence[tuple[int, Sequence[str]]], heading: Heading
) -> tuple[list[tuple[int, Sequence[str]]], int]:
    """The lines of data, and the number of those that are headings, titles or blank.

    Args:
        rows: line number and cells, from the first line of the file.
        heading: of these rows; it is left out again where each page repeats it.
    """
    repeated = {
        tuple(cell.strip() for cell in rows[position][1])
        for position in range(max(heading.first, 0), heading.last + 1)
    }
    first_cells = {cells[0] for cells in repeated if cells}
    data = [
        (line, cells)
        for line, cells in rows[heading.last + 1 :]
        if "".join(cells).strip()
        and (
            cells[0].strip() not in first_cells
            or tuple(cell.strip() for cell in cells) not in repeated
        )
    ]
    return data, len(rows) - len(data)
