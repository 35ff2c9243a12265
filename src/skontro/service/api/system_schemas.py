"""Response schemas of the system: the day, participants, the record, its health, and problems."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from skontro.service.api.schema_fields import (
    BatchNumber,
    DateText,
    HexText,
    ReasonName,
    TimestampText,
)

PhaseName = Literal[
    "start_of_day",
    "open",
    "customer_cut_off_passed",
    "interbank_cut_off_passed",
    "end_of_day",
    "sealed",
]
Hash = Annotated[HexText, Field(description="SHA-256, hexadecimal.")]
SignatureText = Annotated[HexText, Field(description="Ed25519 signature of `hash`, hexadecimal.")]
PublicKeyText = Annotated[HexText, Field(description="Ed25519, raw, hexadecimal.")]


class RequestOut(BaseModel):
    """A request that took effect."""

    batch: BatchNumber
    proposal: int | None = Field(
        default=None, description="Number of the proposal that was made or decided."
    )


class StepOut(BaseModel):
    """A coming step of the business day."""

    due: TimestampText
    kind: Literal[
        "start",
        "open",
        "offset",
        "customer_cut_off",
        "interbank_cut_off",
        "end_of_day",
        "seal",
    ]
    currency: str | None = Field(default=None, description="Currency of a cut-off.")


class DayOut(BaseModel):
    """State of the business day."""

    date: DateText | None = Field(description="Null before the first business day.")
    phase: PhaseName
    currencies: dict[str, PhaseName] = Field(description="Phase of each currency, by its code.")
    steps: list[StepOut]
    as_of: TimestampText
    queued_orders: int
    held_orders: int
    warehoused_orders: int
    orders_held_for_screening: int
    screening: dict[str, str] = Field(description="The rules on screening in force.")
    screening_lists: dict[str, Any] | None = Field(
        description="Sanctions lists that two people agreed to; null where none were."
    )
    suspended: list[str] = Field(description="BICs of suspended participants.")


class ParticipantOut(BaseModel):
    """A current or former participant."""

    bic: str
    name: str
    country: str = Field(description="ISO 3166, three letters.")
    lei: str | None = Field(description="Legal entity identifier (ISO 17442).")
    status: Literal["active", "suspended", "left"]
    currencies: list[str] = Field(description="Those of the settlement accounts.")


class ParticipantsOut(BaseModel):
    """All participants, in the order of admission."""

    participants: list[ParticipantOut]


class HeadOut(BaseModel):
    """The last durable batch, signed."""

    batch: BatchNumber
    time: TimestampText
    hash: Hash
    signature: SignatureText
    public_key: PublicKeyText


class ReceiptOut(BaseModel):
    """Proof that a request is in the record; the reference says how its hashes are computed."""

    batch: BatchNumber
    position: int = Field(description="Place of the request among those of its batch.")
    requests: int = Field(description="Requests of the batch.")
    request: HexText = Field(description="The request and its commands as the leaf of the tree.")
    path: list[Hash] = Field(description="From the leaf to the root of the tree (RFC 6962).")
    header: HexText = Field(description="Header of the batch.")
    commitments: list[Hash] = Field(description="Hashes of the batch's other tables and its body.")
    previous_hash: Hash
    hash: Hash
    signature: SignatureText
    public_key: PublicKeyText


class LinkOut(BaseModel):
    """One batch in the chain of hashes."""

    batch: BatchNumber
    time: int = Field(description="Microseconds since 1970-01-01T00:00:00Z.")
    content: Hash
    hash: Hash
    signature: SignatureText


class LinksOut(BaseModel):
    """Batches in their order, each hash made from the one before and the content."""

    links: list[LinkOut]


class LiveOut(BaseModel):
    """The process responds."""

    status: Literal["live"]


class ReadyOut(BaseModel):
    """The service accepts requests."""

    status: Literal["ready"]
    clock: str | None = Field(
        default=None, description="Why the wall clock is not followed; absent while it is."
    )
    screening: str = Field(description="`off`, `ready`, or why no order passes.")
    links: str | None = Field(
        default=None, description="Which peers keep links shut, and why; absent while all are open."
    )


class SignInCodeOut(BaseModel):
    """A code that opens the pages in a browser, once."""

    code: str
    url: str = Field(description="Address that signs in with the code.")
    seconds: int = Field(description="How long the code can be used.")


class MistakeOut(BaseModel):
    """One mistake in a request."""

    model_config = ConfigDict(serialize_by_alias=True)

    pointer: str | None = Field(default=None, description="Where it is, as a JSON pointer.")
    within: str | None = Field(
        default=None, alias="in", description="Part of the request: body, query, path or header."
    )
    detail: str | None = None
    reason: ReasonName | None = None
    reason_code: int | None = None
    uetr: str | None = Field(default=None, description="UETR of the order of the request.")


class ProblemOut(BaseModel):
    """Error (RFC 9457)."""

    type: str = Field(description="`about:blank`: the status says what kind of problem it is.")
    title: str
    status: int = Field(description="HTTP status of the answer.")
    detail: str = Field(description="The problem in this case, and what to do.")
    reason: ReasonName | None = None
    reason_code: int | None = Field(default=None, description="Number of the reason code.")
    errors: list[MistakeOut] | None = Field(default=None, description="100 at most.")
