"""Inputs to one-way payments in a batch of links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from skontro.engine import CommandKind, Commands, command
from skontro.model import InvariantBroken, ReasonCode
from skontro.system.mirror.own_orders import first_order, next_return
from skontro.system.mirror.payment_protocol import PaymentInput, PaymentState, advance_payment
from skontro.system.mirror.payment_rules import obstacle_to_pay, refusal_of_payment
from skontro.system.mirror.payment_statements import PaymentStatement
from skontro.system.mirror.payment_table import Cause, Side, Stage
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

if TYPE_CHECKING:
    from skontro.system.links.shut_links import ShutLinks


class PaymentTurn:
    """The payments' part of one batch of links in the making.

    Args:
        shut: payments that do not change, and the system, which is changed.
        time: time of the batch.
        number: number of the batch in the record.

    Attributes:
        commands: to the engine.
        statements: to other systems.
        refusals: UETR, input and reason of each refused input.
    """

    def __init__(self, shut: ShutLinks, time: int, number: int) -> None:
        self._shut, self._system = shut, shut.system
        self._time, self._number = time, number
        self.commands: list[Commands] = []
        self.statements: list[PaymentStatement] = []
        self.refusals: list[list[str]] = []

    @property
    def _own(self) -> str:
        return self._system.link_contracts.own_system

    def take_facts(self) -> None:
        """Take the ends of own orders that batches have had since the last time."""
        for fact in self._system.payments.take_facts(self._shut.has_payment):
            self._take(fact.key, fact.cause, reason=fact.reason)

    def instruct(self, instructed: Iterable[PaymentTerms]) -> None:
        """Permit orders of own banks with these terms; keep terms that came before their order."""
        book = self._system.payments
        for terms in instructed:
            known = book.get(terms.key)
            if known is not None and known.terms == terms and known.side == Side.ORIGIN:
                continue  # repeated
            leg = book.leg(terms.uetr)
            reason = refusal_of_payment(self._system, terms, leg, self._time)
            if leg is None and not reason and terms.valid_until < self._time:
                reason = ReasonCode.ORDER_UNKNOWN
            if leg is not None or reason:
                book.waiting.drop(terms.uetr)
            if reason:
                self.refusals.append([terms.uetr, str(Cause.INSTRUCTION), reason.name])
            elif leg is None:
                book.waiting.put(terms, terms.uetr)
            else:
                self._take_new(terms)

    def _take_new(self, terms: PaymentTerms) -> None:
        state = PaymentState(terms, self._own)
        given = PaymentInput(Cause.INSTRUCTION, self._number, self._time)
        transition = advance_payment(state, given)
        book = self._system.payments
        leg = book.begin(state)
        book.put(transition.state)
        if transition.permit:
            self.commands.append(
                command(CommandKind.PERMIT, self._time, order=leg.order, latest=terms.valid_until)
            )

    def hear(self, statements: Iterable[PaymentStatement]) -> None:
        """Take statements of other systems, in their order."""
        for one in statements:
            state = self._system.payments.get(one.key)
            obstacle = ReasonCode.NONE
            if one.payment is not None and state is None and one.addressee == self._own:
                state = PaymentState(one.payment, self._own)
                obstacle = obstacle_to_pay(self._system, one.payment)
            if state is None or one.addressee != self._own:
                refusal = [one.uetr, str(one.step), ReasonCode.LINK_UNKNOWN.name]
                self.refusals.append(refusal)
                continue
            given = PaymentInput(
                one.step,
                self._number,
                self._time,
                one.sender,
                one.terms,
                one.reason,
                obstacle,
            )
            self._advance(state, given)

    def cannot_submit(self, keys: Iterable[PaymentKey]) -> None:
        """Take payments whose order from the mirror account has a UETR that is in use."""
        for key in keys:
            own = self._system.payments.own_order(key)
            if own is None or own.placed:
                reason = ReasonCode.LINK_STEP_NOT_EXPECTED
                self.refusals.append([key[1], str(Cause.UETR_IN_USE), reason.name])
                continue
            self._take(key, Cause.UETR_IN_USE, reason=ReasonCode.DUPLICATE_ORDER)

    def is_sent(self, uetr: str) -> bool:
        """Whether an own bank has made a payment with this UETR."""
        return (self._own, uetr) in self._system.payments

    def repeat(self, uetrs: Iterable[str]) -> None:
        """State again that these payments were sent."""
        for key in ((self._own, uetr) for uetr in uetrs):
            if not self._shut.has_payment(key):
                self._take(key, Cause.REPEAT)

    def _take(self, key: PaymentKey, cause: Cause, reason: ReasonCode = ReasonCode.NONE) -> None:
        state = self._system.payments.get(key)
        if state is None:
            raise InvariantBroken("an input is for a known payment", key[1])
        given = PaymentInput(cause, self._number, self._time, reason=reason)
        self._advance(state, given)

    def _advance(self, state: PaymentState, given: PaymentInput) -> None:
        transition = advance_payment(state, given)
        if transition.refusal:
            refusal = [state.terms.uetr, str(given.cause), transition.refusal.name]
            self.refusals.append(refusal)
            return
        after, book = transition.state, self._system.payments
        book.put(after)
        if transition.statement is not None:
            self.statements.append(transition.statement)
        if after.stage in (Stage.RECEIVED, Stage.RETURNING):
            if after.stage != state.stage:
                book.need(after.terms.key, first_order(self._system, after))
            elif after.side == Side.ORIGIN and given.cause in _ENDS_OF_RETURN:
                today = given.cause == Cause.UETR_IN_USE
                book.need(after.terms.key, next_return(self._system, after, today=today))


_ENDS_OF_RETURN: Final = (Cause.ORDER_ENDED, Cause.UETR_IN_USE)
