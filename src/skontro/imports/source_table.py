"""Tables of foreign files: every cell as text, every row with its file and line."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import attrs
import polars as pl

#: Columns with the origin of a row: name of its file, and its line, row or message, from 1.
FILE: Final = ":file"
LINE: Final = ":line"

Kind = Literal["text", "workbook", "parquet", "fin", "client_bank"]


@attrs.frozen(eq=False)
class SourceTable:
    """One table of a foreign file, or of several files of one form.

    Attributes:
        name: the file, with the sheet of a workbook.
        kind: form of the file.
        rows: the named columns as text, null where a cell is empty; and `FILE` and `LINE`.
        found: how the file was read, for readers: encoding, separator, line of the names.
        passed_over: number of lines without data: titles, repeated headings, blank lines.
    """

    name: str
    kind: Kind
    rows: pl.DataFrame
    found: dict[str, str] = attrs.field(factory=dict)
    passed_over: int = 0

    @property
    def columns(self) -> list[str]:
        """The columns of the file."""
        return [name for name in self.rows.columns if name not in (FILE, LINE)]


def table_of(
    columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], file: str
) -> pl.DataFrame:
    """Rows of cells as a table.

    Args:
        columns: names, each once.
        rows: the line and the cells; short rows are filled up, surplus empty cells are dropped.
        file: name of the file.
    """
    width = len(columns)
    lines: list[int] = []
    filled: list[Sequence[str]] = []
    for line, row in rows:
        lines.append(line)
        filled.append(row if len(row) == width else [*row[:width], *[""] * (width - len(row))])
    cells = [pl.Series(name, column, dtype=pl.String) for name, column in _columns(columns, filled)]
    stripped = pl.all().str.strip_chars(_BLANKS)
    return (
        pl.DataFrame(cells)
        .select(pl.when(stripped != "").then(stripped))
        .with_columns(pl.lit(file).alias(FILE), pl.Series(LINE, lines, dtype=pl.Int64))
    )


def _columns(
    names: Sequence[str], rows: Sequence[Sequence[str]]
) -> Iterable[tuple[str, Sequence[str]]]:
    return zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True)


#: Blanks around a value, the no-break and zero-width ones among them.
_BLANKS: Final = " \t\r\n\v\f\u00a0\u2007\u202f\u2009\u200a\u3000\ufeff\u200b"
