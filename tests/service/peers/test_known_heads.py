"""Batches that a peer has proved, and evidence that it has signed two records."""

import attrs
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import digest, make_entry, own_request
from skontro.ledger.forks import check_fork, contradict
from skontro.ledger.link_proof import CheckedProof, LinkProof, NotProved
from skontro.model import InputError
from skontro.service.peers import known_heads
from skontro.service.peers.known_heads import KnownHead, KnownHeads
from skontro.system import LINK_STATEMENT, Batch, BatchKind

KG = "KG-RTGS"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def proof(
    number: int, previous: bytes = bytes(32), time: int = 5
) -> tuple[LinkProof, CheckedProof]:
    entry = make_entry(number, Batch(BatchKind.LINKS, time), own_request(0), previous)
    made = LinkProof.of(attrs.evolve(entry, signature=KEY.sign(entry.hash)), {})
    return made, made.check(KEY.public_key())


def test_batches_of_one_record_are_no_fork() -> None:
    heads = KnownHeads(KG)
    assert heads.newest is None
    first = proof(7)
    second = proof(8, first[1].hash)
    far = proof(10)
    for one in (first, second, far, second, first):
        assert heads.add(*one) is None
    assert heads.newest is not None
    assert heads.newest.checked.batch == 10


def test_a_head_is_kept_without_statements_and_can_be_checked() -> None:
    rows = np.array([(digest(one),) for one in (b"a", b"b", b"c")], LINK_STATEMENT)
    batch = Batch(BatchKind.LINKS, 5, statements=rows)
    entry = make_entry(7, batch, own_request(0), bytes(32))
    made = LinkProof.of(attrs.evolve(entry, signature=KEY.sign(entry.hash)), {1: b"b"})
    heads = KnownHeads(KG)
    heads.add(made, made.check(KEY.public_key()))
    assert heads.newest is not None
    assert not heads.newest.proof.statements
    assert heads.newest.proof.check(KEY.public_key()) == heads.newest.checked


def test_two_batches_of_one_number_are_a_fork() -> None:
    heads = KnownHeads(KG)
    first, other = proof(7), proof(7, time=6)
    assert heads.add(*first) is None
    fork = heads.add(*other)
    assert fork is not None
    assert fork.peer == KG
    shown = check_fork(fork, KEY.public_key())
    assert [one.hash for one in shown] == [first[1].hash, other[1].hash]
    assert heads.add(*first) is not None, "the other one is remembered now"


@pytest.mark.parametrize("order", [1, -1])
def test_a_batch_that_follows_another_one_is_a_fork(order: int) -> None:
    heads = KnownHeads(KG)
    first, second = proof(7), proof(8, bytes([1] * 32))
    one, other = (first, second)[::order]
    assert heads.add(*one) is None
    fork = heads.add(*other)
    assert fork is not None
    shown = check_fork(fork, KEY.public_key())
    assert [one.batch for one in shown] == [7, 8]


def test_what_the_record_has_heard_counts() -> None:
    heads = KnownHeads(KG, KnownHead(*proof(7)))
    assert heads.newest is not None
    assert heads.add(*proof(7, time=6)) is not None


def test_old_batches_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_heads, "MAX_KNOWN", 2)
    heads = KnownHeads(KG)
    for number in (1, 3, 5):
        assert heads.add(*proof(number)) is None
    assert heads.add(*proof(1, time=6)) is None, "forgotten"
    assert heads.add(*proof(5, time=6)) is not None, "remembered"


def test_evidence_must_be_signed_and_contradict() -> None:
    heads = KnownHeads(KG)
    heads.add(*proof(7))
    fork = heads.add(*proof(7, time=6))
    assert fork is not None
    agrees = attrs.evolve(fork, second=fork.first)
    with pytest.raises(InputError, match=r"batches 7 and 7 may be of one record of KG-RTGS"):
        check_fork(agrees, KEY.public_key())
    with pytest.raises(NotProved, match="signature"):
        check_fork(fork, Ed25519PrivateKey.generate().public_key())


def test_batches_that_are_not_neighbours_may_be_of_one_record() -> None:
    first, third = proof(7)[1], proof(9)[1]
    assert not contradict(first, third)
    assert not contradict(third, first)
    assert contradict(proof(8)[1], first)
