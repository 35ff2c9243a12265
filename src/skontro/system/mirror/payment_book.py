"""The one-way payments in the record of one system: states, orders, and facts not yet stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, EventKind, uetr_text
from skontro.model import InvariantBroken, ReasonCode
from skontro.system.batch import ACCEPTED, Records
from skontro.system.links.waiting_terms import WaitingTerms
from skontro.system.mirror.mirror_accounts import MirrorAccount
from skontro.system.mirror.payment_protocol import PaymentState
from skontro.system.mirror.payment_table import UNDER_WAY, Cause, Side, Stage
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

_SUBMIT: Final = int(CommandKind.SUBMIT)
_SUBMIT_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_CANCEL: Final = int(CommandKind.CANCEL)
_SETTLED: Final = int(EventKind.SETTLED)
_ENDS: Final = tuple(
    int(kind)
    for kind in (
        EventKind.SETTLED,
        EventKind.REJECTED,
        EventKind.RETURNED,
        EventKind.CANCELLED,
    )
)
#: Stages in which an order from the own mirror account is due or under way.
_ORDERING: Final = (Stage.RECEIVED, Stage.RETURNING)


@attrs.frozen
class PaymentLeg:
    """An own order to a mirror account that is set aside, without the terms of its payment yet.

    Attributes:
        order: the engine's number.
        payer, payee: account numbers.
        amount: minor units.
        payment_type: a `PaymentType`.
        earliest, latest: times of settlement.
        details: SHA-256 of its details.
    """

    order: int
    payer: int
    payee: int
    amount: int
    payment_type: int
    earliest: int
    latest: int
    details: bytes


#: Fields of a leg other than the digest of its details.
_LEG_NUMBERS: Final = tuple(field.name for field in attrs.fields(PaymentLeg))[:-1]


@attrs.frozen
class PaymentFact:
    """The end of an own order of a payment, which its state does not have yet."""

    key: PaymentKey
    cause: Cause
    reason: ReasonCode


@attrs.frozen
class OwnOrder:
    """The order from the mirror account that a payment needs now.

    Attributes:
        uetr: of the order.
        placed: whether it has been submitted and has not ended.
        attempt: number of the attempt, from 1; only returns have several.
        not_before: day from which it may be submitted, in days since 1970.
    """

    uetr: str
    placed: bool = False
    attempt: int = 1
    not_before: int = 0


class PaymentBook:
    """All payments between mirror accounts that this system knows.

        book = PaymentBook()
        book.put(state)
        book.under_way("KG-RTGS", "KZT")  # minor units

    Attributes:
        facts: ends of own orders, for the next batch of links.
        waiting: terms whose order has not been set aside yet.
    """

    def __init__(self) -> None:
        self._states: dict[PaymentKey, PaymentState] = {}
        #: In the order in which this system learned of them.
        self._listed: list[PaymentKey] = []
        self._under_way: Counter[tuple[str, str]] = Counter()
        #: Payments that the other system has not answered: an insertion-ordered set.
        self._sent: dict[PaymentKey, None] = {}
        self.facts: list[PaymentFact] = []
        self.waiting: WaitingTerms[PaymentTerms] = WaitingTerms()
        #: Orders to mirror accounts that are set aside without terms, by UETR.
        self._legs: dict[str, PaymentLeg] = {}
        #: Payments and legs by the engine's number of their order.
        self._of_order: dict[int, PaymentKey] = {}
        self._leg_of_order: dict[int, str] = {}
        #: Orders from mirror accounts that payments need, and the payments by their UETR.
        self._own_orders: dict[PaymentKey, OwnOrder] = {}
        self._of_uetr: dict[str, PaymentKey] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, key: object) -> bool:
        return key in self._states

    def __iter__(self) -> Iterator[PaymentState]:
        """The payments, in the order in which this system learned of them."""
        return iter(self._states.values())

    def get(self, key: PaymentKey) -> PaymentState | None:
        """The state of a payment; None for one that is unknown here."""
        return self._states.get(key)

    def page(self, first: int, most: int) -> list[PaymentState]:
        """Payments from a place on, in the order in which this system learned of them."""
        return [self._states[key] for key in self._listed[first : first + most]]

    def leg(self, uetr: str) -> PaymentLeg | None:
        """The own order with this UETR, if it is set aside and has no terms yet."""
        return self._legs.get(uetr)

    def under_way(self, peer: str, currency: str) -> int:
        """The value that own banks pay to another system and that has not ended, minor units."""
        return self._under_way[peer, currency]

    @property
    def sent(self) -> tuple[str, ...]:
        """UETRs of the payments that were sent, and that the other system has not answered yet."""
        return tuple(uetr for _, uetr in self._sent)

    def open_with(self, peer: str) -> tuple[str, ...]:
        """UETRs of the payments to a system that it has not answered yet."""
        return tuple(key[1] for key in self._sent if self._states[key].peer == peer)

    @property
    def has_work(self) -> bool:
        """Whether a batch of links would have an input from the own system."""
        return bool(self.facts) or self.waiting.have_orders

    def take_facts(self, stays: Callable[[PaymentKey], bool]) -> list[PaymentFact]:
        """Take the ends of own orders since the last batch of links.

        Args:
            stays: whether those of a payment are left for a later batch.
        """
        facts = self.facts
        self.facts = [one for one in facts if stays(one.key)]
        return [one for one in facts if not stays(one.key)]

    def begin(self, state: PaymentState) -> PaymentLeg:
        """Take the leg of a payment that an own bank instructed.

        Raises:
            KeyError: its order is not set aside.
        """
        leg = self._legs.pop(state.terms.uetr)
        self.waiting.order_left(state.terms.uetr)
        del self._leg_of_order[leg.order]
        self._of_order[leg.order] = state.terms.key
        return leg

    def put(self, state: PaymentState) -> None:
        """Keep a payment, or a later state of it."""
        key, before = state.terms.key, self._states.get(state.terms.key)
        place, amount = (state.peer, state.terms.currency), state.terms.amount
        was = before is not None and before.side == Side.ORIGIN and before.stage in UNDER_WAY
        is_now = state.side == Side.ORIGIN and state.stage in UNDER_WAY
        self._under_way[place] += amount * (is_now - was)
        if before is None:
            self._listed.append(key)
        self._states[key] = state
        if state.stage == Stage.SENT:
            self._sent[key] = None
        else:
            self._sent.pop(key, None)
        ordering = state.stage in _ORDERING
        if not ordering:
            own = self._own_orders.pop(key, None)
            if own is not None:
                self._of_uetr.pop(own.uetr, None)

    def need(self, key: PaymentKey, order: OwnOrder) -> None:
        """Note the order from the mirror account that a payment needs from now on."""
        before = self._own_orders.get(key)
        if before is not None:
            self._of_uetr.pop(before.uetr, None)
        if order.uetr in self._of_uetr:
            raise InvariantBroken("one payment needs an order with a UETR", order.uetr)
        self._own_orders[key], self._of_uetr[order.uetr] = order, key

    def needs_uetr(self, uetr: str) -> bool:
        """Whether a payment needs an order with this UETR."""
        return uetr in self._of_uetr

    def needed(self, uetr: str) -> tuple[PaymentState, OwnOrder] | None:
        """The payment that needs the order with this UETR, and that order."""
        key = self._of_uetr.get(uetr)
        return None if key is None else (self._states[key], self._own_orders[key])

    def own_order(self, key: PaymentKey) -> OwnOrder | None:
        """The order from the mirror account that a payment needs; None if it needs none."""
        return self._own_orders.get(key)

    @property
    def needs_orders(self) -> bool:
        """Whether a payment needs an order that has not been submitted."""
        return any(not order.placed for order in self._own_orders.values())

    @property
    def unplaced(self) -> list[tuple[PaymentState, OwnOrder]]:
        """Payments whose order from the mirror account has not been submitted."""
        return [
            (self._states[key], order)
            for key, order in self._own_orders.items()
            if not order.placed
        ]

    def observe(
        self,
        commands: Commands,
        first: int,
        events: Records,
        accounts: Mapping[int, MirrorAccount],
    ) -> None:
        """Note orders to and from mirror accounts, and ends of the orders of payments.

        Args:
            commands: of a batch, those that did not go to the engine included.
            first: the engine's number for the first order among them.
            events: the engine's answer.
            accounts: the own mirror accounts, by number.
        """
        if accounts:
            self._note_orders(commands, first, accounts)
        if self._of_order or self._leg_of_order:
            self._note_ends(events)

    def _note_orders(
        self, commands: Commands, first: int, accounts: Mapping[int, MirrorAccount]
    ) -> None:
        numbers = [*accounts]
        paid = (commands.kind == _SUBMIT_LINKED) & np.isin(commands.payee, numbers)
        pays = (commands.kind == _SUBMIT) & np.isin(commands.payer, numbers)
        cancels = commands.kind == _CANCEL
        rows = np.flatnonzero(paid | pays | cancels).tolist()
        if not rows:
            return
        acceptance = commands.column("acceptance")
        to_engine = commands.are_orders & (acceptance == ACCEPTED)
        order_numbers = first + np.cumsum(to_engine) - 1
        uetrs = commands.column("uetr")
        for row in rows:
            uetr, verdict = uetr_text(uetrs[row].tobytes()), int(acceptance[row])
            if cancels[row]:
                self._note_cancellation(uetr, verdict)
            elif pays[row]:
                self._note_own_order(uetr, verdict, int(order_numbers[row]))
            elif verdict == ACCEPTED:
                self._note_leg(commands, row, uetr, int(order_numbers[row]))

    def _note_leg(self, commands: Commands, row: int, uetr: str, number: int) -> None:
        self._legs[uetr] = PaymentLeg(
            number,
            int(commands.payer[row]),
            int(commands.payee[row]),
            int(commands.amount[row]),
            int(commands.column("payment_type")[row]),
            int(commands.column("earliest")[row]),
            int(commands.column("latest")[row]),
            commands.column("details")[row].tobytes(),
        )
        self._leg_of_order[number] = uetr
        self.waiting.order_came(uetr)

    def _note_own_order(self, uetr: str, verdict: int, number: int) -> None:
        """An order from a mirror account: accepted, held outside the engine, or rejected."""
        key = self._of_uetr.get(uetr)
        if key is None or verdict == int(ReasonCode.MIRROR_ACCOUNT):
            return
        if verdict > ACCEPTED:
            self._end(key, ReasonCode(verdict))
            return
        self._own_orders[key] = attrs.evolve(self._own_orders[key], placed=True)
        if verdict == ACCEPTED:
            self._of_order[number] = key

    def _note_cancellation(self, uetr: str, verdict: int) -> None:
        """The cancellation of an order that is held outside the engine, or warehoused."""
        found = self.needed(uetr)
        if found is not None and found[1].placed and verdict < ACCEPTED:
            self._end(found[0].terms.key, ReasonCode.CANCELLED_BY_PARTICIPANT)

    def _end(self, key: PaymentKey, reason: ReasonCode) -> None:
        # Until the next batch of links takes the fact, it is not submitted again.
        self._own_orders[key] = attrs.evolve(self._own_orders[key], placed=True)
        self.facts.append(PaymentFact(key, Cause.ORDER_ENDED, reason))

    def _note_ends(self, events: Records) -> None:
        ends = events[np.isin(events["kind"], _ENDS)]
        tracked = np.array([*self._of_order, *self._leg_of_order], np.int64)
        for event in ends[np.isin(ends["order"], tracked)]:
            number, settled = int(event["order"]), int(event["kind"]) == _SETTLED
            uetr = self._leg_of_order.pop(number, None)
            if uetr is not None:
                del self._legs[uetr]
                self.waiting.order_left(uetr)
                continue
            key = self._of_order.pop(number)
            is_leg = self._states[key].stage not in _ORDERING
            if is_leg:
                cause = Cause.LEG_SETTLED if settled else Cause.LEG_ENDED
            else:
                cause = Cause.ORDER_SETTLED if settled else Cause.ORDER_ENDED
            reason = ReasonCode.NONE if settled else ReasonCode(int(event["reason"]))
            self.facts.append(PaymentFact(key, cause, reason))

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "payments": [state.to_document() for state in self._states.values()],
            "facts": [[*one.key, str(one.cause), one.reason.name] for one in self.facts],
            "waiting": self.waiting.to_document(),
            "legs": [
                [uetr, attrs.astuple(leg)[:-1], leg.details.hex()]
                for uetr, leg in self._legs.items()
            ],
            "of_order": [[number, *key] for number, key in self._of_order.items()],
            "own_orders": [
                [*key, *attrs.astuple(order)] for key, order in self._own_orders.items()
            ],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> PaymentBook:
        """The inverse of `to_document`."""
        book = cls()
        for stored in document["payments"]:
            book.put(PaymentState.from_document(stored))
        book.facts = [
            PaymentFact((origin, uetr), Cause(cause), ReasonCode[reason])
            for origin, uetr, cause, reason in document["facts"]
        ]
        book.waiting = WaitingTerms.from_document(document["waiting"], PaymentTerms.from_document)
        for uetr, numbers, details in document["legs"]:
            given = dict(zip(_LEG_NUMBERS, numbers, strict=True))
            leg = PaymentLeg(**given, details=bytes.fromhex(details))
            book._legs[uetr], book._leg_of_order[leg.order] = leg, uetr
            book.waiting.order_came(uetr)
        book._of_order = {number: (origin, uetr) for number, origin, uetr in document["of_order"]}
        for origin, uetr, *order in document["own_orders"]:
            book.need((origin, uetr), OwnOrder(*order))
        return book
