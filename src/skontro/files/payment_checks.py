"""Checks of payments: parties, accounts, classes, business days and times."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from skontro.files.checks import Check, clean, none_of_these
from skontro.files.tables import TIMESTAMP
from skontro.model import (
    UETR_PATTERN,
    BusinessDay,
    InputError,
    ParticipantDirectory,
    PaymentClass,
    ReasonCode,
    from_timestamp,
)

#: The class of a payment that names none.
DEFAULT_CLASS: Final = PaymentClass.NORMAL.name.lower()

#: The names of the classes, the most urgent first.
CLASSES: Final = [payment_class.name.lower() for payment_class in PaymentClass]

#: Whether the text in `uetr` has the form of a UETR.
WELL_FORMED: Final = clean("uetr").str.contains(UETR_PATTERN)


def with_first_row(table: pl.DataFrame) -> pl.DataFrame:
    """The table with the first row of each UETR, refused or not, in `uetr:first`."""
    return table.with_columns(pl.col("row").first().over("uetr").alias("uetr:first"))


def party_checks(directory: ParticipantDirectory) -> list[Check]:
    """Checks of all fields except amounts and times; need `uetr:first` and `currency:exponent`."""
    return [
        reference_check(),
        Check(
            "uetr",
            ReasonCode.DUPLICATE_ORDER,
            WELL_FORMED & (pl.col("row") > pl.col("uetr:first")),
            pl.format("is already in row {}", pl.col("uetr:first")),
        ),
        Check(
            "payment_class",
            ReasonCode.UNKNOWN_CLASS,
            ~clean("payment_class").is_in(CLASSES),
            none_of_these("payment_class", CLASSES),
        ),
        Check(
            "payee",
            ReasonCode.SAME_ACCOUNT,
            clean("payer") == clean("payee"),
            ReasonCode.SAME_ACCOUNT.explanation,
        ),
        *membership_checks(directory, "payer"),
        *membership_checks(directory, "payee"),
    ]


def reference_check() -> Check:
    """Check that `uetr` has the form of a UETR."""
    message = "is not a UETR (a lower-case UUID of version 4)"
    return Check("uetr", ReasonCode.FIELD_MALFORMED, ~WELL_FORMED, message)


def membership_checks(directory: ParticipantDirectory, field: str) -> list[Check]:
    """Checks that a BIC is in the directory and holds an account; needs `currency:exponent`."""
    known = clean(field).is_in([participant.bic for participant in directory.participants])
    held = [f"{account.bic} {account.currency}" for account in directory.accounts]
    account = pl.concat_str(clean(field), clean("currency"), separator=" ")
    return [
        Check(
            field,
            ReasonCode.UNKNOWN_PARTICIPANT,
            ~known,
            ReasonCode.UNKNOWN_PARTICIPANT.explanation,
        ),
        Check(
            field,
            ReasonCode.NO_SETTLEMENT_ACCOUNT,
            known & pl.col("currency:exponent").is_not_null() & ~account.is_in(held),
            pl.format("has no settlement account in {}", pl.col("currency")),
        ),
    ]


_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2999


def check_days(days: Sequence[BusinessDay]) -> None:
    """Check that there are business days, in order of time and without overlap.

    Raises:
        InputError: there are none, or they are out of order.
    """
    if not days:
        raise InputError("there is no business day; name at least one date")
    if days[0].date.year < _FIRST_YEAR or days[-1].date.year > _LAST_YEAR:
        raise InputError(f"business days must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    for before, after in pairwise(days):
        if after.date <= before.date or after.opens_at < before.closes_at:
            raise InputError(
                f"business day {after.date} must come after {before.date} and open when that "
                "day has closed; list each date once, in order"
            )


def with_day(
    table: pl.DataFrame, field: str, days: Sequence[BusinessDay]
) -> tuple[pl.DataFrame, Check]:
    """The table with the business day of each timestamp of a field, and the check of the field.

    The columns `opens_at` and `closes_at` are those of the last day that had opened at the time,
    null where none had.
    """
    opened = pl.Series([from_timestamp(day.opens_at) for day in days], dtype=TIMESTAMP)
    closed = pl.Series([from_timestamp(day.closes_at) for day in days], dtype=TIMESTAMP)
    # The position is 0 before any day opens, and for a time that cannot be read.
    timestamps = table[f"{field}:timestamp"].fill_null(from_timestamp(days[0].opens_at - 1))
    position = opened.search_sorted(timestamps, side="right")
    before = pl.Series([None], dtype=TIMESTAMP)
    table = table.with_columns(
        pl.concat([before, opened]).gather(position).alias("opens_at"),
        pl.concat([before, closed]).gather(position).alias("closes_at"),
    )
    outside = pl.col(f"{field}:timestamp").is_not_null() & ~_is_open(field)
    reason = ReasonCode.OUTSIDE_BUSINESS_DAY
    return table, Check(field, reason, outside, reason.explanation)


def _is_open(field: str) -> pl.Expr:
    return (pl.col(f"{field}:timestamp") < pl.col("closes_at")).fill_null(value=False)


def payment_time_checks() -> list[Check]:
    """Checks of the order of a payment's times."""
    submitted, earliest, latest = _times()
    return [
        Check(
            "latest_at",
            ReasonCode.TIMES_OUT_OF_ORDER,
            latest < pl.max_horizontal(submitted, earliest),
            ReasonCode.TIMES_OUT_OF_ORDER.explanation,
        ),
    ]


def payment_day_warnings() -> list[Check]:
    """Earliest and latest times outside the day of the submission, which `with_day` gives.

    Such times are accepted, and bound settlement like any others.
    """
    _, earliest, latest = _times()
    opens, closes = pl.col("opens_at"), pl.col("closes_at")
    outside = ReasonCode.OUTSIDE_BUSINESS_DAY
    day = "the business day of the submission"
    return [
        Check("earliest_at", outside, earliest < opens, f"comes before {day}: without effect"),
        Check("earliest_at", outside, earliest > closes, f"comes after {day}: cannot settle"),
        Check("latest_at", outside, latest > closes, f"comes after {day}: returned at its end"),
    ]


def _times() -> tuple[pl.Expr, ...]:
    return tuple(
        pl.col(f"{name}:timestamp") for name in ("submitted_at", "earliest_at", "latest_at")
    )
