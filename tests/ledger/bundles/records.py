"""A small signed record in memory, as the source of bundles."""

import hashlib

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import uetr_text
from skontro.ledger import Entry, make_entry, own_request
from skontro.ledger.bundles.making import Attached, BundleContent, make_bundle
from skontro.ledger.keys import public_text
from skontro.ledger.postgres.tables import COMMANDS
from skontro.model import PaymentType
from skontro.model.text import canonical_text
from skontro.system import Batch, BatchKind
from tests.ledger.interrupted_record import RUB, InterruptedRecord, at, number

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = public_text(KEY)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER_PUBLIC = public_text(OTHER)


@attrs.frozen
class InMemory:
    """Entries of a record, signed, gone through for each question."""

    entries: list[Entry]
    key: Ed25519PrivateKey = KEY

    def batches_with(self, uetr: str) -> list[int]:
        wanted = bytes.fromhex(uetr.replace("-", ""))
        return [
            entry.number
            for entry in self.entries
            if wanted in [one.tobytes() for one in entry.rows[COMMANDS.name]["uetr"]]
        ]

    def batches_about(self, number: int, first: int) -> list[int]:
        return [
            entry.number
            for entry in self.entries[first:]
            if number in entry.batch.events["order"].tolist()
        ]

    def batch_at(self, time: int) -> int | None:
        return next((one.number for one in self.entries if one.batch.time == time), None)

    def entry(self, batch: int) -> Entry:
        entry = self.entries[batch]
        return attrs.evolve(entry, signature=self.key.sign(entry.hash))

    def last(self) -> int:
        return len(self.entries) - 1


@attrs.frozen
class Told:
    """A record, and orders of every status by name."""

    record: InterruptedRecord
    uetrs: dict[str, str]

    def bundle(self, *names: str, key: Ed25519PrivateKey = KEY, **other: object) -> bytes:
        uetrs = tuple(self.uetrs[name] for name in names)
        content = BundleContent(system="Test", uetrs=uetrs, **other)  # type: ignore[arg-type]
        source = InMemory(self.record.entries, key)
        return make_bundle(source, self.record.rules.directory, content, key)


def told() -> Told:
    """A day and a morning with orders that ended in different ways."""
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    found = {
        "settled": record.order(amount=20),
        "again": record.order(amount=20),
        "returned": record.order(amount=5_000),
        "warehoused": record.order(value_date=number(2)),
        "released": record.order(value_date=number(1), payer=1, payee=2),
    }
    record.run_to(at(0, 15, 30))
    found["rejected"] = record.order(currency=RUB, payment_type=PaymentType.CUSTOMER)
    record.run_to(at(1, 10))
    found["queued"] = record.order(amount=5_000)
    for place, act in enumerate(ACTS):
        note = {"case": 3, "act": act, "by": "claimant", "state": "answer due", "due": ""}
        body = canonical_text({"cases": [{"case": 2, "act": "remind"}, note]})
        batch, last = Batch(BatchKind.DECISION, at(1, 11, place), body=body), record.entries[-1]
        record.entries.append(make_entry(last.number + 1, batch, own_request(0), last.hash))
    return Told(record, {name: uetr_text(uetr) for name, uetr in found.items()})


#: Acts of a case, which batches of the record note.
ACTS = ("open", "add evidence")


CASE = {
    "number": 3,
    "history": [
        {
            "time": at(1, 11, place),
            "act": act,
            "by": "claimant",
            "state": "answer due",
            "evidence": [hashlib.sha256(b"<Document/>").hexdigest()] * place,
        }
        for place, act in enumerate(ACTS)
    ],
}
DOCUMENTS = (Attached("camt.056 in", b"<Document/>"), Attached("photo", bytes(range(40))))
