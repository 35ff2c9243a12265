"""Statements about links are proved by the sender's signed batch, and by nothing else."""

import copy
import json
from typing import Any

import attrs
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.entry import HEADER_BYTES, Entry, digest, make_entry, own_request
from skontro.ledger.link_proof import MAX_STATEMENTS, CheckedProof, LinkProof
from skontro.ledger.postgres.tables import LINK_STATEMENTS, TABLES
from skontro.model import InputError
from skontro.system import LINK_STATEMENT, Batch, BatchKind

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
TIME = 1_795_780_800_000_000


def texts(count: int) -> list[bytes]:
    return [f'{{"link":{number},"step":"PREPARED"}}'.encode() for number in range(count)]


def entry_of(statements: list[bytes], number: int = 7) -> Entry:
    rows = np.array([(digest(one),) for one in statements], LINK_STATEMENT)
    batch = Batch(BatchKind.DECISION, TIME, body="{}", statements=rows)
    entry = make_entry(number, batch, own_request(0), b"\1" * 32)
    return attrs.evolve(entry, signature=KEY.sign(entry.hash))


def proof_of(count: int, *indices: int) -> LinkProof:
    contents = texts(count)
    return LinkProof.of(entry_of(contents), {index: contents[index] for index in indices})


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13])
def test_each_statement_of_a_batch_is_proved_by_itself(count: int) -> None:
    entry = entry_of(texts(count))
    for index in range(count):
        proof = proof_of(count, index)
        found = LinkProof.from_document(json.loads(json.dumps(proof.to_document())))
        assert found == proof
        assert found.check(PUBLIC) == CheckedProof(7, TIME, entry.hash, b"\1" * 32)
        assert found.statements[0].content == texts(count)[index]


def test_one_signature_serves_all_statements_and_none() -> None:
    everything = proof_of(5, 0, 1, 2, 3, 4)
    assert [one.index for one in everything.statements] == [0, 1, 2, 3, 4]
    assert everything.check(PUBLIC).batch == 7
    assert proof_of(0).check(PUBLIC) == CheckedProof(7, TIME, entry_of([]).hash, b"\1" * 32)


@pytest.mark.parametrize("indices", [(), (2,), (0, 3), (0, 1, 2, 3, 4)])
def test_the_head_of_a_proof_proves_the_same_batch(indices: tuple[int, ...]) -> None:
    proof = proof_of(5, *indices)
    assert bool(proof.path) == (len(indices) in {1, 2})
    assert proof.head == proof_of(5)
    assert proof.head.check(PUBLIC) == proof.check(PUBLIC)


def test_parts_of_a_batch_are_proved_as_each_alone() -> None:
    contents = texts(5)
    parts = [{3: contents[3], 1: contents[1]}, {}, {4: contents[4]}]
    proofs = LinkProof.of_each(entry_of(contents), parts)
    assert proofs == (proof_of(5, 1, 3), proof_of(5), proof_of(5, 4))


def test_the_table_of_statements_is_the_last_one_of_a_batch() -> None:
    # The proof counts on its place among the hashes of a batch.
    assert TABLES[-1] is LINK_STATEMENTS
    assert entry_of(texts(3)).counts == (1, 0, 0, 0, 0, 0, 3)


def test_another_statement_place_or_time_is_not_proved() -> None:
    proof = proof_of(5, 2)
    (one,) = proof.statements
    for changed in (
        attrs.evolve(one, content=one.content + b" "),
        attrs.evolve(one, index=3),
        attrs.evolve(one, index=5),
        attrs.evolve(one, index=-1),
    ):
        with pytest.raises(InputError, match=r"^link proof: "):
            attrs.evolve(proof, statements=(changed,)).check(PUBLIC)
    for path in (proof.path[:-1], (*proof.path, b"\0" * 32), proof.path[::-1]):
        with pytest.raises(InputError, match=r"^link proof: "):
            attrs.evolve(proof, path=path).check(PUBLIC)
    # Two where the second alone is wrong, and one that comes twice.
    two = proof_of(5, 2, 3)
    both = (two.statements[0], attrs.evolve(two.statements[1], content=b"another"))
    with pytest.raises(InputError, match="not among those of the batch"):
        attrs.evolve(two, statements=both).check(PUBLIC)
    with pytest.raises(InputError, match="the leaves do not rise"):
        attrs.evolve(proof, statements=(one, one)).check(PUBLIC)


