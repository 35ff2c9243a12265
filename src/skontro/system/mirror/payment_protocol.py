"""The protocol of a one-way payment in one system: a state and an input give the next state.

The origin's bank pays first; then the destination pays its bank, or says that it does not. The
money of the payment is at the mirror account in between, and no timer moves it.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from skontro.model import ReasonCode
from skontro.system.mirror.payment_statements import PaymentStatement, PaymentStep
from skontro.system.mirror.payment_table import (
    PAYMENT_ENDED,
    PAYMENT_TABLE,
    Cause,
    If,
    PaymentRow,
    Side,
    Stage,
)
from skontro.system.mirror.payment_terms import PaymentTerms


@attrs.frozen
class PaymentInput:
    """An input to a payment, in a batch of the own record.

    Attributes:
        cause: a fact of the own system, or the step that the other system states.
        batch, time: number and record time of the batch that has the input.
        sender: id of the other system; empty for the own one.
        terms: digest of the terms by the other system; empty for the own one.
        reason: of an end, a return or a refused order; else `NONE`.
        obstacle: why the destination cannot pay the payee; else `NONE`.
    """

    cause: PaymentStep | Cause
    batch: int
    time: int
    sender: str = ""
    terms: str = ""
    reason: ReasonCode = ReasonCode.NONE
    obstacle: ReasonCode = ReasonCode.NONE


@attrs.frozen
class PaymentState:
    """A payment in the record of one system.

        state = PaymentState(terms, "KZ-RTGS")
        transition = advance_payment(state, PaymentInput(Cause.INSTRUCTION, batch, time))

    Attributes:
        terms: its terms.
        system: id of the own system.
        stage: how far it has come.
        reason: why it was not sent, or not paid to the payee.
        stated: step, batch and time of the statement of this system; empty before it.
    """

    terms: PaymentTerms
    system: str
    stage: Stage = Stage.UNKNOWN
    reason: ReasonCode = ReasonCode.NONE
    stated: tuple[PaymentStep, int, int] | tuple[()] = ()

    @property
    def side(self) -> Side:
        """The part of this system in the payment."""
        return Side.ORIGIN if self.system == self.terms.origin else Side.DESTINATION

    @property
    def peer(self) -> str:
        """The other system."""
        return self.terms.other(self.system)

    @property
    def ended(self) -> bool:
        """Whether the payment has ended in this system."""
        return self.stage in PAYMENT_ENDED

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "terms": self.terms.to_document(),
            "system": self.system,
            "stage": str(self.stage),
            "reason": self.reason.name,
            "stated": list(self.stated),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "PaymentState":
        """The inverse of `to_document`."""
        stated: tuple[PaymentStep, int, int] | tuple[()] = ()
        if document["stated"]:
            step, batch, time = document["stated"]
            stated = PaymentStep(step), batch, time
        terms = PaymentTerms.from_document(document["terms"])
        reason, stage = ReasonCode[document["reason"]], Stage(document["stage"])
        return cls(terms, document["system"], stage, reason, stated)


@attrs.frozen
class PaymentTransition:
    """The outcome of an input.

    Attributes:
        state: after it; the same if it was refused.
        permit: whether the payer's order may settle from now on, in the same batch.
        statement: to be sent after this batch is durable, and not before; or None.
        refusal: why the input was refused, or `NONE`.
    """

    state: PaymentState
    permit: bool = False
    statement: PaymentStatement | None = None
    refusal: ReasonCode = ReasonCode.NONE


PaymentIndex = Mapping[tuple[Side, Stage, PaymentStep | Cause], tuple[PaymentRow, ...]]


def index_payment_rows(rows: tuple[PaymentRow, ...]) -> PaymentIndex:
    """The rows by side, stage and input, each in order."""
    index: dict[tuple[Side, Stage, PaymentStep | Cause], tuple[PaymentRow, ...]] = {}
    for row in rows:
        key = (row.side, row.stage, row.cause)
        index[key] = (*index.get(key, ()), row)
    return index


_INDEX: Final = index_payment_rows(PAYMENT_TABLE)


def advance_payment(
    state: PaymentState, given: PaymentInput, index: PaymentIndex | None = None
) -> PaymentTransition:
    """The transition that an input causes; a repeated input gives the same answer.

    Args:
        state: the payment in this system.
        given: the input.
        index: other transitions, to show in tests that wrong ones are found.
    """
    if isinstance(given.cause, PaymentStep):
        if given.sender != state.peer:
            return PaymentTransition(state, refusal=ReasonCode.LINK_STEP_NOT_EXPECTED)
        if given.terms != state.terms.digest:
            return PaymentTransition(state, refusal=ReasonCode.LINK_TERMS_DIFFER)
    key = (state.side, state.stage, given.cause)
    for row in (_INDEX if index is None else index).get(key, ()):
        if row.condition == If.ALWAYS or given.obstacle != ReasonCode.NONE:
            return _take(state, given, row)
    return PaymentTransition(state, refusal=_refusal_without_row(state))


def _refusal_without_row(state: PaymentState) -> ReasonCode:
    if state.stage == Stage.UNKNOWN:
        return ReasonCode.LINK_UNKNOWN
    return ReasonCode.LINK_ENDED if state.ended else ReasonCode.LINK_STEP_NOT_EXPECTED


def _take(state: PaymentState, given: PaymentInput, row: PaymentRow) -> PaymentTransition:
    if row.refusal != ReasonCode.NONE:
        return PaymentTransition(state, refusal=row.refusal)
    after = state
    if row.then != state.stage:
        # A return that has been made keeps the reason why it was.
        reason = given.obstacle or given.reason or state.reason
        after = attrs.evolve(state, stage=row.then, reason=reason)
    if row.states is None:
        return PaymentTransition(after, row.permit)
    if not after.stated or after.stated[0] != row.states:
        after = attrs.evolve(after, stated=(row.states, given.batch, given.time))
    return PaymentTransition(after, row.permit, _statement(after, row.states))


def _statement(state: PaymentState, step: PaymentStep) -> PaymentStatement:
    """A statement; a repetition states the batch of the first one."""
    _, batch, time = state.stated or (step, 0, 0)
    return PaymentStatement(
        uetr=state.terms.uetr,
        step=step,
        sender=state.system,
        addressee=state.peer,
        terms=state.terms.digest,
        batch=batch,
        time=time,
        reason=state.reason if step == PaymentStep.RETURNED else ReasonCode.NONE,
        payment=state.terms if step == PaymentStep.CREDITED else None,
    )
