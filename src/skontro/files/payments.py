"""Payments from CSV and Parquet; each row is accepted, or refused with its reasons."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import attrs
import polars as pl

from skontro.files.amounts import major_text, with_exponent, with_minor
from skontro.files.checks import Check, missing, run_checks, run_warnings
from skontro.files.columns import Columns, present
from skontro.files.currency_dates import currency_date_checks
from skontro.files.linked_legs import drop_orphaned_legs, leg_warnings, with_counterlegs
from skontro.files.payment_checks import (
    DEFAULT_CLASS,
    check_days,
    party_checks,
    payment_day_warnings,
    payment_time_checks,
    with_day,
    with_first_row,
)
from skontro.files.refusals import Refusal, Refusals
from skontro.files.table_files import write_rows
from skontro.files.tables import PAYMENT_ROWS
from skontro.files.timestamps import WRITTEN_TIME, check_time_zone, with_timestamp
from skontro.model import BusinessDay, ParticipantDirectory, ReasonCode


def _wrong_amounts(names: Sequence[str]) -> list[str]:
    problems = []
    if ("amount" in names) == ("amount_minor" in names):
        problems.append("there must be exactly one of the columns amount and amount_minor")
    pair = ("instructed_amount", "instructed_amount_minor")
    instructed = [name for name in pair if name in names]
    if len(instructed) > 1:
        problems.append("only one of instructed_amount and instructed_amount_minor may be there")
    if bool(instructed) != ("instructed_currency" in names):
        problems.append(
            "instructed_currency needs instructed_amount or instructed_amount_minor, and these "
            "need instructed_currency"
        )
    return problems


PAYMENT_COLUMNS: Final = Columns(
    content="payments",
    text=(
        "uetr",
        "payer",
        "payee",
        "currency",
        "payment_class",
        "instructed_currency",
        "counterleg",
    ),
    times=("submitted_at", "earliest_at", "latest_at"),
    amounts=("amount", "instructed_amount"),
    required=("uetr", "payer", "payee", "currency", "submitted_at"),
    wrong_amounts=_wrong_amounts,
)

#: Reads the rows of payments at a path, as `Columns.read`. It gets the business days, in order of
#: time, or none where they follow from the payments.
RowReader: TypeAlias = Callable[[Path, Sequence[BusinessDay]], tuple[pl.DataFrame, list[Refusal]]]


def read_rows(path: Path, _: Sequence[BusinessDay]) -> tuple[pl.DataFrame, list[Refusal]]:
    """The rows of a CSV or Parquet file."""
    return PAYMENT_COLUMNS.read(path)


@attrs.frozen(eq=False)
class PaymentsReading:
    """The result of reading a payments file.

    Attributes:
        payments: the good rows, a table with the columns `PAYMENTS`, by submission time and then
            in the order of the file.
        refusals: those of the other rows.
        warnings: unusual values in good rows, perhaps mistakes.
        rows: the row of each payment in the file, with the columns `PAYMENT_ROWS`.
    """

    payments: pl.DataFrame
    refusals: Refusals
    warnings: Refusals
    rows: pl.DataFrame


def read_payments(
    path: Path,
    directory: ParticipantDirectory,
    business_days: Sequence[BusinessDay],
    time_zone: str,
    rows: RowReader = read_rows,
) -> PaymentsReading:
    """Read payments from a CSV or Parquet file and check every row.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        directory: participants and accounts.
        business_days: in order of time; a payment is submitted on one of them.
        time_zone: IANA name; times without an offset are read in it.
        rows: reads files of another form.

    Raises:
        InputError: the file as a whole cannot be used: unreadable, or with wrong columns.
    """
    check_days(business_days)
    check_time_zone(time_zone)
    read = rows(path, business_days)
    return check_payments(path, read, directory, business_days, time_zone)


def check_payments(
    path: Path,
    read: tuple[pl.DataFrame, list[Refusal]],
    directory: ParticipantDirectory,
    business_days: Sequence[BusinessDay],
    time_zone: str,
) -> PaymentsReading:
    """Check every row of a payments file; see `read_payments`.

    Args:
        path: path of the file, for the refusals.
        read: the result of a `RowReader`.
        directory, business_days, time_zone: as for `read_payments`.
    """
    table, unsplit = read
    table, amount_checks = _with_amounts(table)
    table, time_checks = _with_times(table, business_days, time_zone)
    table = with_first_row(table)
    table, leg_checks = with_counterlegs(table)
    checks = [
        *PAYMENT_COLUMNS.checks(table),
        missing(present(table, "amount")),
        *party_checks(directory),
        *amount_checks,
        *time_checks,
        *currency_date_checks(table, "currency", business_days),
        *currency_date_checks(table, "instructed_currency", business_days),
        *leg_checks,
    ]
    passed, refused = run_checks(table, checks, path.name)
    passed, parted = drop_orphaned_legs(passed, path.name)
    refused = pl.concat([Refusals.of(unsplit).table, refused, *parted])
    by = ("row", "reason_number")
    warned = run_warnings(passed, [*payment_day_warnings(), *leg_warnings()], path.name)
    return PaymentsReading(
        _payments(passed),
        Refusals(refused.sort(by, maintain_order=True)),
        Refusals(warned.sort(by, maintain_order=True)),
        passed.select(list(PAYMENT_ROWS)),
    )


def _with_amounts(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Check]]:
    checks = []
    instructed = present(table, "instructed_amount")
    for currency, amount, into in (
        ("currency", present(table, "amount"), "settled:minor"),
        ("instructed_currency", instructed, "instructed:minor"),
    ):
        table, currency_check = with_exponent(table, currency)
        exponent = None if amount.endswith("_minor") else f"{currency}:exponent"
        table, amount_checks = with_minor(table, amount, exponent, into)
        checks += [currency_check, *amount_checks]
    pair = (instructed, "instructed_currency")
    for absent, given in (pair, pair[::-1]):
        fails = pl.col(absent).is_null() & pl.col(given).is_not_null()
        message = f"is missing; {given} needs it"
        checks.append(Check(absent, ReasonCode.FIELD_MISSING, fails, message))
    return table, checks


def _with_times(
    table: pl.DataFrame, business_days: Sequence[BusinessDay], time_zone: str
) -> tuple[pl.DataFrame, list[Check]]:
    checks = []
    for field in PAYMENT_COLUMNS.times:
        table, time_checks = with_timestamp(table, field, time_zone)
        checks += time_checks
    table, day_check = with_day(table, "submitted_at", business_days)
    return table, [*checks, day_check, *payment_time_checks()]


def _payments(passed: pl.DataFrame) -> pl.DataFrame:
    """Rows that passed every check, as `PAYMENTS`."""
    return passed.select(
        "uetr",
        "payer",
        "payee",
        "currency",
        pl.col("settled:minor").alias("amount_minor"),
        pl.col("payment_class").fill_null(DEFAULT_CLASS),
        *(pl.col(f"{field}:timestamp").alias(field) for field in PAYMENT_COLUMNS.times),
        "instructed_currency",
        pl.col("instructed:minor").alias("instructed_amount_minor"),
        "counterleg",
    ).sort("submitted_at", maintain_order=True)


def write_payments(path: Path, payments: pl.DataFrame) -> None:
    """Write payments as Parquet or, with amounts in major units and times in UTC, as CSV.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        payments: a table with the columns `PAYMENTS`.

    Raises:
        InputError: the name ends in something else, or the file cannot be written.
    """
    write_rows(path, PAYMENT_COLUMNS.content, payments, _as_csv)


def _as_csv(payments: pl.DataFrame) -> pl.DataFrame:
    renamed = {"amount_minor": "amount", "instructed_amount_minor": "instructed_amount"}
    return payments.with_columns(
        major_text("amount_minor", "currency", payments["currency"]),
        major_text(
            "instructed_amount_minor", "instructed_currency", payments["instructed_currency"]
        ),
        pl.col(PAYMENT_COLUMNS.times).dt.strftime(WRITTEN_TIME),
    ).rename(renamed)
