"""Routes of policy rules: those in force, those agreed, and how far caps are used."""

from typing import Annotated, Any

import attrs
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from skontro.model import format_amount
from skontro.service.api.openapi import problems
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.schema_fields import AmountText, Bic, DateText
from skontro.service.api.service_context import Anyone, Context, TheContext
from skontro.service.auth.credentials import Identity
from skontro.system import ActionKind, SettlementSystem
from skontro.system.details_columns import account_digest
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.enforcement import CapUse
from skontro.system.policy.rules import Subject

router = APIRouter(prefix="/v1", tags=["policy rules"])


class CapUseOut(BaseModel):
    """How far a cap is used in the running period."""

    rule: str = Field(description="Name of the cap.")
    action: str = Field(description="For an order that exceeds it: alert, hold or reject.")
    subject: str = Field(description="Whose orders: a BIC, a country (alpha-2), or `customer`.")
    period: str = Field(description="day, month, quarter or year.")
    currency: str = Field(description="Currency of the amounts, at the rates of the rules.")
    paid: AmountText | None = Field(description="Orders that wait or have settled.")
    most: AmountText
    remaining: AmountText = Field(description="Zero where an amount has no rate.")


class PolicyOut(BaseModel):
    """Policy rules, and the caps of a participant."""

    rules: dict[str, Any] | None = Field(description="The set in force; null before the first.")
    coming: list[dict[str, Any]] = Field(description="Sets agreed for a coming day.")
    date: DateText | None = Field(description="The business day of the caps.")
    caps: list[CapUseOut]


ParticipantInQuery = Annotated[
    Bic | None,
    Query(description="Whose caps; the caller's own if left out.", examples=["AAAAKZK0"]),
]
CustomerAccount = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=34,
        description="Account of a customer whose caps are shown too; for the operator only.",
        examples=["KZ75125KZT2069100100"],
    ),
]


@attrs.frozen
class _Found:
    """The state of policy rules between two batches."""

    rules: dict[str, Any] | None
    date: str | None
    uses: list[CapUse]


@router.get(
    "/policy",
    operation_id="get_policy_rules",
    response_model=PolicyOut,
    responses=problems(403, 404, 422),
)
async def show_policy(
    identity: Anyone,
    context: TheContext,
    participant: ParticipantInQuery = None,
    customer_account: CustomerAccount = None,
) -> dict[str, Any]:
    """Show the policy rules in force, those agreed, and what remains of a participant's caps.

    A participant sees its own caps and those of its country; the operator those of any.
    """
    subjects = _subjects(context, identity, participant, customer_account)

    def query(system: SettlementSystem) -> _Found:
        rules, date = system.policy.rules, system.clock.date
        return _Found(
            None if rules is None else policy_rules_to_document(rules),
            None if date is None else date.isoformat(),
            [] if date is None else system.policy.caps(subjects, date),
        )

    found = await context.ask(query)
    agreed = context.sequencer.view.agreed
    return {
        "rules": found.rules,
        "coming": [
            one.action.policy_rules
            for one in agreed
            if one.action.kind == ActionKind.SET_POLICY_RULES
        ],
        "date": found.date,
        "caps": [_use_out(use) for use in found.uses],
    }


def _subjects(
    context: Context, identity: Identity, participant: str | None, account: str | None
) -> dict[Subject, str]:
    """The subjects whose caps the caller may see.

    Raises:
        Problem: another's caps (403), or no such participant (404).
    """
    if not identity.is_operator:
        if account is not None or participant not in (None, identity.side):
            raise Problem(403, "Not yours", "a participant sees its own caps alone")
        participant = identity.side
    subjects = {} if account is None else {Subject.CUSTOMER: account_digest(account).hex()}
    if participant is None:
        return subjects
    directory = context.mapper.directory
    if participant not in directory:
        raise not_found(f"{participant} is not a participant")
    country = directory.participant(participant).country.alpha2
    return subjects | {Subject.PARTICIPANT: participant, Subject.COUNTRY: country}


def _use_out(use: CapUse) -> dict[str, Any]:
    return {
        "rule": use.cap.name,
        "action": str(use.cap.action),
        "subject": "customer" if use.cap.subject == Subject.CUSTOMER else use.subject,
        "period": str(use.cap.period),
        "currency": use.unit.code,
        "paid": None if use.paid is None else format_amount(use.paid, use.unit),
        "most": format_amount(use.most, use.unit),
        "remaining": format_amount(use.remaining, use.unit),
    }
