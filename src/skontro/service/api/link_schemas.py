"""Bodies of requests and answers about links with other systems."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from skontro.service.api.order_schemas import EntryOut, OrderIn
from skontro.service.api.schema_fields import (
    AmountText,
    BatchNumber,
    HexText,
    In,
    ReasonName,
    TimestampText,
)
from skontro.service.peers.opening import Standing
from skontro.system.links.contract import SYSTEM_ID_PATTERN
from skontro.system.links.phases import Phase, Role

SystemId = Annotated[
    str, Field(pattern=SYSTEM_ID_PATTERN, description="Identifier of a system, as in contracts.")
]


class LinkIn(In):
    """A bank's instruction of a link: the order of its own leg, and the terms of all legs."""

    order: OrderIn = Field(
        description="As for `submit_order`; its `latest_at` is that of the terms, if stated."
    )
    terms: dict[str, Any] = Field(
        description="The terms (`skontro link terms 1`), the same text in all systems."
    )
    quote: dict[str, Any] | None = Field(
        default=None,
        description="For a conversion: the quote (`skontro link quote 1`) that the market maker "
        "signed, with `public_key` and `signature`. The link must be at its rate.",
    )


class LegOut(BaseModel):
    """A payment that one system settles as its part of a link."""

    system: SystemId
    uetr: str
    payer: str
    payee: str
    currency: str
    amount: AmountText


class PhaseOut(BaseModel):
    """The batch with which a link came into a phase here."""

    phase: Phase
    batch: BatchNumber
    at: TimestampText


class ValueInDoubtOut(BaseModel):
    """Own payers' money in one currency that is locked for links."""

    currency: str
    amount: AmountText


class InDoubtOut(BaseModel):
    """Money that is locked for a link whose decision is not known."""

    amounts: list[ValueInDoubtOut] = Field(description="Sums of the own legs, by currency.")
    since: TimestampText
    seconds: int = Field(description="Age by the time of this system's record.")


class LinkStateOut(BaseModel):
    """A link as this system has it."""

    link: str = Field(description="UUID of the link, the same in all systems.")
    role: Role
    phase: Phase
    reason: ReasonName | None = None
    decider: SystemId
    valid_until: TimestampText
    decide_by: TimestampText | None = Field(
        default=None, description="Last time of the decider's record at which it may commit."
    )
    terms_sha256: HexText
    legs: list[LegOut] = Field(description="The decider's first.")
    in_doubt: InDoubtOut | None = None
    phases: list[PhaseOut] = Field(description="In their order.")


class InstructionOut(BaseModel):
    """The first outcome of the own order, and the link if it was taken."""

    order: EntryOut
    batch: BatchNumber | None = Field(
        default=None, description="Has the terms; null where the order was refused."
    )
    link: LinkStateOut | None = Field(
        default=None,
        description="Null where the order was refused, or is held until two people decide.",
    )


class LinkStatesOut(BaseModel):
    """A page of links; `next` leads to the next page."""

    links: list[LinkStateOut]
    next: int | None = Field(default=None, description="`after` of the next page; null at the end.")


class ForkOut(BaseModel):
    """Two batches of a peer of which only one can be in its record, both signed by it."""

    peer: SystemId
    batch: BatchNumber = Field(description="The own batch that recorded the evidence.")
    claim: int = Field(description="The claim of its record by then, microseconds; -1 for none.")
    first: dict[str, Any] = Field(description="Proof of the one batch, as in envelopes.")
    second: dict[str, Any] = Field(description="Proof of the other.")


class PeerOut(BaseModel):
    """Another system with which links are agreed."""

    peer: SystemId
    address: bool = Field(description="Whether the settings of the service have its URL.")
    suspended: bool = Field(description="Whether the operator suspended new links with it.")
    silent: bool = Field(description="It does not answer, so no new link with it starts.")
    heard_seconds: float | None = Field(
        description="Seconds since its last answer; null if there was none."
    )
    trouble: str = Field(description="Why the last attempt failed; for the operator.")
    waiting_proofs: int = Field(description="Proofs that it has not confirmed.")
    open_links: int = Field(description="Links with it that have not ended here.")
    in_doubt: list[ValueInDoubtOut] = Field(
        description="Locked for links that it decides, by currency; for the operator."
    )
    head_batch: BatchNumber | None = Field(description="Newest batch that it has proved.")
    head_hash: HexText | None = None
    head_at: TimestampText | None = Field(default=None, description="Time of that batch.")
    standing: Standing = Field(description="Its answer on whether this record is complete.")
    beyond: str = Field(description="The batch that this record lacks by its answer, or empty.")
    forks: list[ForkOut] = Field(description="Evidence that it has signed two records.")


class PeersOut(BaseModel):
    """All peers, by identifier, and whether links are open."""

    peers: list[PeerOut]
    shut: str = Field(
        description="Which peers keep links shut here, and why; empty while all are open."
    )


class ProvedStatementIn(In):
    """A statement and its place in its batch."""

    content: str
    index: int


class LinkProofIn(In):
    """Statements of one batch, with the proof that the signed batch has them."""

    header: HexText
    others: list[HexText]
    previous_hash: HexText
    signature: HexText
    root: HexText
    statements: list[ProvedStatementIn] = Field(description="By rising index; may be empty.")
    path: list[HexText] = Field(
        description="From all these statements to the root of their tree, level by level."
    )


class EnvelopeIn(In):
    """Statements of one system for another; the proofs identify the sender."""

    format: Literal["skontro link envelope 1"]
    sender: SystemId
    addressee: SystemId
    claim: int = Field(
        ge=0,
        description="Record time, microseconds, at which the sender's service claimed its record.",
    )
    nonce: HexText = Field(description="32 random bytes, which the answer repeats.")
    held: LinkProofIn | None = Field(description="Newest head held of the addressee's record.")
    proofs: list[LinkProofIn] = Field(min_length=1, max_length=64)
    signature: HexText = Field(description="The sender's, over all but the proofs' contents.")


class RefusedInputOut(BaseModel):
    """A statement that was refused; the record keeps it all the same."""

    link: str
    input: str
    reason: ReasonName


class PeerAnswerOut(BaseModel):
    """The answer to an envelope, once its statements are durable."""

    format: Literal["skontro link answer 1"]
    batch: BatchNumber | None = Field(description="Has the statements; null where there were none.")
    refused: list[RefusedInputOut]
    head: LinkProofIn = Field(description="The newest batch of this system, without statements.")
    nonce: HexText = Field(description="That of the envelope.")
    held: LinkProofIn | None = Field(description="Newest head held of the sender's record.")
    signature: HexText = Field(description="Signature of this system, over all other fields.")