def test_a_proof_without_statements_has_no_path() -> None:
    with pytest.raises(InputError, match=r"^link proof: the path is too long$"):
        attrs.evolve(proof_of(3), path=(bytes(32),)).check(PUBLIC)


@pytest.mark.parametrize("field", ["header", "previous_hash", "signature", "root"])
def test_a_changed_bit_is_found(field: str) -> None:
    proof = proof_of(3, 1)
    value = bytearray(getattr(proof, field))
    for place in (0, len(value) // 2, len(value) - 1):
        changed = bytearray(value)
        changed[place] ^= 1
        with pytest.raises(InputError, match=r"^link proof: "):
            attrs.evolve(proof, **{field: bytes(changed)}).check(PUBLIC)


def test_a_changed_hash_of_another_table_is_found() -> None:
    proof = proof_of(3, 1)
    for place in range(len(proof.others)):
        others = list(proof.others)
        others[place] = bytes(32)
        with pytest.raises(InputError, match="signature"):
            attrs.evolve(proof, others=tuple(others)).check(PUBLIC)


def test_the_key_of_another_system_proves_nothing() -> None:
    with pytest.raises(InputError, match="signature is not that of the sender's key"):
        proof_of(1, 0).check(Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("header",), "00"),
        (("header",), 7),
        (("others",), []),
        (("others",), "00" * 32),
        (("others", 0), "zz" * 32),
        (("others", 0), "AB" * 32),
        (("others", 0), " " + "0" * 63),
        (("previous_hash",), "00" * 31),
        (("signature",), "00" * 63),
        (("root",), None),
        (("statements",), {}),
        (("statements", 0), "text"),
        (("statements", 0, "content"), 1),
        (("statements", 0, "content"), "\ud800"),
        (("statements", 0, "index"), True),
        (("statements", 0, "index"), 1.0),
        (("path",), ["00" * 32] * 33),
        (("path",), {}),
        (("statements", 0, "path"), []),
        (("statements", 0, "extra"), 1),
        (("extra",), 1),
    ],
)
def test_malformed_proofs_are_refused(place: tuple[Any, ...], value: object) -> None:
    document = copy.deepcopy(proof_of(3, 1).to_document())
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InputError, match=r"^link proof: "):
        LinkProof.from_document(document)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("header",), "00" * 39, f"header: must be {2 * HEADER_BYTES} lower-case"),
        (("previous_hash",), "00" * 33, "previous_hash: must be 64 lower-case"),
        (("signature",), "00" * 65, "signature: must be 128 lower-case"),
        (("root",), "0" * 63, "root: must be 64 lower-case"),
        (("others",), ["00" * 32] * 5, "others: 5 hashes where 6 to 6 are expected"),
        (("others",), {}, "others: must be a list"),
        (("path",), ["00" * 32] * 33, "path: 33 hashes where 0 to 32 are"),
        (("statements",), [{}] * (MAX_STATEMENTS + 1), f"statements: more than {MAX_STATEMENTS}"),
        (("statements", 0, "index"), -1, "index: must be a whole number from 0"),
    ],
)
def test_the_refusal_names_the_field(place: tuple[Any, ...], value: object, message: str) -> None:
    document = copy.deepcopy(proof_of(3, 1).to_document())
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InputError, match=f"^link proof: {message}"):
        LinkProof.from_document(document)


def test_a_path_of_32_hashes_is_read() -> None:
    document = copy.deepcopy(proof_of(3, 1).to_document())
    document["path"] = ["00" * 32] * 32
    assert len(LinkProof.from_document(document).path) == 32


def test_as_many_statements_as_a_proof_may_have_are_read() -> None:
    document = proof_of(3, 1).to_document()
    document["statements"] *= MAX_STATEMENTS
    document["path"] = ["00" * 32] * 33
    read = LinkProof.from_document(document)
    assert (len(read.statements), len(read.path)) == (MAX_STATEMENTS, 33)


@pytest.mark.parametrize("value", [None, [], "text", {}])
def test_other_values_are_no_proof(value: object) -> None:
    with pytest.raises(InputError, match=r"^link proof: "):
        LinkProof.from_document(value)
