"""Proofs of the statements of a durable batch: by addressee, in parts that an envelope takes."""

import attrs
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import Entry, digest, make_entry, own_request
from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS
from skontro.model import InvariantBroken
from skontro.service.peers.envelope import MAX_PROOFS
from skontro.service.sequencer import link_batches
from skontro.service.sequencer.link_batches import proofs_of
from skontro.system import LINK_STATEMENT, Batch, BatchKind
from skontro.system.mirror.peer_statements import addressee_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def text_for(addressee: str, number: int) -> bytes:
    return f'{{"addressee":"{addressee}","batch":{number}}}'.encode()


def entry_of(*addressees: str) -> Entry:
    texts = tuple(text_for(one, number) for number, one in enumerate(addressees))
    rows = np.array([(digest(one),) for one in texts], LINK_STATEMENT)
    batch = Batch(BatchKind.LINKS, 7, body="{}", statements=rows, statement_texts=texts)
    entry = make_entry(3, batch, own_request(0), bytes(32))
    return attrs.evolve(entry, signature=KEY.sign(entry.hash))


def parts(*addressees: str) -> list[tuple[str, list[int]]]:
    found = []
    for addressee, proof in proofs_of([entry_of(*addressees)]):
        assert proof.check(KEY.public_key()).batch == 3
        for one in proof.statements:
            assert one.content == text_for(addressee, one.index)
        found.append((addressee, [one.index for one in proof.statements]))
    return found


def test_each_addressee_has_a_proof_of_its_statements() -> None:
    assert parts() == []
    assert parts("A", "B", "A") == [("A", [0, 2]), ("B", [1])]
    first, second = entry_of("A"), attrs.evolve(entry_of("B"), number=4)
    assert [addressee for addressee, _ in proofs_of([first, second])] == ["A", "B"]


def test_a_proof_has_only_so_many_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_batches, "MAX_STATEMENTS", 2)
    assert parts("A", "B", "A", "A", "B") == [("A", [0, 2]), ("B", [1, 4]), ("A", [3])]
    assert parts("A", "A", "A", "A") == [("A", [0, 1]), ("A", [2, 3])]


@pytest.mark.parametrize(
    ("less", "expected"),
    [(0, [("A", [0, 1]), ("A", [2])]), (1, [("A", [0]), ("A", [1]), ("A", [2])])],
)
def test_a_proof_has_only_so_many_bytes(
    monkeypatch: pytest.MonkeyPatch, less: int, expected: list[tuple[str, list[int]]]
) -> None:
    size = len(text_for("A", 0) + text_for("A", 1))
    monkeypatch.setattr(link_batches, "MAX_STATEMENT_BYTES", size - less)
    assert parts("A", "A", "A") == expected


def test_one_statement_that_is_too_long_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_batches, "MAX_STATEMENT_BYTES", 1)
    assert parts("A", "A") == [("A", [0]), ("A", [1])]


def test_the_documented_limits() -> None:
    assert (MAX_PROOFS, MAX_STATEMENTS, MAX_STATEMENT_BYTES) == (64, 2_048, 600_000)


def test_the_addressee_is_read_from_the_bytes() -> None:
    assert addressee_of(text_for("KZ-RTGS", 1)) == "KZ-RTGS"
    for text in (b'{"batch":1,"addressee":"KZ-RTGS"}', b' {"addressee":"A"', b"{}"):
        with pytest.raises(InvariantBroken, match="a statement names its addressee"):
            addressee_of(text)
