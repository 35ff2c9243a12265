"""Business days in order, and the times of payments against them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from skontro.files.checks import Check
from skontro.files.tables import MOMENT
from skontro.model import BusinessDay, InputError, ReasonCode, from_timestamp

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2999


def check_days(days: Sequence[BusinessDay]) -> None:
    """See that there are business days, in order of time and without overlap.

    Raises:
        InputError: they are not.
    """
    if not days:
        raise InputError("there is no business day; name at least one date")
    if days[0].date.year < _FIRST_YEAR or days[-1].date.year > _LAST_YEAR:
        raise InputError(f"business days must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    for before, after in pairwise(days):
        if after.date <= before.date or after.opens_at < before.closes_at:
            raise InputError(
                f"business day {after.date} must come after {before.date} and open when that "
                "day has closed; list each date once, in order"
            )


def with_day(table: pl.DataFrame, days: Sequence[BusinessDay]) -> tuple[pl.DataFrame, list[Check]]:
    """The table with the business day of each submission, and the checks of times against it.

    The columns `opens_at` and `closes_at` are those of the last day that had opened at the
    submission, null where none had.
    """
    opened = pl.Series([from_timestamp(day.opens_at) for day in days], dtype=MOMENT)
    closed = pl.Series([from_timestamp(day.closes_at) for day in days], dtype=MOMENT)
    # Before any day opens the position is 0, and so it is for a submission that cannot be read.
    submissions = table["submitted_at:moment"].fill_null(from_timestamp(days[0].opens_at - 1))
    position = opened.search_sorted(submissions, side="right")
    before = pl.Series([None], dtype=MOMENT)
    table = table.with_columns(
        pl.concat([before, opened]).gather(position).alias("opens_at"),
        pl.concat([before, closed]).gather(position).alias("closes_at"),
    )
    return table, _day_checks()


def _day_checks() -> list[Check]:
    submitted, earliest, latest = (
        pl.col(f"{field}:moment") for field in ("submitted_at", "earliest_at", "latest_at")
    )
    opens, closes = pl.col("opens_at"), pl.col("closes_at")
    is_open = (submitted < closes).fill_null(value=False)
    outside = ReasonCode.OUTSIDE_BUSINESS_DAY
    other_day = "lies outside the business day of the submission"
    return [
        Check("submitted_at", outside, submitted.is_not_null() & ~is_open, outside.explanation),
        Check("earliest_at", outside, is_open & ~earliest.is_between(opens, closes), other_day),
        Check("latest_at", outside, is_open & ~latest.is_between(opens, closes), other_day),
        Check(
            "latest_at",
            ReasonCode.TIMES_OUT_OF_ORDER,
            latest < pl.max_horizontal(submitted, earliest),
            ReasonCode.TIMES_OUT_OF_ORDER.explanation,
        ),
    ]
