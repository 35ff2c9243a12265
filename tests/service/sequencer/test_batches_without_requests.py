"""Batches of links that no request asks for, and requests that are not applied; no database."""

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import Head, OrderIndex
from skontro.ledger.entry import NOBODY
from skontro.model import InputError
from skontro.service.clock import WatchedClock
from skontro.service.sequencer import link_batches
from skontro.service.sequencer.chain_end import ChainEnd
from skontro.service.sequencer.idempotency import IdsInUse
from skontro.service.sequencer.link_batches import LinkBatches, LinkOutcome, proofs_of
from skontro.service.sequencer.requests import CommitGroupBuilder, Held, LinkRequest
from skontro.system.links import link_batch
from skontro.system.links.link_batch import LinkInputs
from tests.service.linked_services import caller
from tests.service.systems import NOON
from tests.system.links.linked_systems import Linked, leg_order

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@attrs.define
class Scene:
    """The batches of links of the first country, and what was answered."""

    linked: Linked
    links: LinkBatches
    order_index: OrderIndex
    answers: list[Any] = attrs.field(factory=list)

    def follow(self) -> int:
        """Number of batches that follow now."""
        group = CommitGroupBuilder()
        self.links.follow(group)
        return len(group.entries)

    def apply(self, key: bytes = bytes(32), **inputs: Any) -> CommitGroupBuilder:
        """Apply one request, and let its group be durable."""
        group = CommitGroupBuilder()
        done = self.answers.append
        self.links.apply(group, [LinkRequest(caller(key), LinkInputs(**inputs), done)])
        for entry in group.entries:
            self.order_index.add(entry)
        for answer in group.answers:
            answer()
        return group


def scene(count: int = 2) -> Scene:
    linked, order_index = Linked(count), OrderIndex()
    country = linked[0]
    links = LinkBatches(
        country.system,
        order_index,
        IdsInUse(order_index),
        ChainEnd(Head(41, NOON, bytes(32), b""), KEY),
        WatchedClock.plain(lambda: NOON),
        lambda: country.now,
    )
    return Scene(linked, links, order_index)


def test_a_batch_follows_when_the_own_system_has_an_input() -> None:
    one = scene()
    terms = one.linked.terms(700, 90)
    one.apply(terms=(terms,))
    assert one.follow() == 0
    one.linked[0].submit(leg_order(one.linked[0], terms))
    group = CommitGroupBuilder()
    one.links.follow(group)
    (entry,) = group.entries
    assert entry.number == 43
    assert entry.rows["request"]["participant"].tolist() == [NOBODY]
    assert [addressee for addressee, _ in proofs_of(group.entries)] == ["KG-RTGS"]
    assert one.follow() == 0


def test_a_batch_follows_when_readiness_changed_and_time_went_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, now = scene(), [1000.0]
    monkeypatch.setattr(link_batches.time, "monotonic", lambda: now[0])
    country, terms = one.linked[0], one.linked.terms(700, 90)
    country.submit(leg_order(country, terms))
    one.apply(terms=(terms,))
    # Ready from the beginning: the batch found it.
    assert one.follow() == 0
    country.pay(1_000_000)
    one.apply()
    assert one.follow() == 0
    now[0] += 0.0499
    assert one.follow() == 0
    country.pay(1_000, payer=1, payee=0)
    country.pay(1_000)
    one.apply(repeated=(terms.link,))
    now[0] += 0.0002
    assert one.follow() == 0
    state = country.system.links.get(terms.link)
    assert state is not None
    assert not state.own_ready
    # Now a payment changes it, in a batch that is not of links.
    country.pay(1_000, payer=1, payee=0)
    head = one.links._chain.head
    one.links._chain.head = attrs.evolve(head, number=head.number + 1)
    assert one.follow() == 0
    now[0] += 0.0501
    assert one.follow() == 1
    now[0] += 1
    assert one.follow() == 0


def test_nothing_is_applied_while_the_clock_is_held() -> None:
    one = scene()
    terms = one.linked.terms(700, 90)
    one.apply(terms=(terms,))
    one.linked[0].submit(leg_order(one.linked[0], terms))
    trusted = one.links._clock
    one.links._clock = SimpleNamespace(held=True, trouble="it is away")  # type: ignore[assignment]
    assert one.follow() == 0
    assert one.apply(cancelled=(terms.link,)).entries == []
    assert isinstance(one.answers[-1], Held)
    assert str(one.answers[-1]) == "it is away"
    one.links._clock = trusted
    assert one.follow() == 1


def test_a_request_that_was_not_applied_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one = scene()
    terms, key = one.linked.terms(700, 90), b"k" * 32
    with monkeypatch.context() as changes:
        changes.setattr(link_batch, "MAX_WAITING_TERMS", 0)
        assert one.apply(key, terms=(terms,)).entries == []
        assert isinstance(one.answers[-1], InputError)
    group = one.apply(key, terms=(terms,))
    assert group.in_flight
    assert one.answers[-1] == LinkOutcome(42)
    assert one.apply(key, terms=(terms,)).entries == []
    assert one.answers[-1] == LinkOutcome(42)


def test_each_addressee_has_one_proof_of_a_batch() -> None:
    one = scene(3)
    all_terms = [one.linked.terms(700, 90, 50) for _ in range(2)]
    for terms in all_terms:
        one.linked[0].submit(leg_order(one.linked[0], terms))
    group = one.apply(terms=tuple(all_terms))
    proofs = dict(proofs_of(group.entries))
    assert [*proofs] == ["KG-RTGS", "UZ-RTGS"]
    for proof in proofs.values():
        assert len(proof.statements) == 2
        assert proof.check(KEY.public_key()).batch == 42
    assert np.all(group.entries[0].rows["request"]["commands"][:1] == 0)
