"""Parameters of requests as the OpenAPI document describes them."""

from typing import Annotated, Final, Literal

from fastapi import Header, Path, Query

from skontro.service.api.schema_fields import Bic, CurrencyCode, IsoDate, StatusName, Uetr
from skontro.system.joint.agreement import CYCLE_PATTERN
from skontro.system.links.contract import SYSTEM_ID_PATTERN

#: The one spelling of the header's name.
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
#: Form of the client's id of a request: printable, without spaces.
KEY_PATTERN: Final = r"^[\x21-\x7e]+$"
KEY_CHARACTERS: Final = 64
KEY_DESCRIPTION: Final = (
    "The client's id of the request, such as a UUID: the same request under it gets the same "
    "answer, another one a conflict. Where it is sent, the signature must cover it."
)

#: Numbers that every JSON reader keeps exactly.
MAX_NUMBER: Final = 2**53

IdempotencyKey = Annotated[
    str,
    Header(
        alias=IDEMPOTENCY_KEY,
        min_length=1,
        max_length=KEY_CHARACTERS,
        pattern=KEY_PATTERN,
        description=KEY_DESCRIPTION,
        examples=["7d0f4c1e-1f63-4b0c-9d57-3d2c0f7f1a10"],
    ),
]
UetrInPath = Annotated[
    Uetr,
    Path(
        description="Unique end-to-end transaction reference of the order.",
        examples=["0c6e4b6a-5d0e-4b8f-9a53-0d3c8c2f6b11"],
    ),
]
SystemInPath = Annotated[
    str,
    Path(
        pattern=SYSTEM_ID_PATTERN,
        description="Identifier of a system, as in contracts.",
        examples=["KZ-RTGS"],
    ),
]
LinkInPath = Annotated[
    Uetr,
    Path(
        description="UUID of a link with other systems.",
        examples=["6b0e2d52-6b6e-4c53-9a0b-3d3c8c2f6b11"],
    ),
]
CycleInPath = Annotated[
    str,
    Path(
        pattern=CYCLE_PATTERN,
        description="Identifier of a joint cycle.",
        examples=["CIS.20261124T130000Z.5b57de503345ba6e"],
    ),
]
BicInPath = Annotated[
    Bic, Path(description="BIC of the participant that holds the account.", examples=["AAAAKZK0"])
]
CurrencyInPath = Annotated[
    CurrencyCode, Path(description="Currency of the account (ISO 4217).", examples=["KZT"])
]
BusinessDay = Annotated[
    IsoDate | None,
    Query(description="Business day; the running one if left out.", examples=["2026-11-24"]),
]
StatementStart = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{1,18}\.[0-9]{1,9}$",
        description="`next` of the page before.",
        examples=["0.0"],
    ),
]
FirstBatch = Annotated[
    int, Query(ge=0, le=MAX_NUMBER, description="Number of the first batch.", examples=[0])
]
AfterBatch = Annotated[
    int,
    Query(ge=-1, le=MAX_NUMBER, description="Number of the last batch known.", examples=[12]),
]
LinkCount = Annotated[int, Query(ge=1, le=10_000, description="Most batches.", examples=[1_000])]
Statuses = Annotated[
    list[StatusName] | None,
    Query(description="Only orders with one of these statuses.", examples=[["queued"]]),
]
ReservedClass = Annotated[
    Literal["urgent", "high"],
    Path(
        description="Payment class that the amount is reserved for, and those above it.",
        examples=["high"],
    ),
]
ProposalNumber = Annotated[
    int, Path(ge=0, le=MAX_NUMBER, description="Number of the proposal.", examples=[0])
]
PageStart = Annotated[
    int,
    Query(ge=0, le=MAX_NUMBER, description="`next` of the page before.", examples=[0]),
]
PageSize = Annotated[
    int, Query(ge=1, le=1_000, description="Most entries of the page.", examples=[100])
]


def media_type_of(header: str) -> str:
    """The media type in a Content-Type header, without its parameters.

    Example:
        >>> media_type_of("Application/JSON; charset=utf-8")
        'application/json'
    """
    return header.partition(";")[0].strip().lower()
