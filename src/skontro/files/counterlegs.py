"""Checks of payments that are linked legs: each names the other, in another currency."""

from collections.abc import Sequence

import polars as pl

from skontro.files.checks import Check, clean, run_checks
from skontro.model import UETR_PATTERN, ReasonCode

_UNKNOWN = ReasonCode.COUNTERLEG_UNKNOWN


def with_counterlegs(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Check]]:
    """The table with what stands in the row of each counterleg, and the checks of the link.

    Needs `uetr:first`, the days of submission (`with_day`) and clean currencies.
    """
    found = {"counterleg:clean": "back", "currency:clean": "currency", "opens_at": "opens_at"}
    columns = {f"counterleg:{name}": table.schema[column] for column, name in found.items()}
    if table["counterleg:clean"].null_count() == table.height:
        absent = (pl.lit(None, dtype).alias(name) for name, dtype in columns.items())
        return table.with_columns(*absent, pl.lit(value=False).alias("counterleg:there")), []
    firsts = table.filter(pl.col("row") == pl.col("uetr:first")).select(
        pl.col("uetr:clean").alias("counterleg:clean"),
        pl.lit(value=True).alias("counterleg:there"),
        *(pl.col(column).alias(f"counterleg:{name}") for column, name in found.items()),
    )
    table = table.join(firsts, on="counterleg:clean", how="left", maintain_order="left")
    return table, _checks()


def _checks() -> list[Check]:
    given, there = clean("counterleg").is_not_null(), pl.col("counterleg:there")
    well_formed = clean("counterleg").str.contains(UETR_PATTERN)
    itself = (clean("counterleg") == clean("uetr")).fill_null(value=False)
    back = (pl.col("counterleg:back") == clean("uetr")).fill_null(value=False)
    other_day = pl.col("counterleg:opens_at") != pl.col("opens_at")
    named = well_formed & ~itself & there
    return [
        Check(
            "counterleg",
            ReasonCode.FIELD_MALFORMED,
            ~well_formed,
            "is not a UETR (a lower-case UUID of version 4)",
        ),
        Check("counterleg", _UNKNOWN, itself, "names the payment itself"),
        Check(
            "counterleg",
            _UNKNOWN,
            given & well_formed & there.is_null(),
            "is the UETR of no payment in this file",
        ),
        Check("counterleg", _UNKNOWN, named & ~back, "names another counterleg, or none"),
        Check(
            "counterleg",
            _UNKNOWN,
            named & back & other_day,
            "is submitted on another business day",
        ),
        Check(
            "counterleg",
            ReasonCode.LEGS_IN_ONE_CURRENCY,
            named & back & (pl.col("counterleg:currency") == clean("currency")),
            ReasonCode.LEGS_IN_ONE_CURRENCY.explanation,
        ),
    ]


def without_parted(passed: pl.DataFrame, file: str) -> tuple[pl.DataFrame, Sequence[pl.DataFrame]]:
    """The rows without legs whose counterleg was refused, and the refusals of these legs."""
    if passed["counterleg"].null_count() == passed.height:
        return passed, []
    parted = pl.col("counterleg").is_not_null() & ~pl.col("counterleg").is_in(
        passed["uetr"].implode()
    )
    check = Check("counterleg", _UNKNOWN, parted, "is refused, so this leg is too")
    passed, refused = run_checks(passed, [check], file)
    return passed, [refused]
