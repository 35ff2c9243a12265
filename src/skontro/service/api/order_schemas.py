"""Request and response schemas of orders."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from skontro.model import MAX_NAME
from skontro.model.party import MAX_ACCOUNT, MAX_ADDRESS_LINES, MAX_IDENTIFIERS
from skontro.model.payment_details import MAX_REFERENCE
from skontro.service.api.schema_fields import (
    Amount,
    AmountText,
    BatchNumber,
    Bic,
    CurrencyCode,
    DateText,
    In,
    IsoDate,
    PaymentClassName,
    PaymentTypeName,
    ReasonName,
    StatusName,
    Timestamp,
    TimestampText,
    Uetr,
)

#: Orders of one request.
MAX_ORDERS: Final = 10_000


class CounterlegTermsIn(In):
    """Terms of the counterleg: it must have exactly these."""

    payer: Bic
    payee: Bic
    currency: CurrencyCode
    amount: Amount


class PartyIn(In):
    """A party of a payment; unknown fields are left out."""

    name: str = Field(default="", max_length=MAX_NAME)
    country: str = Field(default="", max_length=2, description="ISO 3166, two letters.")
    address: list[str] = Field(default_factory=list, max_length=MAX_ADDRESS_LINES)
    account: str = Field(default="", max_length=MAX_ACCOUNT, description="IBAN or another id.")
    identifiers: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list,
        max_length=MAX_IDENTIFIERS,
        description="Scheme and value, such as `LEI`.",
    )
    birth_date: str = Field(default="", max_length=10)
    birth_place: str = Field(default="", max_length=MAX_NAME)


class PaymentDetailsIn(In):
    """Parties, references and remittance; 16 KiB at most as canonical JSON."""

    instruction_id: str = Field(default="", max_length=MAX_REFERENCE)
    end_to_end_id: str = Field(default="", max_length=MAX_REFERENCE)
    message_id: str = Field(default="", max_length=MAX_REFERENCE)
    message_name: str = Field(default="", max_length=MAX_REFERENCE)
    purpose: str = Field(default="", max_length=MAX_REFERENCE)
    category_purpose: str = Field(default="", max_length=MAX_REFERENCE)
    charge_bearer: str = Field(default="", max_length=4)
    remittance: list[str] = Field(default_factory=list)
    parties: dict[str, PartyIn] = Field(
        default_factory=dict, description="By role: `debtor`, `creditor`, `debtor_agent`, …"
    )


class OrderIn(In):
    """A transfer order submitted by a participant."""

    uetr: Uetr
    payer: Bic
    payee: Bic
    currency: CurrencyCode
    amount: Amount
    payment_class: PaymentClassName = "normal"
    payment_type: PaymentTypeName = "customer"
    earliest_at: Timestamp | None = Field(default=None, description="It does not settle before.")
    latest_at: Timestamp | None = Field(default=None, description="It is returned then.")
    value_date: IsoDate | None = Field(
        default=None, description="Business day on which it settles; the running one if left out."
    )
    counterleg: Uetr | None = Field(
        default=None, description="UETR of the order that this one is linked with (PvP)."
    )
    counterleg_terms: CounterlegTermsIn | None = Field(
        default=None,
        description="If stated, the counterleg must have them, or the pair is rejected.",
    )
    details: PaymentDetailsIn | None = Field(
        default=None, description="Parties, references and remittance; screened, never changed."
    )


class OrdersIn(In):
    """Orders to record together, in this order."""

    orders: list[OrderIn] = Field(min_length=1, max_length=MAX_ORDERS)


class ClassIn(In):
    """Another class for a queued order."""

    payment_class: PaymentClassName


class TimesIn(In):
    """Other times for a waiting order; one that is left out stays."""

    earliest_at: Timestamp | None = Field(
        default=None, description="It does not settle before; of an order still held for its time."
    )
    latest_at: Timestamp | None = Field(default=None, description="It is returned then.")


class PositionIn(In):
    """Another position in the queue of the order's class."""

    position: Literal["front", "end"] = Field(description="Among orders of the same class.")


class CounterlegTermsOut(BaseModel):
    """Terms of the counterleg that an order states."""

    payer: str
    payee: str
    currency: str
    amount: AmountText


class WaitingForOut(BaseModel):
    """Obstacle of a waiting order; figures are visible to its payer and the operator only."""

    kind: Literal[
        "value_date",
        "counterleg",
        "earliest_time",
        "run",
        "order_ahead",
        "cover",
        "reservation",
        "net_sender_limit",
        "bilateral_limit",
        "position_limit",
        "counterleg_settlement",
        "link",
        "screening",
        "policy",
    ]
    value_date: DateText | None = None
    until: TimestampText | None = None
    uetr: str | None = Field(
        default=None, description="UETR of the order ahead, or of the counterleg."
    )
    amount_short: AmountText | None = None
    reserved: AmountText | None = Field(default=None, description="Withheld for higher classes.")
    limit: AmountText | None = None
    counterparty: str | None = Field(default=None, description="BIC of the bilateral limit.")


class OrderOut(BaseModel):
    """An order and its current status."""

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: AmountText
    payment_class: PaymentClassName
    payment_type: PaymentTypeName
    submitted_at: TimestampText
    status: StatusName
    reason: ReasonName | None = None
    status_at: Annotated[TimestampText, Field(description="Since when it has its status.")]
    number: int | None = Field(
        default=None, description="In the order of settlement; null until it asked for settlement."
    )
    batch: BatchNumber
    position: int = Field(description="Place among the commands of its batch.")
    value_date: DateText | None = None
    earliest_at: TimestampText | None = None
    latest_at: TimestampText | None = None
    counterleg: str | None = None
    counterleg_terms: CounterlegTermsOut | None = None
    screening: Literal["not_screened", "passed", "held", "rejected", "released"] = Field(
        description="Outcome of screening; `released` by two people of the operator."
    )
    details: dict[str, Any] | None = Field(
        default=None, description="As submitted; null in lists and where there are none."
    )
    evidence: dict[str, Any] | None = Field(
        default=None, description="Evidence of screening, for the operator; null in lists."
    )
    waiting_for: WaitingForOut | None = None


class EntryOut(BaseModel):
    """The first outcome of an order; it never changes."""

    uetr: str
    status: StatusName
    reason: ReasonName | None = None
    at: TimestampText
    batch: BatchNumber


class EntriesOut(BaseModel):
    """The first outcomes of the orders of one request, in their order."""

    orders: list[EntryOut]


class OrdersOut(BaseModel):
    """A page of orders; `next` leads to the next page."""

    orders: list[OrderOut]
    next: int | None = Field(default=None, description="`after` of the next page; null at the end.")
