"""Late payments for which compensation is asked, from a CSV file."""

import datetime
from pathlib import Path
from typing import Final

import attrs

from skontro.files.dated_rows import read_dated_rows
from skontro.files.document_fields import BicField, CurrencyField, DateField, LineField
from skontro.files.documents import Schema
from skontro.model import Currency, InputError, parse_amount

#: `claimed` is the interest that the payee asks for, if it did; `kind` the kind of claim.
CLAIM_COLUMNS: Final = ("reference", "payee", "currency", "amount", "due_on", "settled_on")
OPTIONAL_COLUMNS: Final = ("kind", "claimed")

#: The kind of claim where none is named.
DELAY: Final = "delay"


@attrs.frozen
class Claim:
    """A payment that settled late.

    Attributes:
        reference: of the payment, such as its UETR.
        payee: BIC of the participant that was credited late.
        currency: of the payment.
        amount: minor units.
        due_on, settled_on: value dates asked for and reached.
        kind: of claim, as the scheme names it.
        claimed: interest that was asked for, in minor units; None where none was named.

    Raises:
        InputError: it did not settle late, or an amount is not positive.
    """

    reference: str
    payee: str
    currency: Currency
    amount: int
    due_on: datetime.date
    settled_on: datetime.date
    kind: str = DELAY
    claimed: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.amount <= 0:
            raise InputError("amount must be greater than zero")
        if self.settled_on < self.due_on:
            raise InputError(
                "settled_on is before due_on; a payment that settled early has no delay"
            )


class _Row(Schema):
    reference: LineField
    payee: BicField
    currency: CurrencyField
    amount: LineField
    due_on: DateField
    settled_on: DateField
    kind: LineField = DELAY
    claimed: LineField | None = None


def _claim(row: _Row) -> Claim:
    return Claim(
        reference=row.reference,
        payee=row.payee,
        currency=row.currency,
        amount=parse_amount(row.amount, row.currency),
        due_on=row.due_on,
        settled_on=row.settled_on,
        kind=row.kind,
        claimed=None if row.claimed is None else parse_amount(row.claimed, row.currency),
    )


def read_claims(path: Path) -> list[Claim]:
    """Late payments from a CSV file with the columns `CLAIM_COLUMNS`, in order of its rows.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """
    return read_dated_rows(path, CLAIM_COLUMNS, (), "UTC", _Row, _claim, OPTIONAL_COLUMNS)
