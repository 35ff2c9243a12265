"""What comes in as JSON, and what goes out."""

import datetime
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from skontro.model import UETR_PATTERN, InputError, check_date, check_moment, to_timestamp

#: Orders of one request.
MOST_ORDERS = 10_000

Uetr = Annotated[str, StringConstraints(pattern=UETR_PATTERN)]
Bic = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{8}(?:[A-Z0-9]{3})?$")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[
    str,
    Field(description="Decimal amount in the currency's unit, such as 1250.50."),
    StringConstraints(pattern=r"^[0-9]{1,18}(?:\.[0-9]{1,6})?$"),
]
PaymentClassName = Literal["urgent", "high", "normal"]

_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _unusable(message: str) -> PydanticCustomError:
    return PydanticCustomError("unusable", "{why}", {"why": message})


def _read_moment(value: object) -> datetime.datetime:
    """RFC 3339 text alone: a number could be seconds or milliseconds, and a local time anything."""
    try:
        if isinstance(value, str) and _RFC_3339.fullmatch(value):
            moment = datetime.datetime.fromisoformat(value)
            check_moment(to_timestamp(moment))
            return moment
    except InputError as error:
        raise _unusable(str(error)) from None
    except ValueError:
        pass
    message = "must be text like 2026-01-05T09:30:00+05:00, to the microsecond at most"
    raise _unusable(message)


def _read_date(value: object) -> datetime.date:
    """Text of a date alone."""
    try:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return check_date(datetime.date.fromisoformat(value))
    except InputError as error:
        raise _unusable(str(error)) from None
    except ValueError:
        pass
    raise _unusable("must be text like 2026-01-05")


Moment = Annotated[
    datetime.datetime,
    PlainValidator(_read_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
IsoDate = Annotated[
    datetime.date,
    PlainValidator(_read_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]


class In(BaseModel):
    """Something that comes in: exact types and no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CounterlegTermsIn(In):
    """The terms on which the counterleg is accepted: it must have these and no others."""

    payer: Bic
    payee: Bic
    currency: CurrencyCode
    amount: Amount


class OrderIn(In):
    """A transfer order as a participant submits it."""

    uetr: Uetr
    payer: Bic
    payee: Bic
    currency: CurrencyCode
    amount: Amount
    payment_class: PaymentClassName = "normal"
    purpose: Literal["customer", "interbank"] = "customer"
    earliest_at: Moment | None = None
    latest_at: Moment | None = None
    value_date: IsoDate | None = None
    counterleg: Uetr | None = Field(
        default=None, description="UETR of the order that this one is linked with (PvP)."
    )
    counterleg_terms: CounterlegTermsIn | None = Field(
        default=None,
        description="If stated, the counterleg must have them, or the pair is refused.",
    )


class OrdersIn(In):
    """Orders that are recorded together, in this order."""

    orders: list[OrderIn] = Field(min_length=1, max_length=MOST_ORDERS)


class ClassIn(In):
    """Another class for a waiting order."""

    payment_class: PaymentClassName


class PositionIn(In):
    """Another place in the queue of the order's class."""

    position: Literal["front", "end"]


class AmountIn(In):
    """An amount in the account's currency."""

    amount: Amount


class CounterlegTermsOut(BaseModel):
    """Terms that an order states for its counterleg."""

    payer: str
    payee: str
    currency: str
    amount: str


class WaitingForOut(BaseModel):
    """What an order waits for; figures are told to its payer and the operator only."""

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
    ]
    value_date: str | None = None
    until: str | None = None
    uetr: str | None = Field(default=None, description="Of the order ahead, or the counterleg.")
    amount_short: str | None = None
    reserved: str | None = Field(default=None, description="Withheld for higher classes.")
    limit: str | None = None
    counterparty: str | None = Field(default=None, description="Of the bilateral limit.")


class OrderOut(BaseModel):
    """An order and where it stands."""

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: str
    payment_class: str
    purpose: str
    submitted_at: str
    status: str
    reason: str | None = None
    status_at: str
    number: int | None = None
    batch: int
    position: int
    value_date: str | None = None
    earliest_at: str | None = None
    latest_at: str | None = None
    counterleg: str | None = None
    counterleg_terms: CounterlegTermsOut | None = None
    waiting_for: WaitingForOut | None = None


class EntryOut(BaseModel):
    """The first outcome of an order: the same whenever it is asked for."""

    uetr: str
    status: str
    reason: str | None = None
    at: str
    batch: int


class EntriesOut(BaseModel):
    """The first outcomes of the orders of one request, in their order."""

    orders: list[EntryOut]


class OrdersOut(BaseModel):
    """A page of orders; `next` leads to the page after it."""

    orders: list[OrderOut]
    next: int | None = None


class RequestOut(BaseModel):
    """A request that took effect."""

    batch: int
    proposal: int | None = None


class AccountOut(BaseModel):
    """A settlement account; amounts in the currency's unit."""

    participant: str
    currency: str
    balance: str
    credit_line: str
    cover: str
    as_of: str


class AccountsOut(BaseModel):
    """Settlement accounts."""

    accounts: list[AccountOut]


class QueueOut(BaseModel):
    """The orders that an account is to pay, in the order of its queue."""

    orders: list[OrderOut]


class PostingOut(BaseModel):
    """One entry of a statement."""

    batch: int
    position: int
    settled_at: str
    uetr: str | None
    counterparty: str | None
    debit: str | None
    credit: str | None
    balance: str


class StatementOut(BaseModel):
    """Entries of one account in order; `next` leads to the page after it."""

    participant: str
    currency: str
    date: str
    opening_balance: str
    entries: list[PostingOut]
    next: str | None = None


class DayOut(BaseModel):
    """Where the business day stands."""

    date: str | None
    phase: str
    currencies: dict[str, str]
    steps: list[dict[str, Any]]
    as_of: str
    queued_orders: int
    held_orders: int
    warehoused_orders: int
    suspended: list[str]


class HeadOut(BaseModel):
    """The last durable batch, signed."""

    batch: int
    time: str
    hash: str
    signature: str
    public_key: str


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    reason: str | None = None
    reason_code: int | None = None
    errors: list[dict[str, Any]] | None = None
