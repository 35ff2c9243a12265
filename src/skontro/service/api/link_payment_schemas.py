"""Bodies of requests and answers about one-way payments to banks of other systems."""

from typing import Literal

from pydantic import BaseModel, Field

from skontro.service.api.link_schemas import SystemId
from skontro.service.api.order_schemas import EntryOut, PaymentDetailsIn
from skontro.service.api.schema_fields import (
    Amount,
    AmountText,
    BatchNumber,
    Bic,
    CurrencyCode,
    HexText,
    In,
    PaymentTypeName,
    ReasonName,
    Timestamp,
    TimestampText,
    Uetr,
)
from skontro.system.mirror.payment_statements import PaymentStep
from skontro.system.mirror.payment_table import Side, Stage


class LinkPaymentIn(In):
    """A payment to a bank of another system, in the currency of either system."""

    uetr: Uetr
    destination: SystemId = Field(description="System of the payee.")
    payer: Bic
    payee: Bic = Field(description="Participant of the destination.")
    currency: CurrencyCode
    amount: Amount
    payment_type: PaymentTypeName = "customer"
    valid_until: Timestamp = Field(description="The payer's order does not settle later.")
    contract_sha256: HexText | None = Field(
        default=None,
        description="Digest of the contract with the destination; the payment is refused "
        "if another one is in force.",
    )
    details: PaymentDetailsIn | None = Field(
        default=None, description="Parties, references and remittance; both systems screen them."
    )


class PaymentStatementOut(BaseModel):
    """The newest statement of this system about a payment, and the batch that first has it."""

    step: PaymentStep
    batch: BatchNumber
    at: TimestampText


class OwnOrderOut(BaseModel):
    """The order from the mirror account of this system that a payment needs now."""

    uetr: str
    kind: Literal["payment", "return"] = Field(description="To the payee, or back to the payer.")
    submitted: bool = Field(description="Whether it was submitted; it waits while the day is shut.")
    attempt: int = Field(description="From 1; a return that fails is tried on the next day.")


class LinkPaymentOut(BaseModel):
    """A payment as this system has it."""

    uetr: str
    origin: SystemId
    destination: SystemId
    payer: str
    payee: str
    currency: str
    amount: AmountText
    payment_type: PaymentTypeName
    valid_until: TimestampText
    terms_sha256: HexText
    contract_sha256: HexText
    side: Side = Field(description="The part of this system.")
    status: Stage
    reason: ReasonName | None = Field(
        default=None, description="Why it was not sent, or not paid to the payee."
    )
    stated: PaymentStatementOut | None = None
    own_order: OwnOrderOut | None = None


class LinkPaymentInstructionOut(BaseModel):
    """The first outcome of the payer's order, and the payment if it was taken."""

    order: EntryOut
    batch: BatchNumber | None = Field(
        default=None, description="Has the terms; null where the order was refused."
    )
    payment: LinkPaymentOut | None = Field(
        default=None,
        description="Null where the order was refused, or is held until two people decide.",
    )


class LinkPaymentsOut(BaseModel):
    """A page of payments; `next` leads to the next page."""

    payments: list[LinkPaymentOut]
    next: int | None = Field(default=None, description="`after` of the next page; null at the end.")
