"""Columns that a table of orders may have, and the checks before any value is read."""

from typing import Any, Final

import polars as pl

from skontro.service.api.order_schemas import MAX_ORDERS

#: Columns of text, or of a dictionary of texts, and the further types that some of them may have.
_TERMS: Final = "counterleg_"
TERMS: Final = ("payer", "payee", "currency", "amount")
COLUMNS: Final = (
    "uetr",
    "payer",
    "payee",
    "currency",
    "amount",
    "payment_class",
    "payment_type",
    "earliest_at",
    "latest_at",
    "value_date",
    "counterleg",
    *(f"{_TERMS}{name}" for name in TERMS),
    "details",
)
_FURTHER: Final[dict[str, tuple[type[pl.DataType], str]]] = {
    "uetr": (pl.Binary, "16 bytes"),
    "counterleg": (pl.Binary, "16 bytes"),
    "amount": (pl.Decimal, "a decimal number"),
    "counterleg_amount": (pl.Decimal, "a decimal number"),
    "earliest_at": (pl.Datetime, "a timestamp with a time zone"),
    "latest_at": (pl.Datetime, "a timestamp with a time zone"),
    "value_date": (pl.Date, "a date"),
}
_DICTIONARIES: Final = (pl.Categorical, pl.Enum)
#: Bytes that the texts of a table have at most, repeated ones counted each time.
MAX_TEXT: Final = 8 * 2**20


class RefusedTable(Exception):  # noqa: N818  the fact is the name
    """The table is not one of orders.

    Args:
        status: of HTTP.
        detail: why, and what to do.
        column: that is wrong; empty for the table.
    """

    def __init__(self, status: int, detail: str, column: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.column = status, detail, column


def checked(table: pl.DataFrame) -> pl.DataFrame:
    """The table with dictionaries as texts, and without columns that have no value.

    Raises:
        RefusedTable: it has other columns or types, or too much text.
    """
    for name, kind in table.schema.items():
        if name not in COLUMNS:
            raise RefusedTable(
                422, f"there is no such column; there are {', '.join(COLUMNS)}", name
            )
        if not _is_permitted(name, kind):
            further = f", or {_FURTHER[name][1]}" if name in _FURTHER else ""
            raise RefusedTable(422, f"must be text, or a dictionary of texts{further}", name)
    if table.height > MAX_ORDERS:
        return table.select([])
    total = 0
    for column in table.iter_columns():
        total += _length(column)
    if total > MAX_TEXT:
        raise RefusedTable(413, f"the texts of a table have at most {MAX_TEXT} bytes")
    with_values = [one for one in table.iter_columns() if one.null_count() < table.height]
    return pl.DataFrame(
        [
            one.cast(pl.String) if isinstance(one.dtype, _DICTIONARIES) else one
            for one in with_values
        ]
    )


def _is_permitted(name: str, kind: pl.DataType) -> bool:
    if isinstance(kind, pl.String | pl.Null | pl.Categorical | pl.Enum):
        return True
    if name not in _FURTHER or not isinstance(kind, _FURTHER[name][0]):
        return False
    # Nanoseconds could not be told from a time to the microsecond; local time is no moment.
    return not isinstance(kind, pl.Datetime) or (
        kind.time_zone is not None and kind.time_unit in ("us", "ms")
    )


def _length(column: pl.Series) -> int:
    """Bytes of a column's texts or binaries, repeated ones counted each time."""
    if isinstance(column.dtype, pl.Binary):
        return _sum(column.bin.size())
    if isinstance(column.dtype, pl.String):
        return _sum(column.str.len_bytes())
    if not isinstance(column.dtype, _DICTIONARIES):
        return 0
    found = column.drop_nulls().value_counts(name="rows")
    lengths = found.to_series(0).cast(pl.String).str.len_bytes()
    return _sum(lengths.cast(pl.Int64) * found["rows"].cast(pl.Int64))


def _sum(values: pl.Series) -> int:
    total: Any = values.cast(pl.Int64).sum()
    return int(total or 0)
