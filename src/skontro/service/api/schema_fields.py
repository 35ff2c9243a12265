"""Fields of requests and responses: JSON form and strict reading."""

import datetime
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints
from pydantic.json_schema import WithJsonSchema

from skontro.files.document_fields import unusable
from skontro.model import (
    BIC_PATTERN,
    UETR_PATTERN,
    InputError,
    check_bic,
    check_date,
    check_timestamp,
    to_timestamp,
)


def _check_bic(text: str) -> str:
    try:
        return check_bic(text)
    except InputError as error:
        raise unusable(str(error)) from None


Uetr = Annotated[
    str,
    Field(description="Unique end-to-end transaction reference: a UUID of version 4."),
    StringConstraints(pattern=UETR_PATTERN),
]
Bic = Annotated[
    str,
    Field(description="BIC (ISO 9362:2022) of a participant, 8 or 11 characters."),
    StringConstraints(pattern=BIC_PATTERN),
]
#: One that may be new to the system. Those of orders are looked up in the directory, so that their
#: form is enough.
NewBic = Annotated[Bic, AfterValidator(_check_bic)]
CurrencyCode = Annotated[
    str,
    Field(description="Currency by its ISO 4217 code."),
    StringConstraints(pattern=r"^[A-Z]{3}$"),
]
Amount = Annotated[
    str,
    Field(description="Decimal amount in the currency's unit, such as 1250.50."),
    StringConstraints(pattern=r"^[0-9]{1,18}(?:\.[0-9]{1,6})?$"),
]
PaymentClassName = Annotated[
    Literal["urgent", "high", "normal"],
    Field(description="Urgent orders settle before high ones, high ones before normal ones."),
]
PaymentTypeName = Annotated[
    Literal["customer", "interbank"],
    Field(description="Decides which cut-off the order must meet."),
]

_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _read_timestamp(value: object) -> datetime.datetime:
    """RFC 3339 text only: a number could mean seconds or milliseconds, local time anything."""
    try:
        if isinstance(value, str) and _RFC_3339.fullmatch(value):
            timestamp = datetime.datetime.fromisoformat(value)
            check_timestamp(to_timestamp(timestamp))
            return timestamp
    except InputError as error:
        raise unusable(str(error)) from None
    except ValueError:
        pass
    message = "must be text like 2026-01-05T09:30:00+05:00, to the microsecond at most"
    raise unusable(message)


def _read_date(value: object) -> datetime.date:
    """Text of a date only."""
    try:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return check_date(datetime.date.fromisoformat(value))
    except InputError as error:
        raise unusable(str(error)) from None
    except ValueError:
        pass
    raise unusable("must be text like 2026-01-05")


Timestamp = Annotated[
    datetime.datetime,
    PlainValidator(_read_timestamp),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
IsoDate = Annotated[
    datetime.date,
    PlainValidator(_read_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]


class In(BaseModel):
    """A request: exact types and no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# Fields of answers. They are written from the record, not checked again: only described.
AmountText = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?[0-9]+(?:\.[0-9]+)?$",
            "description": "Decimal amount in the currency's unit.",
        }
    ),
]
TimestampText = Annotated[
    str,
    WithJsonSchema({"type": "string", "format": "date-time", "description": "Time, in UTC."}),
]
DateText = Annotated[
    str,
    WithJsonSchema({"type": "string", "format": "date", "description": "Business day."}),
]
ReasonName = Annotated[
    str,
    Field(description="Reason code by name; the settlement rules explain each."),
]
HexText = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": "^(?:[0-9a-f]{2})*$"}),
]
StatusName = Annotated[
    Literal[
        "held", "queued", "settled", "rejected", "returned", "cancelled", "warehoused", "earmarked"
    ],
    Field(
        description="`settled`, `rejected`, `returned` and `cancelled` are final. A `held` order "
        "awaits its time, its counterleg, its link or a run, a `queued` one liquidity or an order "
        "ahead, a `warehoused` one its value date. The money of an `earmarked` one is on an "
        "account for earmarks until its link with other systems is decided."
    ),
]
BatchNumber = Annotated[int, Field(description="Number of a batch of the record.")]
