"""Obligations of own banks in the record, from their instruction to the cycle that pays them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from skontro.model import InvariantBroken
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.obligations import ObligationStage, ObligationTerms, OwnObligation

#: Most obligations of one system in a cycle: so its publication fits into one statement. Others
#: wait for the next.
MAX_OBLIGATIONS: Final = 2_500


class ObligationBook:
    """All obligations of own banks.

    book = ObligationBook()
    book.add(terms, order)
    book.get(terms.uetr).stage  # ObligationStage.INSTRUCTED
    """

    def __init__(self) -> None:
        #: By the UETR of the order that funds each, in the order of instruction.
        self._all: dict[str, OwnObligation] = {}
        self._instructed: list[str] = []
        #: UETRs of obligations that wait for a cycle, by agreement: insertion-ordered sets.
        self._funded: dict[str, dict[str, None]] = {}
        #: UETR by the engine's number of an order that has not ended, and the numbers of all.
        self._of_order: dict[int, str] = {}
        self._orders: set[int] = set()
        #: UETRs of those in each open cycle.
        self._in_cycle: dict[str, list[str]] = {}

    def __contains__(self, order: object) -> bool:
        """Whether an order, by the engine's number, funds an obligation."""
        return order in self._orders

    def __iter__(self) -> Iterator[OwnObligation]:
        """In the order of instruction."""
        return iter(self._all.values())

    @property
    def in_engine(self) -> Iterable[int]:
        """The engine's numbers of orders that have not ended."""
        return self._of_order.keys()

    def get(self, uetr: str) -> OwnObligation | None:
        """The obligation that the order with this UETR funds."""
        return self._all.get(uetr)

    def page(self, first: int, most: int) -> list[OwnObligation]:
        """Those from a place in the order of instruction on."""
        return [self._all[one] for one in self._instructed[first : first + most]]

    def of_cycle(self, cycle: str) -> list[OwnObligation]:
        """Those in an open cycle, in the order in which they were funded."""
        return [self._all[uetr] for uetr in self._in_cycle.get(cycle, ())]

    def add(self, terms: ObligationTerms, order: int) -> None:
        """Take an obligation whose order is set aside.

        Args:
            terms: as instructed.
            order: the engine's number.
        """
        if terms.uetr in self._all:
            raise InvariantBroken("an obligation is instructed once", terms.uetr)
        self._put(OwnObligation(terms, order))
        self._of_order[order] = terms.uetr

    def _put(self, one: OwnObligation) -> None:
        self._all[one.terms.uetr] = one
        self._instructed.append(one.terms.uetr)
        self._orders.add(one.order)

    def begin(self, state: CycleState) -> None:
        """Put obligations that were funded by the cut-off into a cycle."""
        cycle, waiting = state.identifier, self._funded.get(state.agreement.name, {})
        ready = [uetr for uetr in waiting if _fits(state, self._all[uetr])]
        self._in_cycle[cycle] = ready[:MAX_OBLIGATIONS]
        for uetr in self._in_cycle[cycle]:
            del waiting[uetr]
            self._all[uetr] = attrs.evolve(
                self._all[uetr], stage=ObligationStage.IN_CYCLE, cycle=cycle
            )

    def end(self, state: CycleState) -> None:
        """Let those of a cycle that has ended be netted, or wait for the next."""
        is_paid = state.phase == CyclePhase.PAID
        for uetr in self._in_cycle.pop(state.identifier):
            one = self._all[uetr]
            if is_paid and one.terms.creditor_system in state.taking_part:
                self._all[uetr] = attrs.evolve(one, stage=ObligationStage.NETTED)
            else:
                self._wait(attrs.evolve(one, cycle=""))

    def end_order(self, number: int, time: int, *, settled: bool) -> None:
        """Note the end of an order.

        Args:
            number: the engine's.
            time: of its end.
            settled: whether the obligation is funded.

        Raises:
            KeyError: the order funds no obligation, or has ended before.
        """
        one = self._all[self._of_order.pop(number)]
        if settled:
            self._wait(attrs.evolve(one, funded_at=time))
        else:
            self._all[one.terms.uetr] = attrs.evolve(one, stage=ObligationStage.NOT_FUNDED)

    def _wait(self, one: OwnObligation) -> None:
        """Let a funded obligation wait for the next cycle."""
        uetr = one.terms.uetr
        self._all[uetr] = attrs.evolve(one, stage=ObligationStage.FUNDED)
        self._funded.setdefault(one.terms.agreement, {})[uetr] = None

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "all": [one.to_document() for one in self],
            "funded": {name: [*found] for name, found in self._funded.items()},
            "of_order": [*self._of_order.items()],
            "in_cycle": self._in_cycle,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> ObligationBook:
        """The inverse of `to_document`."""
        book = cls()
        for stored in document["all"]:
            book._put(OwnObligation.from_document(stored))
        book._funded = {name: dict.fromkeys(one) for name, one in document["funded"].items()}
        book._of_order = dict(document["of_order"])
        book._in_cycle = document["in_cycle"]
        return book


def _fits(state: CycleState, one: OwnObligation) -> bool:
    agreement, terms = state.agreement, one.terms
    return (
        one.funded_at <= state.cut_off
        and terms.creditor_system in state.others
        and terms.currency in agreement.currencies
    )
