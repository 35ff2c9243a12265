"""The kept head, keys and the lease, each by itself: what is written, read, refused and said."""

import json
import socket
import threading
from os import getpid
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from skontro.ledger import (
    Head,
    HeadRefused,
    KeptHead,
    RecordInUse,
    genesis,
    lease,
)
from skontro.ledger.head_file import compare_with_record, read_head, write_head
from skontro.ledger.journal import _bytes
from skontro.ledger.keys import (
    make_private_key,
    public_key,
    public_text,
    read_private_key,
    refuse_other_key,
)
from skontro.ledger.lease import (
    Holder,
    Lease,
    read_lease,
    refuse_renewed,
    release_lease,
    renew_lease,
    take_lease,
    wait_until_free,
)
from skontro.ledger.postgres.connection import Connection
from skontro.model import InputError, InvariantBroken
from skontro.model.signatures import is_signed
from tests.ledger.records import record_of

KEPT = KeptHead(7, bytes(range(32)), bytes(range(64)), 3)
FIRST = genesis("the rules", 5)


@pytest.fixture(scope="module")
def url() -> str:
    return record_of([FIRST])


def test_a_head_is_kept_as_a_text_that_people_can_read(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    assert read_head(path) is None
    write_head(path, KeptHead.of(Head(7, 99, bytes(range(32)), bytes(range(64))), 3))
    document = {
        "format": "skontro head",
        "batch": 7,
        "hash": bytes(range(32)).hex(),
        "signature": bytes(range(64)).hex(),
        "epoch": 3,
    }
    assert path.read_text() == json.dumps(document, indent=2) + "\n"
    assert read_head(path) == KEPT
    for name, value in (("batch", 0), ("batch", 2**63 - 1), ("epoch", 0), ("epoch", 2**63 - 1)):
        path.write_text(json.dumps(document | {name: value}))
        assert read_head(path) == attrs.evolve(KEPT, **{name: value})
    for name, value, said in (
        ("format", "another", "its format is 'another'"),
        ("batch", -1, "whole numbers"),
        ("batch", 2**63, "whole numbers"),
        ("epoch", True, "whole numbers"),
        ("epoch", 1.0, "whole numbers"),
        ("hash", "xy", "cannot be read"),
        ("signature", 5, "cannot be read"),
    ):
        path.write_text(json.dumps(document | {name: value}))
        with pytest.raises(InputError, match=f"head.json: the head of the record.*{said}"):
            read_head(path)
    for name in document:
        path.write_text(json.dumps({k: v for k, v in document.items() if k != name}))
        with pytest.raises(InputError, match=f"'{name}'"):
            read_head(path)


def test_a_record_is_held_against_the_kept_head(connection: Connection) -> None:
    head, nothing = Head(0, 5, FIRST.hash), Head(-1, 0, bytes(32))
    same = attrs.evolve(KEPT, batch=0, hash=FIRST.hash)
    for accepted in (None, "00" * 32):
        assert compare_with_record(connection, same, head, accepted) is None
    other = attrs.evolve(KEPT, batch=0)
    for kept, now, accepted, said in (
        (KEPT, head, None, f"ends with batch 0 with hash {FIRST.hash.hex()}, but batch 7 was"),
        (KEPT, head, "ab" * 32, f"--accept-head {FIRST.hash.hex()}"),
        (KEPT, nothing, None, "ends with nothing, but batch 7"),
        (KEPT, nothing, "00" * 32, "--accept-head HASH"),
        (other, head, None, "has another batch 0 than the one that was written"),
        (other, head, None, f"kept head: {KEPT.hash.hex()}"),
    ):
        with pytest.raises(HeadRefused, match=said):
            compare_with_record(connection, kept, now, accepted)
    said = compare_with_record(connection, KEPT, head, FIRST.hash.hex().upper())
    assert said == {
        "accepted_head": {"batch": 0, "hash": FIRST.hash.hex()},
        "instead_of": {"batch": 7, "epoch": 3, "hash": KEPT.hash.hex()},
    }


def test_a_key_is_only_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    key = make_private_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_text(read_private_key(path)) == public_text(key) == public_text(key.public_key())
    with pytest.raises(InputError):
        make_private_key(path)
    for bit in range(6):
        path.chmod(0o600 | 1 << bit)
        with pytest.raises(InputError, match="others may read this key; chmod 600 it"):
            read_private_key(path)
    for mode in (0o700, 0o400, 0o600):
        path.chmod(mode)
        read_private_key(path)
    other = X25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(InputError, match="this is not an Ed25519 key"):
        read_private_key(path)
    path.write_text("no key")
    with pytest.raises(InputError, match="the key cannot be read"):
        read_private_key(path)


def test_a_signature_is_over_its_content_by_its_key() -> None:
    key, other = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
    signature = key.sign(b"content")
    assert is_signed(key.public_key(), b"content", signature)
    assert not is_signed(other.public_key(), b"content", signature)
    assert not is_signed(key.public_key(), b"contents", signature)
    text = public_text(key)
    assert public_text(public_key(text.upper())) == text
    for wrong in ("", "00", text + "00", "x" * 64):
        with pytest.raises(InputError, match="is not a public key of 64 hexadecimal digits"):
            public_key(wrong)
    for recorded, trusted in (
        (text, None),
        (text, text),
        (text, text.upper()),
        (text.upper(), text),
    ):
        refuse_other_key(recorded, trusted)
    with pytest.raises(InvariantBroken, match=f"with {text}, and the key of the system is 00"):
        refuse_other_key(text, "00")


def test_a_digest_is_bytes_in_whatever_form() -> None:
    assert {_bytes(kind(b"a")) for kind in (bytes, bytearray, memoryview)} == {b"a"}
    with pytest.raises(InvariantBroken, match="'a' is not a digest"):
        _bytes("a")


def test_a_lease_is_taken_renewed_and_given_up(connection: Connection) -> None:
    connection.execute("DELETE FROM lease")
    assert read_lease(connection) == Lease(Holder("nobody", ""), 0, None, 0.0)
    take_lease(connection, Holder("one", "process one"), 4)
    first = read_lease(connection, lock=True)
    assert (first.holder, first.epoch) == (Holder("one", "process one"), 4)
    assert first.renewed is not None
    assert not first.is_free
    assert not renew_lease(connection, 3)
    assert read_lease(connection).renewed == first.renewed
    assert renew_lease(connection, 4)
    renewed = read_lease(connection)
    assert renewed.renewed != first.renewed
    connection.execute("UPDATE lease SET renewed = clock_timestamp() - interval '90 s'")
    assert 90 <= read_lease(connection).age < 3_600
    release_lease(connection, 3)
    assert not read_lease(connection).is_free
    release_lease(connection, 4)
    given_up = read_lease(connection)
    assert (given_up.is_free, given_up.renewed, given_up.age) == (True, None, 0.0)
    take_lease(connection, Holder("two", ""), 5)
    taken = read_lease(connection)
    assert (taken.holder.name, taken.epoch, taken.is_free) == ("two", 5, False)


def test_a_process_is_named_for_people_and_for_others_on_the_machine() -> None:
    this = Holder.this_process()
    assert this.name == f"process {getpid()} on {socket.gethostname()}"
    boot, space, number, began = this.process.split()
    assert (number, space.startswith("pid:")) == (str(getpid()), True)
    assert len(boot) == 36
    assert int(began) > 0
    assert Holder("", f"{boot} {space} 99999999 1").is_gone
    for process in (f"x {space} 99999999 1", f"{boot} x 99999999 1", f"{boot} {space} 99999999"):
        assert not Holder("", process).is_gone


class Looks:
    """Leases as they are found one after the other; the last one stays."""

    def __init__(self, *leases: Lease) -> None:
        self.leases = [*leases]

    def __call__(self, _: object) -> Lease:
        return self.leases.pop(0) if len(self.leases) > 1 else self.leases[0]


HELD = Lease(Holder("the writer", "unknown here"), 2, "12:00", 1.25)
RENEWED = attrs.evolve(HELD, renewed="12:01")
FREE = attrs.evolve(HELD, renewed=None)


@pytest.mark.parametrize(
    ("looks", "seconds", "found", "told"),
    [
        ((FREE,), 60.0, FREE, 0),
        ((HELD, HELD, FREE, RENEWED), 60.0, FREE, 1),
        ((HELD, HELD), 0.0, HELD, 1),
    ],
)
def test_a_lease_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
    looks: tuple[Lease, ...],
    seconds: float,
    found: Lease,
    told: int,
) -> None:
    monkeypatch.setattr(lease, "read_lease", Looks(*looks))
    monkeypatch.setattr(lease, "LEASE_SECONDS", seconds)
    monkeypatch.setattr(lease, "_LOOK", 0.0)
    heard: list[Lease] = []
    assert wait_until_free(None, heard.append, threading.Event()) == found  # type: ignore[arg-type]
    assert heard == [HELD] * told


def test_a_wait_ends_when_the_holder_lives_or_nobody_wants_it_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lease, "_LOOK", 0.0)
    monkeypatch.setattr(lease, "read_lease", Looks(HELD, HELD, RENEWED))
    with pytest.raises(RecordInUse, match=r"the writer writes .* renewed its lease 1\.2 s ago"):
        wait_until_free(None, lambda _: None, threading.Event())  # type: ignore[arg-type]
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(lease, "read_lease", Looks(HELD, RENEWED))
    assert wait_until_free(None, lambda _: None, stopping) == HELD  # type: ignore[arg-type]


def test_only_a_renewed_lease_shows_that_the_holder_lives() -> None:
    for before, now in ((HELD, HELD), (HELD, FREE), (FREE, FREE)):
        refuse_renewed(before, now)
    for before, now in ((HELD, RENEWED), (FREE, HELD), (HELD, attrs.evolve(HELD, epoch=3))):
        with pytest.raises(RecordInUse, match="--take-over"):
            refuse_renewed(before, now)
    with pytest.raises(RecordInUse, match=r"lease 0\.0 s ago"):
        refuse_renewed(HELD, attrs.evolve(RENEWED, age=-3.0))
