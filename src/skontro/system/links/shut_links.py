"""Links that no batch changes, because a peer of theirs has not confirmed the own record.

Only links with such a peer wait: inputs from the own system are kept until it confirms.
A link of several systems waits for all of its peers. Which peers these are depends on answers from
a network, so each batch of links names them in the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs

from skontro.system.links.link_state import LinkState
from skontro.system.links.terms import LinkTerms
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

if TYPE_CHECKING:
    from skontro.system.links.link_batch import LinkInputs
    from skontro.system.settlement_system import SettlementSystem


@attrs.frozen(eq=False)
class ShutLinks:
    """The links and payments with certain peers.

        shut = ShutLinks(system, frozenset({"KG-RTGS"}))
        shut.has(link)

    Attributes:
        system: whose links they are.
        peers: that have not confirmed the own record.
    """

    system: SettlementSystem
    peers: frozenset[str] = frozenset()

    def has(self, link: str) -> bool:
        """Whether no batch may change this link; not so for one that is unknown here."""
        state = self.system.links.get(link) if self.peers else None
        return state is not None and self.has_terms(state.terms)

    def has_terms(self, terms: LinkTerms) -> bool:
        """Whether no batch may change, or begin, a link with these terms."""
        own = self.system.link_contracts.own_system
        return bool(self.peers) and not self.peers.isdisjoint(terms.peers_of(own))

    def has_payment(self, key: PaymentKey) -> bool:
        """Whether no batch may change this payment; not so for one that is unknown here."""
        state = self.system.payments.get(key)
        return state is not None and state.peer in self.peers

    def has_payment_terms(self, terms: PaymentTerms) -> bool:
        """Whether no batch may begin a payment of an own bank with these terms."""
        return terms.destination in self.peers

    def open(self, links: Iterable[str]) -> list[str]:
        """Those of these links that batches may change, in their order."""
        return [link for link in links if not self.has(link)] if self.peers else [*links]

    def open_states(self, states: Iterable[LinkState]) -> list[LinkState]:
        """Those of these links that batches may change, in their order."""
        return [state for state in states if not self.has_terms(state.terms)]

    def concern(self, given: LinkInputs) -> bool:
        """Whether an input is from such a peer, or about a link or payment with one.

        Repetitions are left out instead, and what a peer states about a link with another one is
        refused.
        """
        return bool(self.peers) and (
            any(one.sender in self.peers for proof in given.proofs for one in proof.statements)
            or any(self.has_terms(terms) for terms in given.terms)
            or any(self.has(link) for link in given.cancelled)
            or any(self.has_payment_terms(terms) for terms in given.payments)
            or any(self.has_payment(key) for key in given.uetr_in_use)
        )


NO_PEERS: Final[frozenset[str]] = frozenset()


def have_work(system: SettlementSystem, time: int, peers: frozenset[str] = NO_PEERS) -> bool:
    """Whether a batch of links at this time would have an input from the own system.

    Args:
        system: as after all batches so far.
        time: of the batch.
        peers: whose links are shut.
    """
    book, payments = system.links, system.payments
    if not peers:
        return book.has_work(time) or payments.has_work or system.joint.has_work(time, book)
    shut = ShutLinks(system, peers)
    return (
        any(not shut.has(event.link) for event in book.leg_events)
        or bool(shut.open(book.certified))
        or bool(shut.open_states(book.late(time)))
        or book.waiting_terms.has_orders(shut.has_terms)
        or any(not shut.has_payment(fact.key) for fact in payments.facts)
        or payments.waiting.has_orders(shut.has_payment_terms)
        or system.joint.has_work(time, book, peers)
    )
