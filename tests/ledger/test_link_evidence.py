"""Statements of peers count with the proof that the peer's signed record has them."""

import json
from typing import Any

import attrs
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import Entry, digest, make_entry, own_request
from skontro.ledger.link_evidence import check_link_evidence, check_peer_statements
from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError, InvariantBroken
from skontro.system import LINK_STATEMENT, Batch, BatchKind
from skontro.system.links.contract import LinkContract
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.peer_records import Fork
from skontro.system.links.statements import Statement, Step
from tests.system.links.contracts import OWN, PEER, contract

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TIME = 1_795_780_800_000_000
LINK = "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"


def contracts(key: Ed25519PrivateKey = KEY) -> LinkContracts:
    made = contract("AAAAKZK0")
    public = key.public_key().public_bytes_raw().hex()
    sides = [
        attrs.evolve(side, public_key=public) if side.system == PEER else side
        for side in made.sides
    ]
    found = LinkContracts()
    found.put(PEER, LinkContract(1, sides))
    return found


def statement(**fields: Any) -> Statement:
    values = {"sender": PEER, "addressee": OWN, "terms": "ab" * 32, "batch": 7, "time": TIME}
    return Statement(**{"link": LINK, "step": Step.MATCH, **values, **fields})


def proof_of(*contents: bytes, number: int = 7, time: int = TIME) -> dict[str, Any]:
    rows = np.array([(digest(one),) for one in contents], LINK_STATEMENT)
    entry = make_entry(
        number, Batch(BatchKind.LINKS, time, statements=rows), own_request(0), bytes(32)
    )
    entry = attrs.evolve(entry, signature=KEY.sign(entry.hash))
    return LinkProof.of(entry, dict(enumerate(contents))).to_document()


def test_proved_statements_are_read() -> None:
    one, other = statement(), statement(step=Step.READY, batch=6, time=TIME - 1)
    found = check_peer_statements(proof_of(one.to_bytes(), other.to_bytes()), contracts())
    assert (found.peer, found.statements) == (PEER, (one, other))
    assert (found.proof.batch, found.proof.time) == (7, TIME)


def test_a_check_holds_while_the_contract_has_the_same_key() -> None:
    found = check_peer_statements(proof_of(statement().to_bytes()), contracts())
    assert found.heard.document == proof_of(statement().to_bytes())
    assert check_peer_statements(found.heard, contracts()) == found
    assert found.holds(contracts())
    assert not found.holds(LinkContracts())
    assert not found.holds(contracts(Ed25519PrivateKey.generate()))
    assert not attrs.evolve(found, addressee="UZ-RTGS").holds(contracts())
    assert not attrs.evolve(found, peer="UZ-RTGS").holds(contracts())


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ([], "not of one sender"),
        ([statement().to_bytes(), statement(sender="UZ-RTGS").to_bytes()], "not of one sender"),
        ([statement(sender="UZ-RTGS").to_bytes()], "no contract with UZ-RTGS"),
        ([statement(addressee="UZ-RTGS").to_bytes()], "for another system"),
        ([statement(batch=8).to_bytes()], "later batch than the proof"),
        ([statement(time=TIME + 1).to_bytes()], "later batch than the proof"),
        ([b"text"], "not JSON"),
        ([b"[" * 100_000], "not JSON"),
        ([statement().to_bytes() + b" "], "not in its canonical form"),
        ([b"{}"], "statement"),
    ],
)
def test_other_statements_are_refused(contents: list[bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_peer_statements(proof_of(*contents), contracts())


def test_the_key_of_the_contract_must_have_signed() -> None:
    other = contracts(Ed25519PrivateKey.generate())
    with pytest.raises(InputError, match="signature is not that of the sender's key"):
        check_peer_statements(proof_of(statement().to_bytes()), other)


def _recorded(kind: BatchKind, *proofs: dict[str, Any], forks: tuple[Fork, ...] = ()) -> Entry:
    body = json.dumps({"proofs": list(proofs), "forks": [one.to_document() for one in forks]})
    return make_entry(9, Batch(kind, TIME, body=body), own_request(0), bytes(32))


def test_verification_checks_the_evidence_of_forks_in_the_record() -> None:
    fork = Fork(PEER, proof_of(), proof_of(time=TIME + 1))
    assert check_link_evidence(_recorded(BatchKind.LINKS, forks=(fork,)), contracts()) == []
    none = attrs.evolve(fork, second=fork.first)
    for wrong, why in (
        (none, "may be of one record"),
        (attrs.evolve(fork, peer="X"), "no contract"),
    ):
        with pytest.raises(InvariantBroken, match=f"batch 9: fork: .*{why}"):
            check_link_evidence(_recorded(BatchKind.LINKS, forks=(fork, wrong)), contracts())


def test_verification_checks_the_proofs_in_the_record() -> None:
    good = proof_of(statement().to_bytes())
    check_link_evidence(_recorded(BatchKind.LINKS, good, good), contracts())
    wrong = good | {"previous_hash": "11" * 32}
    with pytest.raises(InvariantBroken, match="batch 9, proof 1: link proof: the signature"):
        check_link_evidence(_recorded(BatchKind.LINKS, good, wrong), contracts())
    check_link_evidence(_recorded(BatchKind.DECISION, wrong), contracts())
