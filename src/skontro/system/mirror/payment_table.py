"""The transitions of a one-way payment as data, behind code, model checker and documentation.

The rules are in docs/reference/links.md, with this table printed from here.
"""

from enum import StrEnum
from typing import Final

import attrs

from skontro.model import ReasonCode
from skontro.system.mirror.payment_statements import PaymentStep


class Side(StrEnum):
    """The part of a system in one payment."""

    ORIGIN = "origin"  # its bank pays
    DESTINATION = "destination"  # its bank is paid


class Stage(StrEnum):
    """How far a payment has come in the record of one system; the texts are part of the record."""

    UNKNOWN = "unknown"
    INSTRUCTED = "instructed"  # origin: the order may settle, until its latest time
    SENT = "sent"  # origin: the order is final, and the money is under way
    RETURNING = "returning"  # origin: the destination does not pay; the return is due
    NOT_SENT = "not_sent"  # origin: the order ended without settlement
    RECEIVED = "received"  # destination: its order is due, or under way
    PAID = "paid"  # the payee has the money
    RETURNED = "returned"  # the payee does not; in the origin, the payer has it again


class Cause(StrEnum):
    """An input from the own system; the other inputs are statements of the other system."""

    INSTRUCTION = "instruction"  # an own bank instructed the payment, and its order is there
    LEG_SETTLED = "leg_settled"  # origin: the payer's order is final
    LEG_ENDED = "leg_ended"  # origin: it was returned, rejected or cancelled
    ORDER_SETTLED = "order_settled"  # the order from the own mirror account is final
    ORDER_ENDED = "order_ended"  # that order was returned, rejected or cancelled
    UETR_IN_USE = "uetr_in_use"  # that order cannot be submitted
    REPEAT = "repeat"  # no answer has come for a while


class If(StrEnum):
    """A condition of a transition."""

    ALWAYS = "-"
    OBSTACLE = "an obstacle"


@attrs.frozen
class PaymentRow:
    """A transition. In each stage the first row whose input and condition apply is taken.

    Attributes:
        side, stage, cause, condition: where it applies.
        then: the stage after it.
        permit: whether the payer's order may settle from now on.
        states: sent to the other system after the batch is durable; None for no statement.
        refusal: other than `NONE`, the input is refused and nothing changes.
    """

    side: Side
    stage: Stage
    cause: PaymentStep | Cause
    then: Stage
    condition: If = If.ALWAYS
    permit: bool = False
    states: PaymentStep | None = None
    refusal: ReasonCode = ReasonCode.NONE


def _rows(
    side: Side,
    stages: tuple[Stage, ...],
    causes: tuple[PaymentStep | Cause, ...],
    then: Stage | None = None,
    states: PaymentStep | None = None,
    condition: If = If.ALWAYS,
    refusal: ReasonCode = ReasonCode.NONE,
) -> tuple[PaymentRow, ...]:
    """The same transition from several stages, or by several inputs; None keeps the stage."""
    return tuple(
        PaymentRow(side, stage, cause, then or stage, condition, states=states, refusal=refusal)
        for stage in stages
        for cause in causes
    )


_O, _D = Side.ORIGIN, Side.DESTINATION
_CREDITED, _PAID, _RETURNED = PaymentStep.CREDITED, PaymentStep.PAID, PaymentStep.RETURNED
_ANSWERS: Final = (_PAID, _RETURNED)
_NO_ORDER: Final = (Cause.ORDER_ENDED, Cause.UETR_IN_USE)
_CONTRADICTED: Final = ReasonCode.LINK_CONTRADICTED

_ORIGIN: Final = (
    PaymentRow(_O, Stage.UNKNOWN, Cause.INSTRUCTION, Stage.INSTRUCTED, permit=True),
    *_rows(_O, (Stage.INSTRUCTED,), (Cause.LEG_SETTLED,), Stage.SENT, _CREDITED),
    *_rows(_O, (Stage.INSTRUCTED,), (Cause.LEG_ENDED,), Stage.NOT_SENT),
    *_rows(_O, (Stage.INSTRUCTED,), (Cause.REPEAT,)),
    # Nothing was stated, so there is nothing to answer.
    *_rows(_O, (Stage.INSTRUCTED, Stage.NOT_SENT), _ANSWERS, refusal=_CONTRADICTED),
    # Under way: only the destination's record ends it, never a timer.
    *_rows(_O, (Stage.SENT,), (_PAID,), Stage.PAID),
    *_rows(_O, (Stage.SENT,), (_RETURNED,), Stage.RETURNING),
    *_rows(_O, (Stage.SENT,), (Cause.REPEAT,), states=_CREDITED),
    # The money is at the mirror account until the payer has it again, however often it is tried.
    *_rows(_O, (Stage.RETURNING,), (Cause.ORDER_SETTLED,), Stage.RETURNED),
    *_rows(_O, (Stage.RETURNING,), (*_NO_ORDER, _RETURNED, Cause.REPEAT)),
    *_rows(_O, (Stage.RETURNING, Stage.RETURNED), (_PAID,), refusal=_CONTRADICTED),
    *_rows(_O, (Stage.RETURNED,), (_RETURNED,)),
    *_rows(_O, (Stage.PAID,), (_PAID,)),
    *_rows(_O, (Stage.PAID,), (_RETURNED,), refusal=_CONTRADICTED),
)

_DESTINATION: Final = (
    *_rows(_D, (Stage.UNKNOWN,), (_CREDITED,), Stage.RETURNED, _RETURNED, condition=If.OBSTACLE),
    *_rows(_D, (Stage.UNKNOWN,), (_CREDITED,), Stage.RECEIVED),
    *_rows(_D, (Stage.RECEIVED,), (_CREDITED, Cause.REPEAT)),
    *_rows(_D, (Stage.RECEIVED,), (Cause.ORDER_SETTLED,), Stage.PAID, _PAID),
    *_rows(_D, (Stage.RECEIVED,), _NO_ORDER, Stage.RETURNED, _RETURNED),
    # After the end: the same answer for ever.
    *_rows(_D, (Stage.PAID,), (_CREDITED,), states=_PAID),
    *_rows(_D, (Stage.RETURNED,), (_CREDITED,), states=_RETURNED),
)

#: All transitions; an input without a row is refused.
PAYMENT_TABLE: Final[tuple[PaymentRow, ...]] = (*_ORIGIN, *_DESTINATION)

#: Stages in which a payment has ended in a system.
PAYMENT_ENDED: Final = (Stage.NOT_SENT, Stage.PAID, Stage.RETURNED)
#: Stages of the origin in which its bank's money is under way, or may be.
UNDER_WAY: Final = (Stage.INSTRUCTED, Stage.SENT, Stage.RETURNING)
