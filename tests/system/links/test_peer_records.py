"""What a system has heard of its peers' records: claims, newest batches, forks, openings."""

import json
from typing import Any

import pytest

from skontro.model import InvariantBroken, ReasonCode
from skontro.system import Action, SettlementSystem
from skontro.system.links.peer_records import (
    MAX_FORKS,
    EarlierClaim,
    Fork,
    PeerRecords,
    batch_of,
)
from skontro.system.links.phases import Phase
from skontro.system.snapshot import restore_from, snapshot_of
from tests.system.links.linked_systems import Linked

KZ, KG = "KZ-RTGS", "KG-RTGS"


def head(batch: int, **fields: object) -> dict[str, Any]:
    return {"header": f"{batch:016x}ff", "statements": [1]} | fields


def test_the_newest_batch_of_each_peer_is_kept_without_statements() -> None:
    records = PeerRecords()
    for batch in (3, 258, 257):
        records.take_head(KG, head(batch))
    records.take_head(KZ, head(1))
    assert {peer: batch_of(one) for peer, one in records.heads.items()} == {KG: 258, KZ: 1}
    assert records.heads[KG]["statements"] == []


def test_an_earlier_claim_is_refused_and_the_same_again_is_not() -> None:
    records = PeerRecords()
    assert records.claim(KG) == -1
    records.check_claim(KG, 0)
    records.take_claim(KG, 10)
    for claim in (10, 11):
        records.check_claim(KG, claim)
    with pytest.raises(EarlierClaim, match="KG-RTGS has claimed its record again since"):
        records.check_claim(KG, 9)
    records.check_claim(KZ, 9)
    records.take_claim(KG, 9)
    assert records.claim(KG) == 10


def test_the_newest_forks_of_each_peer_stay() -> None:
    records = PeerRecords()
    records.take_fork(Fork(KZ, {}, {}, 1))
    for batch in range(2, 4 + MAX_FORKS):
        records.take_fork(Fork(KG, {}, {}, batch))
    kept = [(one.peer, one.batch) for one in records.forks]
    assert kept == [(KZ, 1), *((KG, batch) for batch in range(4, 4 + MAX_FORKS))]


def test_they_are_in_the_snapshot() -> None:
    records = Linked().countries[0].system.peer_records
    system = Linked().countries[0].system
    system.peer_records.take_claim(KG, 10)
    system.peer_records.take_head(KG, head(3))
    system.peer_records.take_fork(Fork(KG, head(1), head(2), 7))
    system.peer_records.opened[KG] = 8
    other = SettlementSystem(system.rules)
    restore_from(other, snapshot_of(system))
    assert other.peer_records.to_document() == system.peer_records.to_document()
    assert other.peer_records.to_document() != records.to_document()


def test_inputs_of_an_earlier_claim_change_nothing() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    (_, proof) = linked.waiting[0]
    linked.turn(1, claims=((KZ, 10),))
    with pytest.raises(EarlierClaim):
        linked.turn(1, proofs=(proof,), claims=((KZ, 9),))
    with pytest.raises(EarlierClaim, match=f"inputs of two claims of {KZ} come together"):
        linked.turn(1, proofs=(proof,), claims=((KZ, 10), (KZ, 11)))
    assert linked[1].system.peer_records.heads == {}
    linked.turn(1, proofs=(proof,), claims=((KZ, 10), (KZ, 10)))
    assert [*linked[1].system.peer_records.heads] == [KZ]


def test_a_fork_suspends_new_links_and_names_its_batch() -> None:
    linked = Linked()
    batch = linked.turn(0, forks=(Fork(KG, head(1), head(2)),), claims=((KG, 44),))
    number = json.loads(batch.body)["batch"]
    assert linked[0].system.link_contracts.suspended == [KG]
    assert linked[0].system.peer_records.forks == (Fork(KG, head(1), head(2), number, 44),)
    assert linked[0].system.link_contracts.refusal(KG) == ReasonCode.LINK_SUSPENDED


def test_claims_and_forks_of_peers_whose_links_are_shut_are_taken() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    (_, proof) = linked.waiting[0]
    before = linked.phases(terms)
    batch = linked.turn(1, claims=((KZ, 10),), forks=(Fork(KZ, {}, {}),), shut=(KZ,))
    assert (len(batch.commands), batch.statement_texts) == (0, ())
    assert linked[1].system.peer_records.claim(KZ) == 10
    assert linked[1].system.link_contracts.suspended == [KZ]
    assert linked.phases(terms) == before == [Phase.INSTRUCTED, Phase.INSTRUCTED]
    with pytest.raises(InvariantBroken, match="while links are shut no input to them is taken"):
        linked.turn(1, proofs=(proof,), shut=(KZ,))


def test_two_people_open_links_without_a_peer() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    country = linked[0]
    assert country.propose(Action("open_links", peer="TJ-RTGS")) == ReasonCode.LINK_CONTRACT_UNKNOWN
    country.agree(Action("open_links", peer=KG))
    assert country.system.peer_records.opened == {KG: country.system.last_time}
