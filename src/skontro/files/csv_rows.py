"""CSV rows split into text fields; a line that cannot be split is refused, never dropped.

One line is one row, so an unclosed quote cannot swallow the rows after it. Lines without quotes
and with the right number of commas are split as whole columns. The few others go through the
`csv` module one by one.
"""

import csv
from pathlib import Path

import attrs
import polars as pl

from skontro.files.reading import read_text
from skontro.files.refusals import FIRST_ROW, WHOLE_ROW, Refusal
from skontro.files.table_files import unmarked
from skontro.model import InputError, ReasonCode


@attrs.frozen
class CsvFile:
    """A CSV file before its rows are split.

    Attributes:
        path: the file.
        names: the column names in its first line.
        lines: the other lines without line ends, and without blank lines at the end.
    """

    path: Path
    names: tuple[str, ...]
    lines: pl.Series


def read_csv_file(path: Path) -> CsvFile:
    """Read the column names and the lines of a CSV file in UTF-8, separated by commas.

    Raises:
        InputError: the file cannot be read, is not UTF-8, or its first line names no columns.
    """
    first, *others = read_text(path).rstrip("\r\n").split("\n")
    fields, problem = _split_line(first.removesuffix("\r"))
    if problem:
        raise InputError(f"{path}: the first line must name the columns: {problem}")
    return CsvFile(path, tuple(fields), pl.Series("line", others, dtype=pl.String))


def split_rows(file: CsvFile) -> tuple[pl.DataFrame, list[Refusal]]:
    """Split the lines of a file whose column names are known and distinct.

    Returns:
        A table with the row number (`row`) and the file's columns as text, null where a field is
        empty, without the marks of text that a spreadsheet would compute (`unmarked`); and a
        refusal of each line that does not have one field per column.
    """
    width = len(file.names)
    text = pl.col("line").str.strip_suffix("\r")
    numbered = pl.DataFrame([file.lines]).select(
        pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW, dtype=pl.Int64).alias("row"), text
    )
    line = pl.col("line")
    regular = ~line.str.contains('"', literal=True) & (
        line.str.count_matches(",", literal=True) == width - 1
    )
    fields = line.str.split_exact(",", width - 1).struct.rename_fields(list(file.names))
    table = numbered.filter(regular).select("row", fields).unnest("line")
    others, refusals = _split_one_by_one(file, numbered.filter(~regular))
    if others.height:
        table = pl.concat([table, others]).sort("row")
    filled = pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep()
    return unmarked(table.with_columns(filled)), refusals


def _split_one_by_one(file: CsvFile, lines: pl.DataFrame) -> tuple[pl.DataFrame, list[Refusal]]:
    rows: list[tuple[int | str, ...]] = []
    refusals = []
    for row, line in lines.iter_rows():
        fields, problem = _split_line(line)
        if not problem and len(fields) != len(file.names):
            problem = f"the row has {len(fields)} fields, expected {len(file.names)}"
        if problem:
            reason = ReasonCode.FIELD_MALFORMED
            refusals.append(Refusal(file.path.name, row, WHOLE_ROW, reason, line, problem))
        else:
            rows.append((row, *fields))
    schema = pl.Schema({"row": pl.Int64()} | dict.fromkeys(file.names, pl.String()))
    return pl.DataFrame(rows, schema=schema, orient="row"), refusals


def _split_line(line: str) -> tuple[list[str], str]:
    """The fields of one line, and its problem, empty if there is none."""
    if not line.strip():
        return [], "the line is blank"
    try:
        return next(csv.reader([line], strict=True)), ""
    except csv.Error as error:
        return [], f"the line cannot be split into fields, look at its quotes: {error}"
