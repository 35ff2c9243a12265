"""Request and response schemas of accounts."""

from typing import Any

from pydantic import BaseModel, Field

from skontro.service.api.order_schemas import OrderOut
from skontro.service.api.schema_fields import (
    Amount,
    AmountText,
    BatchNumber,
    DateText,
    In,
    TimestampText,
)


class AmountIn(In):
    """An amount in the account's currency."""

    amount: Amount


class AccountOut(BaseModel):
    """A settlement account; amounts in the currency's unit."""

    participant: str
    currency: str
    balance: AmountText
    credit_line: AmountText
    cover: AmountText = Field(description="Balance and credit line: most that may be paid.")
    as_of: TimestampText


class AccountsOut(BaseModel):
    """Settlement accounts."""

    accounts: list[AccountOut]


class QueueOut(BaseModel):
    """Queued orders of which an account is the payer, in queue order."""

    orders: list[OrderOut]


class PostingOut(BaseModel):
    """One statement entry: a debit or a credit."""

    batch: BatchNumber
    position: int = Field(description="Place among the postings of its batch.")
    settled_at: TimestampText
    uetr: str | None = Field(description="UETR of the order; null for a liquidity transfer.")
    counterparty: str | None = Field(description="BIC; null for a liquidity transfer.")
    debit: AmountText | None
    credit: AmountText | None
    balance: AmountText = Field(description="After this entry.")
    details: dict[str, Any] | None = Field(
        default=None, description="Parties, references and remittance of the order."
    )


class StatementOut(BaseModel):
    """Statement entries of one account in order; `next` leads to the next page."""

    participant: str
    currency: str
    date: DateText
    opening_balance: AmountText
    entries: list[PostingOut]
    next: str | None = Field(default=None, description="`after` of the next page; null at the end.")
