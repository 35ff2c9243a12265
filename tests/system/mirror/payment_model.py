"""A breadth-first model checker for one-way payments, over the transitions of the code.

Messages only accumulate: each may be delivered never, late, repeatedly and in any order. With
`lossy`, any message may also be lost for good. Systems stop anywhere, since no step is forced.
A posting and the batch that takes it as an input are two steps.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import attrs

from skontro.model import ReasonCode
from skontro.system.mirror.payment_protocol import (
    PaymentIndex,
    PaymentInput,
    PaymentState,
    advance_payment,
)
from skontro.system.mirror.payment_statements import PaymentStatement
from skontro.system.mirror.payment_table import Cause, Side, Stage
from skontro.system.mirror.payment_terms import PaymentTerms

#: An order of a system: none yet, waiting for nothing, final, or ended without settlement.
NONE, SETTLED, ENDED = range(3)
BANK = "a bank"


class Payment(NamedTuple):
    """One payment in a world: both states by number, both orders, and what each ledger posted."""

    origin: int
    destination: int
    leg: int
    back: int
    order: int
    sent: int
    paid: int
    returned: int


class World(NamedTuple):
    payments: tuple[Payment, ...]
    messages: int


class Violation(Exception):  # noqa: N818  the fact is the name
    """A property does not hold; the text has the shortest way to it."""


@attrs.define(slots=False)
class PaymentModel:
    """Payments with what may happen to them.

    Attributes:
        terms: of the payments.
        index: transitions; None for those of the protocol.
        lossy: whether statements may be lost for good.
        needs: by place, the payment whose payee's money this one spends; -1 for own money.
        early: whether `credited` may come before the leg is final, in a variant.
    """

    terms: tuple[PaymentTerms, ...]
    index: PaymentIndex | None = None
    lossy: bool = False
    needs: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        self.known: list[PaymentState] = []
        self.numbers: dict[PaymentState, int] = {}
        self.statements: list[PaymentStatement] = []
        self.bits: dict[PaymentStatement, int] = {}

    def number(self, state: PaymentState) -> int:
        if state not in self.numbers:
            self.numbers[state] = len(self.known)
            self.known.append(state)
        return self.numbers[state]

    def first(self) -> World:
        return World(
            tuple(
                Payment(
                    self.number(PaymentState(one, one.origin)),
                    self.number(PaymentState(one, one.destination)),
                    *(NONE, NONE, NONE, 0, 0, 0),
                )
                for one in self.terms
            ),
            0,
        )

    def edges(self, world: World) -> Iterator[tuple[str, World, str]]:
        """Name of the step, the world after it, and the bank that alone causes it."""
        for place in range(len(self.terms)):
            yield from self._postings(world, place)
            yield from self._inputs(world, place)
        if self.lossy:
            for bit in range(world.messages.bit_length()):
                if world.messages >> bit & 1:
                    yield "lost", world._replace(messages=world.messages ^ 1 << bit), ""

    def _put(self, world: World, place: int, **fields: int) -> World:
        one = world.payments[place]._replace(**fields)
        return world._replace(payments=(*world.payments[:place], one, *world.payments[place + 1 :]))

    def _postings(self, world: World, place: int) -> Iterator[tuple[str, World, str]]:
        one = world.payments[place]
        origin, destination = self.known[one.origin].stage, self.known[one.destination].stage
        if origin == Stage.INSTRUCTED and one.leg == NONE:
            source = self.needs[place] if self.needs else -1
            if source < 0 or world.payments[source].paid:
                yield "leg settles", self._put(world, place, leg=SETTLED, sent=one.sent + 1), ""
            yield "leg ends", self._put(world, place, leg=ENDED), ""
            yield "leg is cancelled", self._put(world, place, leg=ENDED), BANK
        if destination == Stage.RECEIVED and one.order == NONE:
            yield "order settles", self._put(world, place, order=SETTLED, paid=one.paid + 1), ""
            yield "order ends", self._put(world, place, order=ENDED), ""
        if origin == Stage.RETURNING and one.back == NONE:
            after = self._put(world, place, back=SETTLED, returned=one.returned + 1)
            yield "return settles", after, ""
            yield "return ends", self._put(world, place, back=ENDED), ""

    def _inputs(self, world: World, place: int) -> Iterator[tuple[str, World, str]]:
        one, terms = world.payments[place], self.terms[place]
        ends = {SETTLED: Cause.LEG_SETTLED, ENDED: Cause.LEG_ENDED}
        of_order = {SETTLED: Cause.ORDER_SETTLED, ENDED: Cause.ORDER_ENDED}
        own = [(Side.ORIGIN, Cause.REPEAT), (Side.DESTINATION, Cause.REPEAT)]
        own += [(Side.ORIGIN, Cause.INSTRUCTION)]
        own += [(Side.ORIGIN, ends[one.leg])] if one.leg else []
        own += [(Side.ORIGIN, of_order[one.back])] if one.back else []
        own += [(Side.DESTINATION, of_order[one.order])] if one.order else []
        if not one.order:
            own += [(Side.DESTINATION, Cause.UETR_IN_USE)]
        for side, cause in own:
            reason = ReasonCode.NONE if "settled" in cause else ReasonCode.CANCELLED_BY_PARTICIPANT
            given = PaymentInput(cause, 0, 0, reason=reason)
            bank = BANK if cause == Cause.INSTRUCTION else ""
            yield from self._taken(world, place, side, given, bank)
        for bit, statement in enumerate(self.statements):
            if world.messages >> bit & 1 and statement.key == terms.key:
                to_origin = statement.addressee == terms.origin
                side = Side.ORIGIN if to_origin else Side.DESTINATION
                for obstacle in (ReasonCode.NONE, ReasonCode.PARTICIPANT_LEFT):
                    given = PaymentInput(
                        statement.step,
                        0,
                        0,
                        statement.sender,
                        statement.terms,
                        statement.reason,
                        obstacle,
                    )
                    yield from self._taken(world, place, side, given, "")

    def _taken(
        self, world: World, place: int, side: Side, given: PaymentInput, bank: str
    ) -> Iterator[tuple[str, World, str]]:
        name = "origin" if side == Side.ORIGIN else "destination"
        before = self.known[getattr(world.payments[place], name)]
        made = advance_payment(before, given, self.index)
        if made.refusal:
            return
        fields = {name: self.number(made.state)}
        if made.state.stage == Stage.RECEIVED and before.stage != Stage.RECEIVED:
            fields["order"] = NONE
        if made.state.stage == Stage.RETURNING and before.stage != Stage.RETURNING:
            fields["back"] = NONE
        if given.cause == Cause.ORDER_ENDED and side == Side.ORIGIN:
            fields["back"] = NONE
        after, messages = self._put(world, place, **fields), world.messages
        if made.statement is not None:
            if made.statement not in self.bits:
                self.bits[made.statement] = len(self.statements)
                self.statements.append(made.statement)
            messages |= 1 << self.bits[made.statement]
        after = after._replace(messages=messages)
        if after != world:
            yield f"{place} {name} {given.cause}", after, bank

    def in_flight(self, one: Payment) -> int:
        """Whether the money is under way, by the two records with the inputs that they await."""
        origin, destination = self.known[one.origin].stage, self.known[one.destination].stage
        sent = origin in (Stage.SENT, Stage.PAID, Stage.RETURNING)
        sent |= origin == Stage.INSTRUCTED and one.leg == SETTLED
        sent &= not (origin == Stage.RETURNING and one.back == SETTLED)
        paid = destination == Stage.PAID
        paid |= destination == Stage.RECEIVED and one.order == SETTLED
        return sent - paid

    def check_world(self, world: World) -> None:
        """Properties of every pair of records."""
        for one in world.payments:
            if one.paid > 1 or one.returned > 1:
                raise Violation("once")
            if one.paid + one.returned > one.sent:
                raise Violation("money")
            if one.sent - one.returned - one.paid != self.in_flight(one):
                raise Violation("mirror")
        # The account of the other system at the home of the currency never falls below zero.
        if sum(self._at_home(world, place) for place in range(len(self.terms))) < 0:
            raise Violation("vostro")

    def _at_home(self, world: World, place: int) -> int:
        one, home = world.payments[place], self.terms[0].origin
        return one.sent - one.returned if self.terms[place].origin == home else -one.paid

    def has_ended(self, world: World) -> bool:
        """Whether no payment is under way in any record."""
        return all(
            self.known[one.origin].stage in (Stage.UNKNOWN, Stage.NOT_SENT, Stage.PAID)
            or self.known[one.origin].stage == Stage.RETURNED
            for one in world.payments
        )


def check_payments(model: PaymentModel) -> int:
    """Check all properties in all worlds, and return their number.

    Raises:
        Violation: one does not hold.
    """
    first = model.first()
    worlds, places, came = [first], {first: 0}, [(-1, "begin")]
    out: list[list[tuple[int, str]]] = []
    at = 0
    while at < len(worlds):
        world = worlds[at]
        try:
            model.check_world(world)
        except Violation as violation:
            raise Violation(f"{violation}: {_path(came, at)}") from None
        edges = []
        for name, to, bank in model.edges(world):
            if to not in places:
                places[to] = len(worlds)
                worlds.append(to)
                came.append((at, name))
            edges.append((places[to], bank))
        out.append(edges)
        at += 1
    _check_ends(model, worlds, out, came)
    return len(worlds)


def _check_ends(model: PaymentModel, worlds: list[World], out: Any, came: Any) -> None:
    """From every world all payments can end, without help of any bank."""
    back: list[list[int]] = [[] for _ in worlds]
    for at, edges in enumerate(out):
        for to, bank in edges:
            if not bank:
                back[to].append(at)
    ends = [model.has_ended(world) for world in worlds]
    queue = deque(at for at, end in enumerate(ends) if end)
    while queue:
        for at in back[queue.popleft()]:
            if not ends[at]:
                ends[at] = True
                queue.append(at)
    if not all(ends):
        raise Violation(f"end: {_path(came, ends.index(False))}")


def _path(came: list[tuple[int, str]], at: int) -> str:
    steps = []
    while at >= 0:
        at, name = came[at]
        steps.append(name)
    return " / ".join(reversed(steps))
