"""The links from a batch to the head: each is followed, and what vouches for them is signed."""

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import chain, genesis, make_entry, own_request, writer_body
from skontro.ledger.chain import check_links
from skontro.ledger.entry import NO_HASH, commitments_of
from skontro.ledger.postgres.connection import Connection
from skontro.model import InvariantBroken
from skontro.system import Batch, BatchKind
from tests.ledger.records import record_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
#: The record is claimed with batches 3 and 6.
KINDS = [BatchKind.WRITER if number in (3, 6) else BatchKind.STEP for number in range(9)]
LAST = len(KINDS) - 1


@pytest.fixture(scope="module")
def url() -> str:
    entries = [genesis("the rules", 0)]
    for number, kind in enumerate(KINDS[1:], 1):
        batch = Batch(kind, number, body=writer_body(number))
        entries.append(make_entry(number, batch, own_request(0), entries[-1].hash))
    signed = [attrs.evolve(one, signature=KEY.sign(one.hash)) for one in entries]
    return record_of(signed)


@pytest.fixture(params=[1, 4, 10_000], autouse=True)
def _pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_PIECE", request.param)


def test_it_leads_from_any_batch_to_the_head(connection: Connection) -> None:
    for first in range(LAST + 1):
        check_links(connection, first, PUBLIC)
    with pytest.raises(InvariantBroken, match=f"a batch after {LAST + 1} is missing"):
        check_links(connection, LAST + 1, PUBLIC)


def test_a_gap_is_named(connection: Connection) -> None:
    connection.execute("DELETE FROM journal WHERE batch = 4")
    check_links(connection, 5, PUBLIC)
    for first in (0, 3, 4):
        with pytest.raises(InvariantBroken, match="batch 4 is missing"):
            check_links(connection, first, PUBLIC)


def test_a_head_that_goes_away_meanwhile_is_missed(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "last_batch", lambda _: LAST + 1)
    with pytest.raises(InvariantBroken, match="a batch after 2 is missing"):
        check_links(connection, 2, PUBLIC)


@pytest.mark.parametrize("column", ["previous_hash", "content", "hash"])
@pytest.mark.parametrize("number", [2, 3, LAST])
def test_a_changed_link_is_named(connection: Connection, number: int, column: str) -> None:
    connection.execute(
        f"UPDATE journal SET {column} = set_byte({column}, 3, get_byte({column}, 3) # 1) "
        f"WHERE batch = {number}".encode()
    )
    for first in {0, number - 1, number}:
        with pytest.raises(InvariantBroken, match=f"batch {number} does not follow"):
            check_links(connection, first, PUBLIC)
    if number < LAST and column == "content":
        check_links(connection, number + 1, PUBLIC)


def test_a_batch_hashed_anew_does_not_lead_on(connection: Connection) -> None:
    """It is right in itself, and the batch after it names another hash."""
    other = genesis("other rules", 0)
    connection.execute(
        "UPDATE journal SET body = 'other rules', content = %s, hash = %s WHERE batch = 0",
        [other.content, other.hash],
    )
    check_links(connection, 1, PUBLIC)
    with pytest.raises(InvariantBroken, match="batch 1 does not follow"):
        check_links(connection, 0, PUBLIC)


@pytest.mark.parametrize(("number", "matters"), [(2, True), (4, False), (5, True), (LAST, True)])
def test_the_head_and_what_each_claim_follows_are_signed(
    connection: Connection, number: int, matters: bool
) -> None:
    connection.execute("UPDATE journal SET signature = %s WHERE batch = %s", [bytes(64), number])
    if matters:
        with pytest.raises(InvariantBroken, match=f"batch {number}: the signature is not"):
            check_links(connection, 0, PUBLIC)
    else:
        check_links(connection, 0, PUBLIC)
    # What begins with the claim itself has nothing before it.
    if number < LAST:
        check_links(connection, number + 1, PUBLIC)


def test_an_entry_with_other_rows_or_another_body_has_other_hashes() -> None:
    entry = make_entry(3, Batch(BatchKind.ORDERS, 5, body="{}"), own_request(0), NO_HASH)
    assert entry.commitments == commitments_of(entry.rows, "{}")
    other = attrs.evolve(entry, batch=attrs.evolve(entry.batch, body="[]"))
    assert other.commitments == commitments_of(entry.rows, "[]") != entry.commitments
    requests = own_request(0, b"\1" * 32)
    changed = attrs.evolve(entry, rows={**entry.rows, "request": requests})
    assert changed.commitments == commitments_of(changed.rows, "{}") != entry.commitments
