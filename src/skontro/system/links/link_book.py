"""The links in the record of one system: their states, their orders, and the value in doubt."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, EventKind, uetr_text
from skontro.model import InvariantBroken
from skontro.system.batch import Records
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Phase
from skontro.system.links.waiting_terms import WaitingTerms

#: Phases in which no system has locked money yet, so that readiness may come and go.
_UNLOCKED: Final = (Phase.INSTRUCTED, Phase.MATCHED)
_SUBMIT_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_SETTLED: Final = int(EventKind.SETTLED)
#: Events that end a leg without settlement and without an earmark.
_ENDED: Final = tuple(
    int(kind) for kind in (EventKind.REJECTED, EventKind.RETURNED, EventKind.CANCELLED)
)


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
        book.add(state, order=17)
        book.value_in_doubt("KZ-RTGS", "KGS")  # minor units

    Attributes:
        leg_events: ends of own legs, for the next batch of links.
        certified: links that officers of their deciders certified as not committed, for the next
            batch of links.
        waiting_terms: terms whose own leg has not been set aside yet.
    """

    def __init__(self) -> None:
        self._states: dict[str, LinkState] = {}
        self._orders: dict[str, int] = {}
        self._links: dict[int, str] = {}
        self._in_doubt: Counter[tuple[str, str]] = Counter()
        #: Insertion-ordered sets.
        self._unlocked: dict[str, None] = {}
        self._asked: dict[str, None] = {}
        #: Value of the earmarks that the batch in the making asks for.
        self._asked_for: Counter[tuple[str, str]] = Counter()
        self.leg_events: list[LegEvent] = []
        self.certified: list[str] = []
        self.waiting_terms = WaitingTerms()
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

    def order_of(self, link: str) -> int:
        """The engine's number of the own leg.

        Raises:
            KeyError: the link has no order here.
        """
        return self._orders[link]

    def link_of(self, order: int) -> str | None:
        """The link of an order, by the engine's number; None for other orders."""
        return self._links.get(order)

    @property
    def unlocked(self) -> tuple[str, ...]:
        """Links for which no money is locked yet, and readiness counts."""
        return tuple(self._unlocked)

    def late(self, time: int) -> tuple[str, ...]:
        """Links for which this system asked for earmarks and may no longer commit at a time."""
        asked = (self._states[link] for link in self._asked)
        return tuple(
            one.terms.link for one in asked if one.decide_by is not None and one.decide_by < time
        )

    def value_in_doubt(self, decider: str, currency: str) -> int:
        """The value that own payers have locked for links of a decider, minor units.

        With the earmarks that the batch in the making asks for.
        """
        return self._in_doubt[decider, currency] + self._asked_for[decider, currency]

    def ask_for_earmark(self, state: LinkState) -> None:
        """Count an earmark that the batch in the making asks for."""
        self._asked_for[state.terms.decider, state.leg.currency] += state.leg.amount

    def earmarks_answered(self) -> None:
        """Count no longer the earmarks that a batch asked for: those that were made are states."""
        self._asked_for.clear()

    @property
    def in_doubt(self) -> tuple[LinkState, ...]:
        """Links whose own leg is earmarked while the decision is not known."""
        return tuple(one for one in self._states.values() if one.in_doubt)

    def take_certified(self) -> list[str]:
        """Take the links that were certified since the last batch of links."""
        certified, self.certified = self.certified, []
        return certified

    def has_work(self, time: int) -> bool:
        """Whether a batch of links at this time would have an input from the own system."""
        orders_came = self.waiting_terms.have_orders
        return bool(self.leg_events or self.certified or orders_came or self.late(time))

    def set_aside(self, uetr: str) -> SetAside | None:
        """The leg with this UETR, if it is set aside and not linked yet."""
        return self._set_aside.get(uetr)

    def add(self, state: LinkState, order: int) -> None:
        """Add a link with the engine's number of its own leg; a link may be added without one.

        Args:
            state: the link.
            order: number of the order, or -1 for a link that only a certificate has named.
        """
        link = state.terms.link
        if link in self._states:
            raise InvariantBroken("a link is instructed once", link)
        if order >= 0:
            self._orders[link] = order
            self._links[order] = link
            self._drop_set_aside(order)
        self._states[link] = state
        self._index(state)

    def _drop_set_aside(self, order: int) -> None:
        """Forget a leg that is linked from now on, or has ended; it may not be set aside at all."""
        uetr = self._uetr_of.pop(order, "")
        if self._set_aside.pop(uetr, None) is not None:
            self.waiting_terms.order_left(uetr)

    def put(self, state: LinkState) -> None:
        """Keep a later state of a link."""
        link = state.terms.link
        before = self._states[link]
        if before.in_doubt != state.in_doubt:
            change = state.leg.amount if state.in_doubt else -state.leg.amount
            self._in_doubt[state.terms.decider, state.leg.currency] += change
        self._states[link] = state
        self._index(state)

    def _index(self, state: LinkState) -> None:
        link = state.terms.link
        for phases, links in ((_UNLOCKED, self._unlocked), ((Phase.ASKED,), self._asked)):
            if state.phase in phases:
                links[link] = None
            else:
                links.pop(link, None)

    def observe(self, commands: Commands, first: int, events: Records) -> None:
        """Note new legs among the commands of a batch, and ends of legs among its events.

        Args:
            commands: applied by the engine.
            first: the engine's number for the first order among them.
            events: the engine's answer.
        """
        self._note_legs(commands, first)
        if not self._links and not self._uetr_of:
            return
        ends = np.isin(events["kind"], (_SETTLED, *_ENDED))
        for event in events[ends]:
            self._drop_set_aside(int(event["order"]))
            link = self._links.get(int(event["order"]))
            if link is None or self._states[link].ended:
                continue
            settled = int(event["kind"]) == _SETTLED
            time, reason = int(event["time"]), int(event["reason"])
            self.leg_events.append(LegEvent(link, settled, time, reason))

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
            self.waiting_terms.order_came(uetr)

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "set_aside": {uetr: attrs.astuple(leg) for uetr, leg in self._set_aside.items()},
            "waiting_terms": self.waiting_terms.to_document(),
            "links": [
                [state.to_document(), self._orders.get(link, -1)]
                for link, state in self._states.items()
            ],
            "leg_events": [attrs.astuple(event) for event in self.leg_events],
            "certified": self.certified,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "LinkBook":
        """The inverse of `to_document`."""
        book = cls()
        for stored, order in document["links"]:
            state = LinkState.from_document(stored)
            book.add(state, order)
            if state.in_doubt:
                book._in_doubt[state.terms.decider, state.leg.currency] += state.leg.amount
        book.leg_events = [LegEvent(*event) for event in document["leg_events"]]
        book.certified = list(document["certified"])
        book.waiting_terms = WaitingTerms.from_document(document["waiting_terms"])
        for uetr, leg in document["set_aside"].items():
            book._set_aside[uetr] = SetAside(*leg)
            book._uetr_of[book._set_aside[uetr].order] = uetr
            book.waiting_terms.order_came(uetr)
        return book
