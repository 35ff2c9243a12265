"""Instructions from CSV and Parquet; each row is accepted, or refused with its reasons."""

from collections.abc import Sequence
from pathlib import Path

import attrs
import polars as pl

from skontro.files.amounts import major_text, with_exponent, with_minor
from skontro.files.checks import Check, run_checks
from skontro.files.columns import present
from skontro.files.instruction_checks import (
    INSTRUCTION_COLUMNS,
    INSTRUCTION_FIELDS,
    NEW_TIMES,
    field_checks,
    in_use,
    value_checks,
    zero_allowed,
)
from skontro.files.payment_checks import check_days, with_day
from skontro.files.refusals import Refusals
from skontro.files.table_files import write_rows
from skontro.files.timestamps import WRITTEN_TIME, check_time_zone, with_timestamp
from skontro.model import BusinessDay, ParticipantDirectory

__all__ = [
    "INSTRUCTION_FIELDS",
    "InstructionsReading",
    "read_instructions",
    "write_instructions",
]


@attrs.frozen(eq=False)
class InstructionsReading:
    """The result of reading an instructions file.

    Attributes:
        instructions: the good rows, a table with the columns `INSTRUCTIONS`, by time and then in
            the order of the file.
        refusals: those of the other rows.
    """

    instructions: pl.DataFrame
    refusals: Refusals


def read_instructions(
    path: Path,
    directory: ParticipantDirectory,
    business_days: Sequence[BusinessDay],
    time_zone: str,
    payments: pl.DataFrame,
) -> InstructionsReading:
    """Read instructions from a CSV or Parquet file and check every row.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        directory: participants that may instruct, and their currencies.
        business_days: in order of time; an instruction is given on one of them.
        time_zone: IANA name; times without an offset are read in it.
        payments: a table with the columns `PAYMENTS`, the orders that instructions may name.

    Raises:
        InputError: the file as a whole cannot be used: unreadable, or with wrong columns.
    """
    check_days(business_days)
    check_time_zone(time_zone)
    table, unsplit = INSTRUCTION_COLUMNS.read(path)
    amount = present(table, "amount")
    table, amount_checks = _with_amount(table, amount)
    time_checks = []
    for field in INSTRUCTION_COLUMNS.times:
        table, checks_of_field = with_timestamp(table, field, time_zone)
        time_checks += checks_of_field
    table, day_check = with_day(table, "at", business_days)
    submitted = payments.select("uetr", pl.col("submitted_at").alias("uetr:submitted_at"))
    table = table.join(submitted, on="uetr", how="left", maintain_order="left")
    of_values = [*INSTRUCTION_COLUMNS.checks(table), *value_checks(directory), *amount_checks]
    checks = [
        *field_checks(amount),
        *(in_use(check) for check in of_values),
        *time_checks,
        day_check,
    ]
    passed, refused = run_checks(table, checks, path.name)
    refused = pl.concat([Refusals.of(unsplit).table, refused])
    return InstructionsReading(
        _instructions(passed), Refusals(refused.sort("row", "reason_number", maintain_order=True))
    )


def _with_amount(table: pl.DataFrame, amount: str) -> tuple[pl.DataFrame, list[Check]]:
    table, currency_check = with_exponent(table, "currency")
    exponent = None if amount.endswith("_minor") else "currency:exponent"
    table, checks = with_minor(table, amount, exponent, "minor", zero_allowed())
    return table, [currency_check, *checks]


def _instructions(passed: pl.DataFrame) -> pl.DataFrame:
    """Rows that passed every check, as `INSTRUCTIONS`."""
    return passed.select(
        pl.col("at:timestamp").alias("at"),
        "instruction",
        "uetr",
        "payment_class",
        "participant",
        "currency",
        "counterparty",
        pl.col("minor").alias("amount_minor"),
        "algorithm",
        *(pl.col(f"{field}:timestamp").alias(field) for field in NEW_TIMES),
    ).sort("at", maintain_order=True)


def write_instructions(path: Path, instructions: pl.DataFrame) -> None:
    """Write instructions as Parquet or, with amounts in major units and times in UTC, as CSV.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        instructions: a table with the columns `INSTRUCTIONS`.

    Raises:
        InputError: the name ends in something else, or the file cannot be written.
    """
    write_rows(path, INSTRUCTION_COLUMNS.content, instructions, _as_csv)


def _as_csv(instructions: pl.DataFrame) -> pl.DataFrame:
    return instructions.with_columns(
        major_text("amount_minor", "currency", instructions["currency"]),
        pl.col("at", *NEW_TIMES).dt.strftime(WRITTEN_TIME),
    ).rename({"amount_minor": "amount"})
