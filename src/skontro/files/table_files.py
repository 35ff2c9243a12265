"""Tables as files: Parquet, and CSV in which cells that a spreadsheet would compute are marked.

A spreadsheet evaluates a CSV cell that begins like a formula. Such a formula can send the rest of
the sheet elsewhere or start a program (CWE-1236). An apostrophe before the cell marks it as text,
as spreadsheets do themselves. Numbers stay numbers: a negative amount is no formula.

A cell with apostrophes before a formula gets one more. So no two cells have the same marked form,
and removing one apostrophe gives back exactly the original cell.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import polars as pl

from skontro.files.reading import read_bytes
from skontro.files.writing import replacing
from skontro.model import InputError

#: Fixed, so that the bytes depend neither on the number of threads nor on how a table was built.
ROW_GROUP_SIZE: Final = 1 << 18
#: Three quarters of the time of level 3, and as many bytes.
COMPRESSION_LEVEL: Final = 1

MARK: Final = "'"

# Blanks before the sign do not help, and wide signs count in some locales. NUL is dropped by some.
_FORMULA: Final = r"^'*(?:[\t\r\n\x00]|\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
_NUMBER: Final = r"^'*-[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?: ?%)?$"


def marked(table: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would compute.

    Example:
        >>> marked(pl.DataFrame({"name": ["=1+1", "-1.50", "Bank"]}))["name"].to_list()
        ["'=1+1", '-1.50', 'Bank']
    """
    text = pl.col(pl.String)
    return table.with_columns(
        pl.when(_is_formula(text)).then(MARK + text).otherwise(text).name.keep()
    )


def unmarked(table: pl.DataFrame) -> pl.DataFrame:
    """The inverse of `marked`; an apostrophe that marks no formula stays.

    Example:
        >>> unmarked(pl.DataFrame({"name": ["'=1+1", "'t Bank"]}))["name"].to_list()
        ['=1+1', "'t Bank"]
    """
    names = [
        name
        for name, dtype in table.schema.items()
        if dtype == pl.String() and table[name].str.starts_with(MARK).any()
    ]
    bare = pl.col(names).str.strip_prefix(MARK)
    is_marked = pl.col(names).str.starts_with(MARK) & _is_formula(bare)
    return table.with_columns(pl.when(is_marked).then(bare).otherwise(pl.col(names)).name.keep())


def _is_formula(text: pl.Expr) -> pl.Expr:
    return text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)


def read_parquet(path: Path) -> pl.DataFrame:
    """The table in a Parquet file.

    Raises:
        InputError: as `read_bytes`, and where the file is not Parquet or is damaged.
    """
    content = read_bytes(path)
    try:
        # From memory, because a path would be searched for wildcards and `name=value` folders.
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # The reader panics, rather than raises, on some damaged files.
        raise InputError(f"{path}: not a readable Parquet file: {error}") from None


class _ErrorKeepingFile(io.RawIOBase):
    """A file that keeps errors of the operating system, which Polars does not always pass on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:  # noqa: ANN401  bytes, or a view of them
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise


@contextmanager
def _table_file(path: Path) -> Iterator[BinaryIO]:
    """A file for Polars to write to; see `replacing`."""
    with replacing(path) as file:
        noting = _ErrorKeepingFile(file)
        try:
            yield cast(BinaryIO, noting)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            if noting.error is None:
                raise
            raise noting.error from None


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet.

    Raises:
        InputError: the file cannot be written there.
    """
    with _table_file(path) as file:
        table.write_parquet(
            file,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            row_group_size=ROW_GROUP_SIZE,
        )


def write_csv(path: Path, table: pl.DataFrame) -> None:
    """Write a table as CSV: commas, line feeds, quotes only where a field needs them.

    Every CSV file that Skontro writes is written here, so in each of them text that a spreadsheet
    would compute is marked.

    Raises:
        InputError: the file cannot be written there.
    """
    with _table_file(path) as file:
        marked(table).write_csv(file, line_terminator="\n", quote_style="necessary")


def write_rows(
    path: Path, content: str, rows: pl.DataFrame, as_csv: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    """Write rows as Parquet or CSV, by the ending of the name.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        content: noun for the rows, in the plural.
        rows: as in Parquet.
        as_csv: the same rows as in CSV.

    Raises:
        InputError: the name ends in something else, or the file cannot be written.
    """
    if path.suffix.lower() == ".parquet":
        write_parquet(path, rows)
    elif path.suffix.lower() == ".csv":
        write_csv(path, as_csv(rows))
    else:
        raise InputError(f"{path}: {content} are written to files that end in .csv or .parquet")
