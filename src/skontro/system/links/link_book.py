"""The links in the record of one system: their states, their orders, and the value in doubt."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, EventKind, uetr_text
from skontro.model import InvariantBroken, ReasonCode
from skontro.system.batch import Records
from skontro.system.links.deadlines import Deadlines
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import ENDED, Phase, Role
from skontro.system.links.terms import LinkTerms
from skontro.system.links.waiting_terms import WaitingTerms

#: Phases in which no system has locked money yet, so that readiness may come and go.
_UNLOCKED: Final = frozenset((Phase.INSTRUCTED, Phase.MATCHED))
_ENDED_PHASES: Final = frozenset(ENDED)
#: Phases in which requests of banks about their legs would change the outcome for other banks.
_BEING_DECIDED: Final = (
    (Role.FOLLOWER, Phase.MATCHED),
    (Role.DECIDER, Phase.ASKED),
    (Role.DECIDER, Phase.PERMITTED),
)
_SUBMIT_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_SETTLED: Final = int(EventKind.SETTLED)
#: Events that end a leg without settlement and without an earmark.
_ENDED: Final = tuple(
    int(kind) for kind in (EventKind.REJECTED, EventKind.RETURNED, EventKind.CANCELLED)
)


#: Phases at the end of a link in which own legs may still be cancelled, in the same batch.
_MAY_HAVE_OPEN_LEGS: Final = frozenset((Phase.ABORTED, Phase.REFUSED))


def _count(values: Counter[tuple[str, str]], state: LinkState, sign: int) -> None:
    """Add the amounts of the own legs, by decider and currency."""
    for leg in state.legs:
        values[state.terms.decider, leg.currency] += sign * leg.amount


@attrs.frozen
class SetAside:
    """An own leg that is set aside in the engine.

    Attributes:
        order: the engine's number.
        payer, payee: account numbers.
        amount: minor units.
        latest: latest time of settlement.
    """

    order: int
    payer: int
    payee: int
    amount: int
    latest: int


@attrs.frozen
class PhaseEntry:
    """The batch with which a link came into a phase.

    Attributes:
        phase: the phase.
        batch, time: number and record time of the batch.
    """

    phase: Phase
    batch: int
    time: int


@attrs.frozen
class LegEvent:
    """The end of an own leg in the engine, which its link has not been told yet.

    Attributes:
        link: UUID of the link.
        settled: whether the leg settled; otherwise it was returned, rejected or cancelled.
        time: record time of the event.
        reason: that of the event.
    """

    link: str
    settled: bool
    time: int
    reason: int


class LinkBook:
    """All links that own banks have instructed.

        book = LinkBook()
        book.add(state, orders=[17])
        book.value_in_doubt("KZ-RTGS", "KGS")  # minor units

    Attributes:
        leg_events: ends of own legs, for the next batch of links.
        certified: links that officers of their deciders certified as not committed, for the next
            batch of links.
        waiting_terms: terms with an own leg that has not been set aside yet.
    """

    def __init__(self) -> None:
        self._states: dict[str, LinkState] = {}
        self._orders: dict[str, tuple[int, ...]] = {}
        #: Own legs of a link that have not ended: insertion-ordered sets.
        self._open: dict[str, dict[int, None]] = {}
        self._links: dict[int, str] = {}
        #: Own legs that have not ended, linked or not, in the order of their rising numbers.
        self._watched: dict[int, None] = {}
        self._in_doubt: Counter[tuple[str, str]] = Counter()
        self._places: dict[str, int] = {}
        #: In the order of instruction.
        self._listed: list[str] = []
        #: Insertion-ordered sets.
        self._unlocked: dict[str, None] = {}
        self._permitted_together: dict[str, None] = {}
        self._deadlines = Deadlines()
        self._going: dict[str, None] = {}
        #: Phase, batch and time.
        self._history: dict[str, list[tuple[Phase, int, int]]] = {}
        #: Value of the earmarks that the batch in the making asks for.
        self._asked_for: Counter[tuple[str, str]] = Counter()
        self.leg_events: list[LegEvent] = []
        self.certified: list[str] = []
        self.waiting_terms: WaitingTerms[LinkTerms] = WaitingTerms()
        #: Legs that were set aside, until they are linked or end, by UETR.
        self._set_aside: dict[str, SetAside] = {}
        self._uetr_of: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, link: object) -> bool:
        return link in self._states

    def __iter__(self) -> Iterator[LinkState]:
        """The links, in the order of instruction."""
        return iter(self._states.values())

    def get(self, link: str) -> LinkState | None:
        """The state of a link; None for a link that is unknown here."""
        return self._states.get(link)

    def orders_of(self, link: str) -> tuple[int, ...]:
        """The engine's numbers of the own legs, in their order; none without an own order."""
        return self._orders.get(link, ())

    def open_orders_of(self, link: str) -> tuple[int, ...]:
        """The engine's numbers of those own legs that have not ended."""
        return tuple(self._open.get(link, ()))

    def link_of(self, order: int) -> str | None:
        """The link of an order, by the engine's number; None for other orders."""
        return self._links.get(order)

    def refusal_of_request(self, order: int) -> ReasonCode:
        """Why a bank may not cancel or change this order by itself; NONE where links allow it.

        Args:
            order: the engine's number.
        """
        state = self._states.get(self._links.get(order, ""))
        decided = state is not None and (state.role, state.phase) in _BEING_DECIDED
        return ReasonCode.LINK_BEING_DECIDED if decided else ReasonCode.NONE

    @property
    def permitted_together(self) -> tuple[str, ...]:
        """Links that this system may commit, whose several own legs wait to settle together."""
        return self._in_order(self._permitted_together)

    @property
    def unlocked(self) -> tuple[str, ...]:
        """Links for which no money is locked yet, and readiness counts."""
        return self._in_order(self._unlocked)

    def _in_order(self, links: Iterable[str]) -> tuple[str, ...]:
        """In the order of instruction, which a restored book has too."""
        return tuple(sorted(links, key=self._places.__getitem__))

    @property
    def open(self) -> tuple[LinkState, ...]:
        """Links that have not ended in this system, in the order of instruction."""
        return tuple(self._states[link] for link in self._going)

    def page(self, first: int, most: int) -> list[LinkState]:
        """Links from a place in the order of instruction on."""
        return [self._states[link] for link in self._listed[first : first + most]]

    def history(self, link: str) -> tuple[PhaseEntry, ...]:
        """The phases that a link has come into, in their order."""
        return tuple(PhaseEntry(*one) for one in self._history.get(link, ()))

    def late(self, time: int) -> tuple[LinkState, ...]:
        """Links that wait after decide-by, or after their latest time of settlement."""
        return tuple(self._states[link] for link in self._deadlines.passed(time))

    def value_in_doubt(self, decider: str, currency: str) -> int:
        """The value that own payers have locked for links of a decider, minor units.

        With the earmarks that the batch in the making asks for.
        """
        return self._in_doubt[decider, currency] + self._asked_for[decider, currency]

    @property
    def values_in_doubt(self) -> dict[tuple[str, str], int]:
        """By decider and currency, the value that own payers have locked, in minor units."""
        return dict(sorted((name, value) for name, value in self._in_doubt.items() if value))

    @property
    def open_links(self) -> int:
        """Number of links with an own leg that has not ended."""
        return len(self._open)

    def ask_for_earmark(self, state: LinkState) -> None:
        """Count an earmark that the batch in the making asks for."""
        _count(self._asked_for, state, 1)

    def earmarks_answered(self) -> None:
        """Count no longer the earmarks that a batch asked for: those that were made are states."""
        self._asked_for.clear()

    @property
    def in_doubt(self) -> tuple[LinkState, ...]:
        """Links whose own legs are earmarked while the decision is not known."""
        return tuple(one for one in self._states.values() if one.in_doubt)

    def take_certified(self, stays: Callable[[str], bool]) -> list[str]:
        """Take the links that were certified since the last batch of links.

        Args:
            stays: whether a link is left for a later batch.
        """
        certified = self.certified
        self.certified = [link for link in certified if stays(link)]
        return [link for link in certified if not stays(link)]

    def take_leg_events(self, stays: Callable[[str], bool]) -> list[LegEvent]:
        """Take the ends of own legs since the last batch of links, as `take_certified`."""
        events = self.leg_events
        self.leg_events = [one for one in events if stays(one.link)]
        return [one for one in events if not stays(one.link)]

    def has_work(self, time: int) -> bool:
        """Whether a batch of links at this time would have an input from the own system."""
        orders_came = self.waiting_terms.have_orders
        return bool(self.leg_events or self.certified or orders_came or self.late(time))

    def set_aside(self, uetr: str) -> SetAside | None:
        """The leg with this UETR, if it is set aside and not linked yet."""
        return self._set_aside.get(uetr)

    def add(self, state: LinkState, orders: Sequence[int]) -> None:
        """Add a link with the engine's numbers of its own legs.

        Args:
            state: the link.
            orders: in the order of the legs; none for a link that only a certificate has named.
        """
        link = state.terms.link
        if link in self._states:
            raise InvariantBroken("a link is instructed once", link)
        self._orders[link] = tuple(orders)
        self._open[link] = dict.fromkeys(orders)
        for order in orders:
            self._links[order] = link
            self._drop_set_aside(order)
        self._places[link] = len(self._places)
        self._states[link] = state
        self._listed.append(link)
        self._index(state)

    def _drop_set_aside(self, order: int) -> None:
        """Forget a leg that is linked from now on, or has ended; it may not be set aside at all."""
        uetr = self._uetr_of.pop(order, "")
        if self._set_aside.pop(uetr, None) is not None:
            self.waiting_terms.order_left(uetr)

    def put(self, state: LinkState, batch: int, time: int) -> None:
        """Keep a later state of a link.

        Args:
            state: the link.
            batch, time: number and record time of the batch that leads to it.
        """
        link = state.terms.link
        before = self._states[link]
        self._states[link] = state
        if before.phase != state.phase:
            self._history.setdefault(link, []).append((state.phase, batch, time))
            if before.in_doubt != state.in_doubt:
                _count(self._in_doubt, state, 1 if state.in_doubt else -1)
            self._index(state)
        elif before.decide_by != state.decide_by:
            self._deadlines.put(state)

    def _index(self, state: LinkState) -> None:
        self._deadlines.put(state)
        link, phase = state.terms.link, state.phase
        if phase in _UNLOCKED:
            self._unlocked[link] = None
        else:
            self._unlocked.pop(link, None)
        if phase == Phase.PERMITTED and len(state.legs) > 1:
            self._permitted_together[link] = None
        else:
            self._permitted_together.pop(link, None)
        if phase not in _ENDED_PHASES:
            self._going[link] = None
            return
        self._going.pop(link, None)
        if phase not in _MAY_HAVE_OPEN_LEGS or not self._open.get(link):
            for order in self._open.pop(link, ()):
                self._watched.pop(order, None)

    def observe(self, commands: Commands, first: int, events: Records) -> None:
        """Note new legs among the commands of a batch, and ends of legs among its events.

        Args:
            commands: applied by the engine.
            first: the engine's number for the first order among them.
            events: the engine's answer.
        """
        self._note_legs(commands, first)
        if not self._watched:
            return
        # Most events are about new domestic orders, whose numbers are higher.
        events = events[events["order"] <= next(reversed(self._watched))]
        events = events[np.isin(events["kind"], (_SETTLED, *_ENDED))]
        for place, order in enumerate(events["order"].tolist()):
            if order not in self._watched:
                continue
            del self._watched[order]
            self._drop_set_aside(order)
            link = self._links.get(order)
            if link is not None:
                self._end_leg(link, events[place])

    def _end_leg(self, link: str, event: Records) -> None:
        """Note the end of an own leg; of several the last that settles, or the first that fails."""
        legs = self._open.get(link, {})
        legs.pop(int(event["order"]), None)
        ended = self._states[link].ended
        if ended and not legs:
            self._open.pop(link, None)
        settled = int(event["kind"]) == _SETTLED
        several = len(self._orders[link]) > 1
        if ended or (settled and legs) or (several and self._has_ended_leg(link)):
            return
        time, reason = int(event["time"]), int(event["reason"])
        self.leg_events.append(LegEvent(link, settled, time, reason))

    def _has_ended_leg(self, link: str) -> bool:
        return any(event.link == link for event in self.leg_events)

    def _note_legs(self, commands: Commands, first: int) -> None:
        legs = commands.kind == _SUBMIT_LINKED
        if not legs.any():
            return
        numbers = first + np.cumsum(commands.are_orders) - 1
        rows = commands.take(legs)
        for row, number in enumerate(numbers[legs].tolist()):
            leg = SetAside(
                number,
                int(rows.payer[row]),
                int(rows.payee[row]),
                int(rows.amount[row]),
                int(rows.column("latest")[row]),
            )
            uetr = uetr_text(rows.column("uetr")[row].tobytes())
            self._set_aside[uetr], self._uetr_of[number] = leg, uetr
            self._watched[number] = None
            self.waiting_terms.order_came(uetr)

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "set_aside": {uetr: attrs.astuple(leg) for uetr, leg in self._set_aside.items()},
            "waiting_terms": self.waiting_terms.to_document(),
            "links": [
                [state.to_document(), self.orders_of(link), self.open_orders_of(link)]
                for link, state in self._states.items()
            ],
            "history": {
                link: [[str(phase), batch, time] for phase, batch, time in entries]
                for link, entries in self._history.items()
            },
            "leg_events": [attrs.astuple(event) for event in self.leg_events],
            "certified": self.certified,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "LinkBook":
        """The inverse of `to_document`."""
        book = cls()
        for stored, orders, still_open in document["links"]:
            state = LinkState.from_document(stored)
            book.add(state, orders)
            book._open.pop(state.terms.link, None)
            if still_open:
                book._open[state.terms.link] = dict.fromkeys(still_open)
            if state.in_doubt:
                _count(book._in_doubt, state, 1)
        for link, entries in document["history"].items():
            book._history[link] = [(Phase(phase), batch, time) for phase, batch, time in entries]
        book.leg_events = [LegEvent(*event) for event in document["leg_events"]]
        book.certified = list(document["certified"])
        book.waiting_terms = WaitingTerms.from_document(
            document["waiting_terms"], LinkTerms.from_document
        )
        for uetr, leg in document["set_aside"].items():
            book._set_aside[uetr] = SetAside(*leg)
            book._uetr_of[book._set_aside[uetr].order] = uetr
            book.waiting_terms.order_came(uetr)
        open_legs = (order for legs in book._open.values() for order in legs)
        book._watched = dict.fromkeys(sorted((*open_legs, *book._uetr_of)))
        return book
