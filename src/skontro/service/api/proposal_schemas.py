"""Schemas of proposals, and mapping of their actions to the terms of the system."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints

from skontro.model import (
    LEI_PATTERN,
    MAX_NAME,
    Algorithm,
    InputError,
    ReasonCode,
    parse_amount,
    timestamp_text,
    to_timestamp,
)
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.schema_fields import (
    Amount,
    CurrencyCode,
    HexText,
    In,
    IsoDate,
    NewBic,
    Timestamp,
    TimestampText,
    Uetr,
)
from skontro.system import ACTION_RULES, Action, ActionKind, Proposal
from skontro.system.action import given
from skontro.system.cases.case_rules import CaseRules
from skontro.system.joint.agreement import read_agreement
from skontro.system.links.contract import SYSTEM_ID_PATTERN
from skontro.system.links.contract_reading import read_contract
from skontro.system.policy.document import policy_rules_from_document, policy_rules_to_document
from skontro.system.rulebook_document import rulebook_from_document, rulebook_to_document
from skontro.system.screening_actions import MAX_EVIDENCE_TEXT
from skontro.system.screening_lists import ScreeningLists

#: Fields of an `Action` that no caller gives: the service finds them.
_FOUND: Final = ("order",)

#: Kinds that name a participant or an account that is not there yet.
_OF_NEW_ACCOUNTS: Final = (ActionKind.ADMIT, ActionKind.OPEN_ACCOUNT)

#: Kinds whose fields the routes of cases fill in from the record.
OF_CASES: Final = (ActionKind.OPEN_CASE, ActionKind.ACT_IN_CASE, ActionKind.DECIDE_CASE)

_AlgorithmName = Literal[
    "all_or_nothing", "greatest_fifo_set", "bilateral_pass", "within_position_limits"
]


Hexadecimal = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
TableText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=21_848)]


class ActionIn(In):
    """An action under the four-eyes rule; its kind decides its fields."""

    kind: Annotated[ActionKind, Field(strict=False, description="Decides the other fields.")]
    participant: NewBic | None = None
    currency: CurrencyCode | None = None
    counterparty: NewBic | None = None
    amount: Amount | None = Field(default=None, description="Left out, it ends a limit.")
    step: Literal["customer_cut_off", "interbank_cut_off", "end_of_day"] | None = Field(
        default=None, description="Hour of the day that is extended."
    )
    until: Timestamp | None = Field(default=None, description="Time of the extended step.")
    algorithm: _AlgorithmName | None = Field(default=None, description="That of an offsetting run.")
    uetr: Uetr | None = Field(
        default=None, description="UETR of the order to cancel, hold, release or reject."
    )
    proposal: int | None = Field(
        default=None, ge=0, le=2**53, description="Number of the agreed proposal to withdraw."
    )
    person: Name | None = Field(
        default=None, description="Name of a person; the operator's where no participant is named."
    )
    key_id: Name | None = Field(
        default=None, description="As `keyid` in signatures: printable ASCII characters."
    )
    public_key: Hexadecimal | None = Field(default=None, description="Ed25519, raw.")
    role: Literal["viewer", "operator"] | None = Field(
        default=None, description="Role of the operator's person."
    )
    token_sha256: Hexadecimal | None = Field(
        default=None, description="SHA-256 of the token, which the service never sees before."
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)] | None = Field(
        default=None, description="Full legal name of a participant to be admitted."
    )
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")] | None = Field(
        default=None, description="ISO 3166, two or three letters."
    )
    lei: Annotated[str, StringConstraints(pattern=LEI_PATTERN)] | None = None
    currencies: Annotated[list[CurrencyCode], Field(max_length=300)] | None = Field(
        default=None, description="In which a participant to be admitted gets accounts."
    )
    rulebook: dict[str, Any] | None = Field(
        default=None, description="As in system.yaml: which mechanisms settle orders."
    )
    clock_changes: TableText | None = Field(
        default=None, description="A TZif file (RFC 8536) of the time zone, in Base64."
    )
    screening: Literal["required", "off"] | None = Field(
        default=None, description="Whether orders must have been screened."
    )
    travel_rule: Literal["hold", "reject", "off"] | None = Field(
        default=None, description="How customers' orders without its information are treated."
    )
    screening_lists: dict[str, Any] | None = Field(
        default=None, description="Sanctions lists, as `skontro lists --json` gives them."
    )
    evidence: Annotated[str, StringConstraints(max_length=MAX_EVIDENCE_TEXT)] | None = Field(
        default=None, description="Why an order is held: a JSON object, as text."
    )
    peer: Annotated[str, StringConstraints(pattern=SYSTEM_ID_PATTERN)] | None = Field(
        default=None, description="Identifier of another system."
    )
    link_contract: dict[str, Any] | None = Field(
        default=None, description="Contract with it, equal on both sides byte for byte."
    )
    certificate: dict[str, Any] | None = Field(
        default=None, description="Certificate of two officers that a link was not committed."
    )
    policy_rules: dict[str, Any] | None = Field(
        default=None, description="As in a document of policy rules: the whole new set."
    )
    case_rules: dict[str, Any] | None = Field(
        default=None, description="Rules on cases: scheme, paying account, calendars."
    )
    cycle_agreement: dict[str, Any] | None = Field(
        default=None, description="Agreement of several systems on joint netting cycles."
    )
    trial_sha256: Hexadecimal | None = Field(
        default=None, description="Digest of a trial of these rules, as `skontro policy` gives it."
    )
    effective_on: IsoDate | None = Field(
        default=None, description="Business day with whose start it takes effect; else at once."
    )


class ApprovalIn(In):
    """Hash of the shown document that is approved."""

    hash: Hexadecimal = Field(description="SHA-256 of the shown document as canonical JSON.")


class ProposalOut(BaseModel):
    """A proposal as shown to people."""

    number: int
    side: str = Field(description="`operator`, or the BIC of the proposer's participant.")
    person: str = Field(description="Name of the proposer.")
    status: Literal["open", "agreed"] = Field(
        description="`agreed` proposals were approved and wait for their date."
    )
    lapses_at: TimestampText
    hash: HexText = Field(
        description="SHA-256 of `shown` as JSON with sorted keys, no spaces, UTF-8 unescaped."
    )
    shown: dict[str, Any] = Field(
        description="Document for people to read and approve: proposer, action and time, "
        "parties by BIC and name, amounts as decimal text with their currency, times in local "
        "time and UTC, and the states before and after (`from`, `to`). Its fields depend on the "
        "kind of action."
    )


class ProposalsOut(BaseModel):
    """Proposals that wait for a second person, or for their date."""

    proposals: list[ProposalOut]


def proposal_out(proposal: Proposal, status: str) -> dict[str, Any]:
    """A proposal in the form of the API."""
    return {
        "number": proposal.number,
        "side": proposal.person.side,
        "person": proposal.person.name,
        "status": status,
        "lapses_at": timestamp_text(proposal.lapses_at),
        "hash": proposal.hash,
        "shown": json.loads(proposal.shown),
    }


def read_action(mapper: OrderMapper, shape: ActionIn) -> Action:
    """An action in the terms of the system.

    Raises:
        Problem: a field that the kind needs is missing (422), one is given that it does not have
            (422) or cannot be read (422), or it names something that is not there (404).
    """
    if shape.kind in OF_CASES:
        raise Problem(422, "Action cannot be read", f"{shape.kind} is done at /v1/cases")
    _refuse_wrong_fields(shape)
    if shape.uetr is not None:
        mapper.index_of(shape.uetr)
    if shape.kind not in _OF_NEW_ACCOUNTS:
        _refuse_unknown_accounts(mapper, shape)
    on = shape.effective_on
    return Action(
        kind=shape.kind,
        participant=shape.participant,
        currency=shape.currency,
        counterparty=shape.counterparty,
        amount=_minor(mapper, shape),
        step=shape.step,
        until=None if shape.until is None else to_timestamp(shape.until),
        algorithm=None if shape.algorithm is None else int(Algorithm[shape.algorithm.upper()]),
        uetr=shape.uetr,
        order=mapper.number_of(given(shape.uetr)) if shape.kind == ActionKind.CANCEL else None,
        proposal=shape.proposal,
        person=shape.person,
        key_id=shape.key_id,
        public_key=shape.public_key,
        role=shape.role,
        token_sha256=shape.token_sha256,
        name=shape.name,
        country=shape.country,
        lei=shape.lei,
        currencies=None if shape.currencies is None else tuple(shape.currencies),
        rulebook=_kept(
            shape.rulebook, lambda one: rulebook_to_document(rulebook_from_document(one))
        ),
        clock_changes=shape.clock_changes,
        screening=shape.screening,
        travel_rule=shape.travel_rule,
        screening_lists=_kept(
            shape.screening_lists, lambda one: ScreeningLists.from_document(one).to_document()
        ),
        evidence=shape.evidence,
        peer=shape.peer,
        link_contract=_kept(shape.link_contract, lambda one: read_contract(one).to_document()),
        certificate=shape.certificate,
        policy_rules=_kept(
            shape.policy_rules,
            lambda one: policy_rules_to_document(policy_rules_from_document(one)),
        ),
        case_rules=_kept(shape.case_rules, lambda one: CaseRules.from_document(one).to_document()),
        cycle_agreement=_kept(shape.cycle_agreement, lambda one: read_agreement(one).to_document()),
        trial_sha256=shape.trial_sha256,
        effective_on=None if on is None else on.isoformat(),
    )


def _refuse_unknown_accounts(mapper: OrderMapper, shape: ActionIn) -> None:
    if shape.currency is not None and shape.currency not in mapper.currencies:
        raise not_found(f"no account is held in {shape.currency}")
    for bic in (shape.participant, shape.counterparty):
        if bic is not None and bic not in mapper.directory:
            raise not_found(f"{bic} is not a participant")
        if bic is not None and shape.currency is not None:
            mapper.account(bic, shape.currency)


def _kept(
    document: dict[str, Any] | None, form: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any] | None:
    """A document in the form in which the record keeps it."""
    if document is None:
        return None
    try:
        return form(document)
    except InputError as error:
        raise Problem(422, "Action cannot be read", str(error)) from None


def _minor(mapper: OrderMapper, shape: ActionIn) -> int | None:
    if shape.amount is None or shape.currency is None:
        return None
    try:
        return parse_amount(shape.amount, mapper.currencies[shape.currency])
    except InputError as error:
        reason = ReasonCode.WRONG_EXPONENT
        raise Problem(422, "Amount cannot be read", str(error), reason) from None


def _refuse_wrong_fields(shape: ActionIn) -> None:
    rule = ACTION_RULES[shape.kind]
    given = {*shape.model_dump(exclude_none=True)} - {"kind"}
    needs = [name for name in rule.needs if name not in _FOUND]
    takes = [name for name in rule.fields if name not in _FOUND]
    wrong = [(name, ReasonCode.FIELD_MISSING, "needed") for name in needs if name not in given]
    wrong += [
        (name, ReasonCode.FIELD_MALFORMED, "not taken by this kind")
        for name in ActionIn.model_fields
        if name in given and name not in takes
    ]
    if wrong:
        errors = [
            {"pointer": f"/{name}", "reason": reason.name, "detail": detail}
            for name, reason, detail in wrong
        ]
        detail = f"{shape.kind} needs {', '.join(needs)}"
        others = [name for name in takes if name not in needs]
        detail += f" and takes {', '.join(others)}" if others else " and takes nothing else"
        raise Problem(422, "Action cannot be read", detail, None, errors)
