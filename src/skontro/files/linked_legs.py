"""Checks of payments that are linked legs: two legs that name each other have two currencies.

Pairs are formed as in the live system, in order of submission. A leg named by an earlier leg is
its second leg; any other leg waits for the payment that it names.
"""

from collections.abc import Sequence

import polars as pl

from skontro.files.checks import Check, clean, run_checks
from skontro.model import UETR_PATTERN, ReasonCode

_UNKNOWN = ReasonCode.COUNTERLEG_UNKNOWN

#: Values looked up in the row of a counterleg, by their new names.
_FOUND = {
    "back": "counterleg:clean",
    "currency": "currency:clean",
    "opens_at": "opens_at",
    "row": "row",
    "submitted_at": "submitted_at:timestamp",
}


def with_counterlegs(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Check]]:
    """The table with the values of each counterleg's row, and the checks of the link.

    Needs `uetr:first`, the days of submission (`with_day`) and clean currencies.
    """
    if table["counterleg:clean"].null_count() == table.height:
        absent = (
            pl.lit(None, table.schema[column]).alias(f"counterleg:{name}")
            for name, column in _FOUND.items()
        )
        return table.with_columns(*absent, pl.lit(None, pl.Boolean).alias("counterleg:there")), []
    firsts = table.filter(pl.col("row") == pl.col("uetr:first")).select(
        pl.col("uetr:clean").alias("counterleg:clean"),
        pl.lit(value=True).alias("counterleg:there"),
        *(pl.col(column).alias(f"counterleg:{name}") for name, column in _FOUND.items()),
    )
    table = table.join(firsts, on="counterleg:clean", how="left", maintain_order="left")
    return table, _checks()


def _names_back() -> pl.Expr:
    return (pl.col("counterleg:back") == clean("uetr")).fill_null(value=False)


def _on_one_day() -> pl.Expr:
    return pl.col("counterleg:opens_at") == pl.col("opens_at")


def _comes_first() -> pl.Expr:
    """Whether the counterleg was submitted before the leg."""
    other, own = pl.col("counterleg:submitted_at"), pl.col("submitted_at:timestamp")
    return (other < own) | ((other == own) & (pl.col("counterleg:row") < pl.col("row")))


def _checks() -> list[Check]:
    well_formed = clean("counterleg").str.contains(UETR_PATTERN)
    itself = (clean("counterleg") == clean("uetr")).fill_null(value=False)
    named = well_formed & ~itself & pl.col("counterleg:there")
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
            named & ~_names_back() & _comes_first(),
            "came before, and names another counterleg or none",
        ),
        Check(
            "counterleg",
            ReasonCode.LEGS_IN_ONE_CURRENCY,
            named
            & _names_back()
            & _on_one_day()
            & (pl.col("counterleg:currency") == clean("currency")),
            ReasonCode.LEGS_IN_ONE_CURRENCY.explanation,
        ),
    ]


def leg_warnings() -> list[Check]:
    """Accepted legs whose counterleg is missing, so that they wait to the end of the day."""
    awaits = ReasonCode.AWAITS_COUNTERLEG
    given, there = clean("counterleg").is_not_null(), pl.col("counterleg:there")
    waits = "so the leg waits for it to the end of the day"
    return [
        Check(
            "counterleg",
            awaits,
            given & there.is_null(),
            f"is the UETR of no payment in this file, {waits}",
        ),
        Check(
            "counterleg",
            awaits,
            there & ~_names_back(),
            f"names another counterleg or none, {waits}",
        ),
        Check(
            "counterleg",
            awaits,
            there & _names_back() & ~_on_one_day(),
            f"is submitted on another business day, {waits}",
        ),
    ]


def drop_orphaned_legs(
    passed: pl.DataFrame, file: str
) -> tuple[pl.DataFrame, Sequence[pl.DataFrame]]:
    """The rows without legs whose counterleg was refused, and the refusals of these legs."""
    if passed["counterleg"].null_count() == passed.height:
        return passed, []
    parted = (
        pl.col("counterleg:there")
        & _names_back()
        & ~pl.col("counterleg").is_in(passed["uetr"].implode())
    )
    check = Check("counterleg", _UNKNOWN, parted, "is refused, so this leg is too")
    passed, refused = run_checks(passed, [check], file)
    return passed, [refused]
