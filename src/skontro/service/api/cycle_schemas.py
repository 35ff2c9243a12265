"""Bodies of requests and answers about joint netting cycles with other systems."""

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
from skontro.system.joint.cycle_state import CyclePhase
from skontro.system.joint.obligations import ObligationStage


class ObligationIn(In):
    """An amount that a bank owes a bank of another system, for the next joint cycle."""

    uetr: Uetr
    agreement: SystemId = Field(description="Name of the agreement on joint cycles.")
    payer: Bic
    creditor_system: SystemId
    creditor: Bic = Field(description="Participant of the other system.")
    currency: CurrencyCode
    amount: Amount
    payment_type: PaymentTypeName = "interbank"
    valid_until: Timestamp = Field(description="The order that funds it does not settle later.")
    details: PaymentDetailsIn | None = Field(
        default=None, description="Parties, references and remittance; this system screens them."
    )


class ObligationOut(BaseModel):
    """An obligation as this system has it."""

    uetr: str
    agreement: str
    payer: str
    creditor_system: SystemId
    creditor: str
    currency: str
    amount: AmountText
    valid_until: TimestampText
    status: ObligationStage
    funded_at: TimestampText | None
    cycle: str | None = Field(description="The cycle that it is in, or that paid it.")


class ObligationInstructionOut(BaseModel):
    """Outcome of an instruction."""

    order: EntryOut
    batch: int | None = Field(description="Batch that has the obligation.")
    obligation: ObligationOut | None = Field(
        description="Null if the order was rejected, or waits for screening."
    )


class ObligationsOut(BaseModel):
    """A page of obligations."""

    obligations: list[ObligationOut]
    next: int | None = Field(description="`after` of the next page; null at the end.")


class CyclePhaseOut(BaseModel):
    """A phase with the batch that led to it."""

    phase: CyclePhase
    batch: BatchNumber
    at: TimestampText


class PositionOut(BaseModel):
    """The net position of a member in one currency; negative if it pays."""

    currency: str
    system: SystemId
    amount: AmountText


class GrossOut(BaseModel):
    """The obligations of the banks of one member to those of another."""

    currency: str
    debtor: SystemId
    creditor: SystemId
    count: int
    amount: AmountText


class NetPaymentOut(BaseModel):
    """A net payment from one member to another."""

    currency: str
    payer: SystemId
    payee: SystemId
    amount: AmountText


class ConvictedOut(BaseModel):
    """A member that has signed what is wrong."""

    member: SystemId
    row: int | None = Field(description="First row of its result that differs; null if unknown.")


class CycleOrderOut(BaseModel):
    """An order that this system submits for the cycle."""

    uetr: str
    kind: Literal["leg", "creditor"] = Field(
        description="A leg of the link of the net payments, or the payment of a creditor."
    )
    payer: str
    payee: str
    currency: str
    amount: AmountText
    obligation: str | None
    settled: bool
    reason: ReasonName | None


class CycleOut(BaseModel):
    """A joint cycle as this system has it; amounts between systems are for the operator alone."""

    cycle: str
    agreement: str
    version: int
    cut_off: TimestampText
    valid_until: TimestampText
    members: list[SystemId]
    status: CyclePhase
    reason: ReasonName | None
    taking_part: list[SystemId]
    silent: list[SystemId]
    convicted: list[ConvictedOut]
    result_root: HexText | None
    link: str | None
    phases: list[CyclePhaseOut]
    positions: list[PositionOut]
    gross: list[GrossOut]
    payments: list[NetPaymentOut]
    orders: list[CycleOrderOut]


class CyclesOut(BaseModel):
    """A page of cycles."""

    cycles: list[CycleOut]
    next: int | None = Field(description="`after` of the next page; null at the end.")
