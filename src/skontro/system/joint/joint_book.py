"""Joint cycles in the record of one system: agreements, obligations, cycles and own orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, EventKind, uetr_text
from skontro.model import ReasonCode
from skontro.system.batch import ACCEPTED, Records
from skontro.system.joint.agreement import CycleAgreement, read_agreement
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.obligation_book import ObligationBook
from skontro.system.joint.obligations import ObligationTerms
from skontro.system.joint.own_order_book import OwnOrderBook
from skontro.system.links.link_book import LinkBook
from skontro.system.links.waiting_terms import WaitingTerms

#: Obligations of other systems that cycles paid and that are remembered.
MAX_REMEMBERED: Final = 100_000

_FINAL: Final = (int(EventKind.SETTLED), int(EventKind.COMPLETED))
_ENDS: Final = tuple(
    int(kind)
    for kind in (
        EventKind.SETTLED,
        EventKind.COMPLETED,
        EventKind.REJECTED,
        EventKind.RETURNED,
        EventKind.CANCELLED,
        EventKind.RELEASED,
    )
)
_SET_ASIDE: Final = int(CommandKind.SUBMIT_LINKED)


@attrs.frozen
class Agreed:
    """An agreement in force.

    Attributes:
        agreement: the agreement.
        begun: the last cut-off whose cycle has begun here, or the time of its approval.
    """

    agreement: CycleAgreement
    begun: int

    @cached_property
    def due(self) -> int:
        """The next cut-off."""
        return self.agreement.next_cut_off(self.begun + 1)


class JointBook:
    """All joint cycles of a system.

        book = JointBook()
        book.put_agreement(agreement, time)
        book.page(0, 100)  # cycles, in the order of their beginning

    Attributes:
        obligations: of own banks.
        own_orders: legs of links and payments to creditors that this system submits.
        paid: system and reference of obligations of other systems that cycles have paid.
        waiting: terms of obligations whose order has not been set aside yet.
        in_use: whether there has ever been an agreement: orders are observed only then.
    """

    def __init__(self) -> None:
        self._agreed: dict[str, Agreed] = {}
        self.obligations = ObligationBook()
        self._cycles: dict[str, CycleState] = {}
        self._listed: list[str] = []
        #: Insertion-ordered set of cycles that have not ended.
        self._open: dict[str, None] = {}
        self.own_orders = OwnOrderBook()
        self.paid: dict[tuple[str, str], None] = {}
        self.waiting: WaitingTerms[ObligationTerms] = WaitingTerms()
        self.in_use = False

    def __contains__(self, cycle: object) -> bool:
        return cycle in self._cycles

    def __len__(self) -> int:
        return len(self._listed)

    def __iter__(self) -> Iterator[CycleState]:
        """The cycles, in the order of their beginning."""
        return iter(self._cycles.values())

    @property
    def agreements(self) -> tuple[CycleAgreement, ...]:
        """Those in force, by name."""
        return tuple(self._agreed[name].agreement for name in sorted(self._agreed))

    def agreement(self, name: str) -> CycleAgreement | None:
        """The agreement of a name; None where there is none."""
        found = self._agreed.get(name)
        return None if found is None else found.agreement

    def put_agreement(self, agreement: CycleAgreement, time: int) -> None:
        """Put an agreement in force, in the place of an earlier version."""
        self._agreed[agreement.name] = Agreed(agreement, time)
        self.in_use = True

    def get(self, cycle: str) -> CycleState | None:
        """A cycle; None for one that has not begun here."""
        return self._cycles.get(cycle)

    def page(self, first: int, most: int) -> list[CycleState]:
        """Cycles from a place on, in the order of their beginning."""
        return [self._cycles[one] for one in self._listed[first : first + most]]

    @property
    def open(self) -> tuple[CycleState, ...]:
        """Cycles that have not ended."""
        return tuple(self._cycles[one] for one in self._open)

    def has_order(self, number: int) -> bool:
        """Whether an order funds an obligation, or is one of the own orders of a cycle.

        Args:
            number: the engine's.
        """
        return number in self.obligations or number in self.own_orders

    def next_due(self, time: int, peers: frozenset[str] = frozenset()) -> Agreed | None:
        """An agreement with a cut-off before this time whose cycle has not begun; or None.

        Args:
            time: of the batch.
            peers: whose links are shut: cycles with them do not begin.
        """
        for name in sorted(self._agreed):
            found = self._agreed[name]
            if found.due < time and peers.isdisjoint(found.agreement.systems):
                return found
        return None

    def begin(self, agreement: CycleAgreement, cut_off: int, system: str) -> CycleState:
        """Begin a cycle, with the obligations that were funded until the cut-off."""
        self._agreed[agreement.name] = Agreed(agreement, cut_off)
        state = CycleState(agreement, system, cut_off)
        cycle = state.identifier
        self._cycles[cycle], self._open[cycle] = state, None
        self._listed.append(cycle)
        self.obligations.begin(state)
        return state

    def end(self, state: CycleState) -> None:
        """Let the own obligations of a cycle that has ended be netted, or wait for the next."""
        del self._open[state.identifier]
        self.obligations.end(state)
        self.own_orders.drop_legs(state.identifier)

    def remember_paid(self, system: str, reference: str) -> None:
        """Remember that a cycle paid an obligation of another system."""
        self.paid[system, reference] = None
        while len(self.paid) > MAX_REMEMBERED:
            del self.paid[next(iter(self.paid))]

    def has_work(self, time: int, links: LinkBook, peers: frozenset[str] = frozenset()) -> bool:
        """Whether a batch of links at this time would change a cycle or an obligation.

        Args:
            time: of the batch.
            links: of the same system.
            peers: whose links are shut: cycles with them do not change.
        """
        if self.waiting.have_orders or self.next_due(time, peers) is not None:
            return True
        return any(self.waits_no_longer(one, time, links) for one in self.open_without(peers))

    def open_without(self, peers: frozenset[str]) -> list[CycleState]:
        """Cycles that have not ended, and have none of these members."""
        return [one for one in self.open if peers.isdisjoint(one.others)]

    def waits_no_longer(self, state: CycleState, time: int, links: LinkBook) -> bool:
        """Whether an open cycle continues now, by its deadline, its orders or its link."""
        deadline = state.deadline
        if deadline is not None and deadline < time:
            return True
        if state.phase != CyclePhase.PAYING or state.terms is None or not state.has_own_legs:
            return False
        link = links.get(state.terms.link)
        return link.ended if link is not None else self.can_instruct(state, links)

    def can_instruct(self, state: CycleState, links: LinkBook) -> bool:
        """Whether all own legs of a cycle's link are set aside, or one of them never will be."""
        if state.instructed or state.terms is None:
            return False
        legs = state.terms.legs_of(state.system)
        if any(self.own_orders.get(leg.uetr).reason for leg in legs):
            return True
        return all(links.set_aside(leg.uetr) is not None for leg in legs)

    def observe(self, commands: Commands, first: int, events: Records) -> None:
        """Note own orders among the commands of a batch, and ends of orders among its events.

        Args:
            commands: of a batch, those that did not go to the engine included.
            first: the engine's number for the first order among them.
            events: the engine's answer.
        """
        self.own_orders.observe(commands, first)
        if len(self.waiting):
            self._note_set_aside(commands)
        self._note_ends(events)

    def _note_set_aside(self, commands: Commands) -> None:
        accepted = commands.column("acceptance") == ACCEPTED
        for row in np.flatnonzero((commands.kind == _SET_ASIDE) & accepted).tolist():
            self.waiting.order_came(uetr_text(commands.column("uetr")[row].tobytes()))

    def _note_ends(self, events: Records) -> None:
        numbers = [*self.obligations.in_engine, *self.own_orders.in_engine]
        if not numbers:
            return
        ends, tracked = events[np.isin(events["kind"], _ENDS)], np.array(numbers, np.int64)
        for event in ends[np.isin(ends["order"], tracked)]:
            number, settled = int(event["order"]), int(event["kind"]) in _FINAL
            why = ReasonCode(int(event["reason"])) or ReasonCode.LINK_LAPSED
            if self.own_orders.end(number, ReasonCode.NONE if settled else why):
                continue
            self.obligations.end_order(number, int(event["time"]), settled=settled)

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "agreed": [[one.agreement.to_document(), one.begun] for one in self._agreed.values()],
            "obligations": self.obligations.to_document(),
            "cycles": [one.to_document() for one in self],
            "own_orders": self.own_orders.to_document(),
            "paid": [*self.paid],
            "waiting": self.waiting.to_document(),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any], links: LinkBook) -> JointBook:
        """The inverse of `to_document`.

        Args:
            document: by `to_document`.
            links: as restored: orders that are set aside are noted again.
        """
        book = cls()
        for agreement, begun in document["agreed"]:
            found = read_agreement(agreement)
            book.put_agreement(found, begun)
        book.obligations = ObligationBook.from_document(document["obligations"])
        for stored in document["cycles"]:
            state = CycleState.from_document(stored)
            cycle = state.identifier
            book._cycles[cycle] = state
            book._listed.append(cycle)
            if not state.ended:
                book._open[cycle] = None
        book.own_orders = OwnOrderBook.from_document(document["own_orders"])
        book.paid = dict.fromkeys((system, uetr) for system, uetr in document["paid"])
        book.waiting = WaitingTerms.from_document(
            document["waiting"], ObligationTerms.from_document
        )
        for uetr, _ in document["waiting"]:
            if links.set_aside(uetr) is not None:
                book.waiting.order_came(uetr)
        return book
