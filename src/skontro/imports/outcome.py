"""The outcome of every row of a foreign file; the numbers add up to the rows read."""

from collections.abc import Iterator
from typing import Final, Literal

import attrs
import polars as pl

from skontro.files.payments import PaymentsReading
from skontro.imports.column_map import ImportMap
from skontro.imports.selection import NOTE, NUMBER, WHY, reference
from skontro.imports.source_table import FILE, LINE, SourceTable

#: One row for each row of the source.
OUTCOMES: Final = pl.Schema(
    {
        "file": pl.String(),
        "line": pl.Int64(),  # line, row or message, from 1
        "reference": pl.String(),
        "outcome": pl.String(),  # order, left out, refused or note
        "reason_number": pl.Int64(),  # of refused rows
        "why": pl.String(),
        "field": pl.String(),  # of refused rows, as in the payments file
        "value": pl.String(),
    }
)

#: The reference of a row as the file has it.
REFERENCE: Final = ":reference as read"

Outcome = Literal["order", "left out", "refused", "note"]


def outcomes(
    table: SourceTable,
    chosen: pl.DataFrame,
    orders: pl.DataFrame,
    reading: PaymentsReading,
    shape: ImportMap,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The outcome of each row, and the origin of each order.

    Args:
        table: the source.
        chosen: its rows with the reasons of those left out.
        orders: as given to the checks of payments.
        reading: the result of the checks.
        shape: the map.
    """
    refused = (
        orders.select(pl.col("row"), pl.col(NUMBER))
        .join(reading.refusals.table, on="row")
        # A leg that is refused only for the other one says nothing of why.
        .sort(pl.col("field") == "counterleg", "row", "reason_number", maintain_order=True)
        .unique(NUMBER, keep="first", maintain_order=True)
        .select(NUMBER, "field", "reason_number", "value", "message")
        .with_columns(pl.format("{}: {}", "field", "message").alias("message"))
    )
    joined = chosen.with_columns(_shown_reference(shape)).join(refused, on=NUMBER, how="left")
    outcome = (
        pl.when(pl.col(WHY) == NOTE)
        .then(pl.lit("note"))
        .when(pl.col(WHY).is_not_null())
        .then(pl.lit("left out"))
        .when(pl.col("reason_number").is_not_null())
        .then(pl.lit("refused"))
        .otherwise(pl.lit("order"))
    )
    found = joined.sort(NUMBER).select(
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        pl.col(REFERENCE).alias("reference"),
        outcome.alias("outcome"),
        "reason_number",
        pl.coalesce(WHY, "message").alias("why"),
        "field",
        "value",
    )
    return found.cast(OUTCOMES), _references(table, chosen, orders, reading, shape)


def _shown_reference(shape: ImportMap) -> pl.Expr:
    """The reference as the file has it, its parts apart."""
    return reference(shape).str.replace_all("\x1f", " / ", literal=True).alias(REFERENCE)


def _references(
    table: SourceTable,
    chosen: pl.DataFrame,
    orders: pl.DataFrame,
    reading: PaymentsReading,
    shape: ImportMap,
) -> pl.DataFrame:
    """UETR, origin, reference and further columns of each order."""
    kept = [name for name in (shape.columns.payer_account, shape.columns.payee_account) if name]
    kept += [name for name in shape.keep if name not in kept]
    kept = [name for name in kept if name in table.columns]
    origin_columns = {FILE: "file", LINE: "line", REFERENCE: "reference"}
    taken = {"uetr", *origin_columns.values()}
    rows = chosen.select(
        NUMBER,
        *(
            pl.col(name) if name != REFERENCE else _shown_reference(shape)
            for name in origin_columns
        ),
        *(pl.col(name).alias(f"{name} of source" if name in taken else name) for name in kept),
    )
    origin = orders.select("uetr", NUMBER).unique("uetr", keep="first")
    good = reading.payments.select("uetr").join(origin, on="uetr", maintain_order="left")
    joined = good.join(rows, on=NUMBER, maintain_order="left")
    return joined.drop(NUMBER).rename(origin_columns)


@attrs.frozen
class Total:
    """Rows with one outcome for one reason."""

    outcome: str
    why: str
    rows: int


def totals(found: pl.DataFrame) -> Iterator[Total]:
    """The numbers of rows by outcome and reason: orders, left out, refused, notes.

    Args:
        found: a table with the columns `OUTCOMES`.
    """
    order = {name: rank for rank, name in enumerate(("order", "left out", "refused", "note"))}
    counted = found.group_by("outcome", "why").len().rows()
    for outcome, why, rows in sorted(
        counted, key=lambda row: (order[row[0]], -row[2], row[1] or "")
    ):
        yield Total(outcome, why or "", rows)
