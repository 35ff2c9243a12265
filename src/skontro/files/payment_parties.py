"""Checks of who pays whom in what: references, participants, accounts and classes."""

from typing import Final

import polars as pl

from skontro.files.checks import Check, clean, none_of_these
from skontro.model import UETR_PATTERN, ParticipantDirectory, PaymentClass, ReasonCode

#: The class of a payment that names none.
DEFAULT_CLASS: Final = PaymentClass.NORMAL.name.lower()

#: The names of the classes, the most urgent first.
CLASSES: Final = [payment_class.name.lower() for payment_class in PaymentClass]

#: Whether what stands in `uetr` has the form of one.
WELL_FORMED: Final = clean("uetr").str.contains(UETR_PATTERN)


def with_first_row(table: pl.DataFrame) -> pl.DataFrame:
    """The table with the first row of each UETR, refused or not, in `uetr:first`."""
    return table.with_columns(pl.col("row").first().over("uetr").alias("uetr:first"))


def party_checks(directory: ParticipantDirectory) -> list[Check]:
    """Checks of all but amounts and times; they need `uetr:first` and `currency:exponent`."""
    return [
        reference_check(),
        Check(
            "uetr",
            ReasonCode.DUPLICATE_ORDER,
            WELL_FORMED & (pl.col("row") > pl.col("uetr:first")),
            pl.format("came before in row {}", pl.col("uetr:first")),
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
    """The check that what stands in `uetr` has the form of one."""
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
