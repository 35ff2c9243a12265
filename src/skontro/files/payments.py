"""Payments from CSV and Parquet: every row is either a payment or refused with its reasons."""

from collections.abc import Sequence
from pathlib import Path

import attrs
import polars as pl

from skontro.files.amounts import major_text, with_exponent, with_minor
from skontro.files.checks import Check, missing, run_checks, spaces_around, with_clean
from skontro.files.csv_rows import read_csv_file, split_rows
from skontro.files.moments import check_time_zone, with_moment
from skontro.files.payment_columns import (
    KNOWN_COLUMNS,
    REQUIRED_COLUMNS,
    TEXT_COLUMNS,
    TIME_COLUMNS,
    as_text,
    check_columns,
)
from skontro.files.payment_days import check_days, with_day
from skontro.files.payment_parties import DEFAULT_CLASS, party_checks, with_first_row
from skontro.files.reading import read_parquet
from skontro.files.refusals import Refusal, Refusals
from skontro.files.writing import write_csv, write_parquet
from skontro.model import BusinessDay, InputError, ParticipantDirectory, ReasonCode

_WRITTEN_TIME = "%Y-%m-%dT%H:%M:%S%.6fZ"


@attrs.frozen(eq=False)
class PaymentsReading:
    """What a payments file gave.

    Attributes:
        payments: the good rows, a table with the columns `PAYMENTS`, by submission time and then
            in the order of the file.
        refusals: what is wrong with the others.
    """

    payments: pl.DataFrame
    refusals: Refusals


def read_payments(
    path: Path,
    directory: ParticipantDirectory,
    business_days: Sequence[BusinessDay],
    time_zone: str,
) -> PaymentsReading:
    """Read payments from a CSV or Parquet file and check every row.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        directory: who may pay whom, and in which currencies.
        business_days: in order of time; a payment is submitted on one of them.
        time_zone: IANA name; times without an offset are read in it.

    Raises:
        InputError: the file as a whole cannot be used: unreadable, or with wrong columns.
    """
    check_days(business_days)
    check_time_zone(time_zone)
    table, unsplit = _read_table(path)
    table, names = _with_all_columns(table)
    table, amount_checks = _with_amounts(table, names)
    table, time_checks = _with_times(table, business_days, time_zone)
    table = with_first_row(table)
    checks = [
        *(missing(field) for field in (*REQUIRED_COLUMNS, names.amount)),
        *(spaces_around(name) for name in KNOWN_COLUMNS if f"{name}:clean" in table.columns),
        *party_checks(directory),
        *amount_checks,
        *time_checks,
    ]
    passed, refused = run_checks(table, checks, path.name)
    refused = pl.concat([Refusals.of(unsplit).table, refused])
    return PaymentsReading(
        _payments(passed), Refusals(refused.sort("row", "reason_number", maintain_order=True))
    )


@attrs.frozen
class _AmountNames:
    """Which of the columns for amounts the file has."""

    amount: str
    instructed: str


def _read_table(path: Path) -> tuple[pl.DataFrame, list[Refusal]]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        file = read_csv_file(path)
        check_columns(file.names, path)
        return split_rows(file)
    if suffix == ".parquet":
        table = read_parquet(path)
        check_columns(table.columns, path)
        table = as_text(table, path)
        return table.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row"), pl.all()
        ), []
    raise InputError(f"{path}: payments are read from files that end in .csv or .parquet")


def _with_all_columns(table: pl.DataFrame) -> tuple[pl.DataFrame, _AmountNames]:
    names = _AmountNames(
        "amount_minor" if "amount_minor" in table.columns else "amount",
        "instructed_amount_minor"
        if "instructed_amount_minor" in table.columns
        else "instructed_amount",
    )
    expected = (*TEXT_COLUMNS, *TIME_COLUMNS, names.amount, names.instructed)
    absent = [name for name in expected if name not in table.columns]
    table = table.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    return with_clean(table, [n for n in expected if table.schema[n] == pl.String()]), names


def _with_amounts(table: pl.DataFrame, names: _AmountNames) -> tuple[pl.DataFrame, list[Check]]:
    checks = []
    for currency, amount, into in (
        ("currency", names.amount, "settled:minor"),
        ("instructed_currency", names.instructed, "instructed:minor"),
    ):
        table, currency_check = with_exponent(table, currency)
        exponent = None if amount.endswith("_minor") else f"{currency}:exponent"
        table, amount_checks = with_minor(table, amount, exponent, into)
        checks += [currency_check, *amount_checks]
    pair = (names.instructed, "instructed_currency")
    for absent, given in (pair, pair[::-1]):
        fails = pl.col(absent).is_null() & pl.col(given).is_not_null()
        message = f"is missing; {given} does not stand without it"
        checks.append(Check(absent, ReasonCode.FIELD_MISSING, fails, message))
    return table, checks


def _with_times(
    table: pl.DataFrame, business_days: Sequence[BusinessDay], time_zone: str
) -> tuple[pl.DataFrame, list[Check]]:
    checks = []
    for field in TIME_COLUMNS:
        table, time_checks = with_moment(table, field, time_zone)
        checks += time_checks
    table, day_checks = with_day(table, business_days)
    return table, [*checks, *day_checks]


def _payments(passed: pl.DataFrame) -> pl.DataFrame:
    """Rows that passed every check, as `PAYMENTS`."""
    return passed.select(
        "uetr",
        "payer",
        "payee",
        "currency",
        pl.col("settled:minor").alias("amount_minor"),
        pl.col("payment_class").fill_null(DEFAULT_CLASS),
        *(pl.col(f"{field}:moment").alias(field) for field in TIME_COLUMNS),
        "instructed_currency",
        pl.col("instructed:minor").alias("instructed_amount_minor"),
    ).sort("submitted_at", maintain_order=True)


def write_payments(path: Path, payments: pl.DataFrame) -> None:
    """Write payments as Parquet or, with amounts in major units and times in UTC, as CSV.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        payments: a table with the columns `PAYMENTS`.

    Raises:
        InputError: the name ends in something else, or the file cannot be written.
    """
    if path.suffix.lower() == ".parquet":
        write_parquet(path, payments)
    elif path.suffix.lower() == ".csv":
        write_csv(path, _as_csv(payments))
    else:
        raise InputError(f"{path}: payments are written to files that end in .csv or .parquet")


def _as_csv(payments: pl.DataFrame) -> pl.DataFrame:
    renamed = {"amount_minor": "amount", "instructed_amount_minor": "instructed_amount"}
    return payments.with_columns(
        major_text("amount_minor", "currency", payments["currency"]),
        major_text(
            "instructed_amount_minor", "instructed_currency", payments["instructed_currency"]
        ),
        pl.col(TIME_COLUMNS).dt.strftime(_WRITTEN_TIME),
    ).rename(renamed)
