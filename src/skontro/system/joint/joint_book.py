"""Joint cycles in the record of one system: agreements, obligations, cycles and own orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, EventKind, uetr_text
from skontro.model import InvariantBroken, ReasonCode
from skontro.system.batch import ACCEPTED, Records
from skontro.system.joint.agreement import CycleAgreement, read_agreement
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.obligations import ObligationStage, ObligationTerms, OwnObligation
from skontro.system.joint.own_orders import JointOrder
from skontro.system.links.link_book import LinkBook
from skontro.system.links.waiting_terms import WaitingTerms

#: Most obligations of one system in a cycle: so its publication fits into one statement. Others
#: wait for the next.
MAX_OBLIGATIONS: Final = 2_500
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
_CANCEL: Final = int(CommandKind.CANCEL)
_ORDERS: Final = (int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LINKED))


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
        waiting: terms of obligations whose order has not been set aside yet.
        in_use: whether there has ever been an agreement: orders are observed only then.
    """

    def __init__(self) -> None:
        self._agreed: dict[str, Agreed] = {}
        self._obligations: dict[str, OwnObligation] = {}
        #: In the order of instruction.
        self._instructed: list[str] = []
        #: UETRs of obligations that wait for a cycle, by agreement: insertion-ordered sets.
        self._funded: dict[str, dict[str, None]] = {}
        self._of_order: dict[int, str] = {}
        self._cycles: dict[str, CycleState] = {}
        self._listed: list[str] = []
        #: Insertion-ordered set of cycles that have not ended.
        self._open: dict[str, None] = {}
        #: UETRs of the own obligations in each open cycle.
        self._in_cycle: dict[str, list[str]] = {}
        #: Legs of links and payments to creditors that this system submits, by UETR.
        self._own_orders: dict[str, JointOrder] = {}
        self._due: dict[str, None] = {}
        #: UETRs of own orders that were submitted and are outside the engine.
        self._outside: dict[str, None] = {}
        self._orders_of: dict[str, list[str]] = {}
        self._own_of_order: dict[int, str] = {}
        #: The engine's numbers of all orders that fund obligations, and of all own orders.
        self._numbers: set[int] = set()
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

    def obligation(self, uetr: str) -> OwnObligation | None:
        """The obligation that the order with this UETR funds."""
        return self._obligations.get(uetr)

    def obligations_page(self, first: int, most: int) -> list[OwnObligation]:
        """Own obligations from a place in the order of instruction on."""
        return [self._obligations[one] for one in self._instructed[first : first + most]]

    def obligations_of(self, cycle: str) -> list[OwnObligation]:
        """The own obligations in an open cycle, in the order in which they were funded."""
        return [self._obligations[uetr] for uetr in self._in_cycle.get(cycle, ())]

    def netted(self) -> Iterator[OwnObligation]:
        """The own obligations that cycles have paid, in the order of instruction."""
        for uetr in self._instructed:
            if self._obligations[uetr].stage == ObligationStage.NETTED:
                yield self._obligations[uetr]

    @property
    def orders(self) -> tuple[JointOrder, ...]:
        """Own orders that have not been submitted, in their order."""
        return tuple(self._own_orders[uetr] for uetr in self._due)

    @property
    def needs_orders(self) -> bool:
        """Whether an own order has not been submitted."""
        return bool(self._due)

    def orders_of(self, cycle: str) -> list[JointOrder]:
        """The own orders of a cycle: legs of its link, then payments to creditors."""
        return [self._own_orders[uetr] for uetr in self._orders_of.get(cycle, ())]

    def has_order(self, number: int) -> bool:
        """Whether an order funds an obligation, or is one of the own orders of a cycle.

        Args:
            number: the engine's.
        """
        return number in self._numbers

    def add_obligation(self, terms: ObligationTerms, order: int) -> None:
        """Take an obligation whose order is set aside.

        Args:
            terms: as instructed.
            order: the engine's number.
        """
        if terms.uetr in self._obligations:
            raise InvariantBroken("an obligation is instructed once", terms.uetr)
        self._obligations[terms.uetr] = OwnObligation(terms, order)
        self._instructed.append(terms.uetr)
        self._of_order[order] = terms.uetr
        self._numbers.add(order)

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
        waiting = self._funded.get(agreement.name, {})
        ready = [one for one in waiting if self._fits(state, self._obligations[one])]
        self._in_cycle[cycle] = ready[:MAX_OBLIGATIONS]
        for uetr in self._in_cycle[cycle]:
            del waiting[uetr]
            found = attrs.evolve(
                self._obligations[uetr], stage=ObligationStage.IN_CYCLE, cycle=cycle
            )
            self._obligations[uetr] = found
        return state

    def _fits(self, state: CycleState, one: OwnObligation) -> bool:
        agreement, terms = state.agreement, one.terms
        return (
            one.funded_at <= state.cut_off
            and terms.creditor_system in state.others
            and terms.currency in agreement.currencies
        )

    def end(self, state: CycleState) -> None:
        """Let the own obligations of a cycle that has ended be netted, or wait for the next."""
        cycle, is_paid = state.identifier, state.phase == CyclePhase.PAID
        del self._open[cycle]
        for uetr in self._in_cycle.pop(cycle):
            one = self._obligations[uetr]
            if is_paid and one.terms.creditor_system in state.taking_part:
                self._obligations[uetr] = attrs.evolve(one, stage=ObligationStage.NETTED)
            else:
                self._wait(attrs.evolve(one, cycle=""))
        for uetr in [one.uetr for one in self.orders if one.cycle == cycle and one.is_leg]:
            del self._due[uetr]

    def remember_paid(self, system: str, reference: str) -> None:
        """Remember that a cycle paid an obligation of another system."""
        self.paid[system, reference] = None
        while len(self.paid) > MAX_REMEMBERED:
            del self.paid[next(iter(self.paid))]

    def need(self, order: JointOrder) -> None:
        """Note an own order that is to be submitted."""
        self._own_orders[order.uetr], self._due[order.uetr] = order, None
        self._orders_of.setdefault(order.cycle, []).append(order.uetr)

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
        if any(self._own_orders[leg.uetr].reason for leg in legs):
            return True
        return all(links.set_aside(leg.uetr) is not None for leg in legs)

    def observe(self, commands: Commands, first: int, events: Records) -> None:
        """Note own orders among the commands of a batch, and ends of orders among its events.

        Args:
            commands: of a batch, those that did not go to the engine included.
            first: the engine's number for the first order among them.
            events: the engine's answer.
        """
        if self._due or self._outside:
            self._note_own_orders(commands, first)
        if len(self.waiting):
            self._note_set_aside(commands)
        if self._of_order or self._own_of_order:
            self._note_ends(events)

    def _note_own_orders(self, commands: Commands, first: int) -> None:
        acceptance, uetrs = commands.column("acceptance"), commands.column("uetr")
        # Only orders outside the engine are cancelled by their UETR.
        is_cancelled = (commands.kind == _CANCEL) & (acceptance < ACCEPTED)
        rows = np.flatnonzero(np.isin(commands.kind, _ORDERS) | is_cancelled).tolist()
        if not rows:
            return
        numbers = first + np.cumsum(commands.are_orders & (acceptance == ACCEPTED)) - 1
        for row in rows:
            uetr, verdict = uetr_text(uetrs[row].tobytes()), int(acceptance[row])
            if uetr in self._due:
                del self._due[uetr]
                self._outside[uetr] = None
            if uetr in self._outside and (verdict >= ACCEPTED or is_cancelled[row]):
                del self._outside[uetr]
                if verdict == ACCEPTED:
                    number = int(numbers[row])
                    self._own_of_order[number] = uetr
                    self._numbers.add(number)
                    continue
                cancelled = ReasonCode.CANCELLED_BY_PARTICIPANT
                reason = cancelled if is_cancelled[row] else ReasonCode(verdict)
                self._own_orders[uetr] = self._own_orders[uetr].ended(reason)

    def _note_set_aside(self, commands: Commands) -> None:
        accepted = commands.column("acceptance") == ACCEPTED
        for row in np.flatnonzero((commands.kind == _ORDERS[1]) & accepted).tolist():
            self.waiting.order_came(uetr_text(commands.column("uetr")[row].tobytes()))

    def _note_ends(self, events: Records) -> None:
        ends = events[np.isin(events["kind"], _ENDS)]
        tracked = np.array([*self._of_order, *self._own_of_order], np.int64)
        for event in ends[np.isin(ends["order"], tracked)]:
            number, settled = int(event["order"]), int(event["kind"]) in _FINAL
            why = ReasonCode(int(event["reason"])) or ReasonCode.LINK_LAPSED
            reason = ReasonCode.NONE if settled else why
            own = self._own_of_order.pop(number, None)
            if own is not None:
                self._own_orders[own] = self._own_orders[own].ended(reason)
                continue
            one = self._obligations[self._of_order.pop(number)]
            if settled:
                self._wait(attrs.evolve(one, funded_at=int(event["time"])))
            else:
                ended = attrs.evolve(one, stage=ObligationStage.NOT_FUNDED)
                self._obligations[one.terms.uetr] = ended

    def _wait(self, one: OwnObligation) -> None:
        """Let a funded obligation wait for the next cycle."""
        uetr = one.terms.uetr
        self._obligations[uetr] = attrs.evolve(one, stage=ObligationStage.FUNDED)
        self._funded.setdefault(one.terms.agreement, {})[uetr] = None

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "agreed": [[one.agreement.to_document(), one.begun] for one in self._agreed.values()],
            "obligations": [self._obligations[one].to_document() for one in self._instructed],
            "funded": {name: [*found] for name, found in self._funded.items()},
            "of_order": [*self._of_order.items()],
            "cycles": [one.to_document() for one in self],
            "in_cycle": self._in_cycle,
            "own_orders": [one.to_document() for one in self._own_orders.values()],
            "due": [*self._due],
            "outside": [*self._outside],
            "own_of_order": [*self._own_of_order.items()],
            "numbers": sorted(self._numbers),
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
        for stored in document["obligations"]:
            one = OwnObligation.from_document(stored)
            book._obligations[one.terms.uetr] = one
            book._instructed.append(one.terms.uetr)
        book._funded = {name: dict.fromkeys(one) for name, one in document["funded"].items()}
        book._of_order = dict(document["of_order"])
        for stored in document["cycles"]:
            state = CycleState.from_document(stored)
            cycle = state.identifier
            book._cycles[cycle] = state
            book._listed.append(cycle)
            if not state.ended:
                book._open[cycle] = None
        book._in_cycle = document["in_cycle"]
        for stored in document["own_orders"]:
            order = JointOrder.from_document(stored)
            book.need(order)
        book._due = dict.fromkeys(document["due"])
        book._outside = dict.fromkeys(document["outside"])
        book._own_of_order = dict(document["own_of_order"])
        book._numbers = set(document["numbers"])
        book.paid = dict.fromkeys((system, uetr) for system, uetr in document["paid"])
        book.waiting = WaitingTerms.from_document(
            document["waiting"], ObligationTerms.from_document
        )
        for uetr, _ in document["waiting"]:
            if links.set_aside(uetr) is not None:
                book.waiting.order_came(uetr)
        return book
