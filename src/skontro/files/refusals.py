"""Refused rows of a file: row, field and reason, also as a table."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from skontro.files.table_files import write_csv
from skontro.model import InputError, ReasonCode

#: The first row of data, counted as in a spreadsheet: the names of the columns are row 1. The same
#: holds for Parquet files, which viewers show with the names above.
FIRST_ROW: Final = 2

#: One row per refusal, by file, then row of the file, then reason number.
REFUSALS: Final = pl.Schema(
    {
        "file": pl.String(),  # the file's name without its folder
        "row": pl.Int64(),  # as a spreadsheet counts: the first row of data is `FIRST_ROW`
        "field": pl.String(),  # the column, or `WHOLE_ROW`
        "reason_number": pl.Int64(),
        "reason": pl.String(),  # name of the reason code
        "value": pl.String(),  # text in the file; null if empty
        "message": pl.String(),
    }
)

#: Refusals in the message of an error; all of them are in its table.
_NAMED_AT_MOST: Final = 20

#: The field of a row that cannot be split into fields.
WHOLE_ROW: Final = "(row)"


@attrs.frozen
class Refusal:
    """One fault of one row; a row may have several.

    Attributes:
        file: name of the file, without its folder.
        row: as a spreadsheet counts; the first row of data is `FIRST_ROW`.
        field: the column, or `WHOLE_ROW`.
        reason: why the row is refused.
        value: text in the file, None if empty.
        message: the problem, as the end of a sentence that begins with field and value.
    """

    file: str
    row: int
    field: str
    reason: ReasonCode
    value: str | None
    message: str

    def __str__(self) -> str:
        value = "" if self.value is None else f" {self.value!r}"
        return f"{self.file}, row {self.row}, {self.field}{value}: {self.message}"


def _check_schema(_instance: object, _attribute: object, table: pl.DataFrame) -> None:
    if table.schema != REFUSALS:
        raise InputError(f"refusals: columns {table.schema}, expected {REFUSALS}")


@attrs.frozen(eq=False)
class Refusals:
    """All refusals of a file or several, ordered by file, row and reason number.

    Attributes:
        table: a table with the columns `REFUSALS`.
    """

    table: pl.DataFrame = attrs.field(validator=_check_schema)

    @classmethod
    def of(cls, refusals: list[Refusal]) -> "Refusals":
        """The same refusals as a table, in the order given."""
        rows = [
            (r.file, r.row, r.field, int(r.reason), r.reason.name, r.value, r.message)
            for r in refusals
        ]
        return cls(pl.DataFrame(rows, schema=REFUSALS, orient="row"))

    @property
    def refused_rows(self) -> int:
        """Number of refused rows, each counted once."""
        return self.table.select("file", "row").n_unique()

    def __len__(self) -> int:
        return self.table.height

    def __iter__(self) -> Iterator[Refusal]:
        for file, row, field, number, _name, value, message in self.table.iter_rows():
            yield Refusal(file, row, field, ReasonCode(number), value, message)


class RowsRefused(InputError):  # noqa: N818  the fact is the name
    """Rows of files cannot be used, so nothing was settled; the message lists the first rows.

    Args:
        path: path of the scenario or payments file.
        refusals: refusals of its rows.

    Attributes:
        refusals: a table with all of them: file, row, field, reason, value, message.

    Example:
        >>> from pathlib import Path
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_scenario(small_day(), "day", payments_format="csv")
        >>> file = Path("day/payments.csv")
        >>> changed = file.read_text(encoding="utf-8").replace("70.00", "70.001")
        >>> _ = file.write_text(changed, encoding="utf-8")
        >>> try:
        ...     sk.settle("day")
        ... except sk.RowsRefused as error:
        ...     error.refusals.select("row", "field", "reason").rows()
        [(2, 'amount', 'WRONG_EXPONENT')]
    """

    def __init__(self, path: str | os.PathLike[str], refusals: Refusals) -> None:
        lines = [f"{one} [{one.reason.name}]" for one in islice(refusals, _NAMED_AT_MOST)]
        more = len(refusals) - len(lines)
        rows = refusals.refused_rows
        many, them = ("row is", "it") if rows == 1 else ("rows are", "them")
        head = (
            f"{os.fspath(path)}: {rows:,} {many} refused; correct {them}, or give "
            f"skip_invalid=True to leave {them} out"
        )
        super().__init__("\n  ".join([head, *lines, *([f"and {more:,} more"] if more else [])]))
        self.refusals = refusals.table


def write_refusals(path: Path, refusals: Refusals) -> None:
    """Write refusals as CSV with the columns `REFUSALS`.

    Raises:
        InputError: the file cannot be written there.
    """
    write_csv(path, refusals.table)
