"""Linked systems with signed records in memory, whose statements are proved by these records."""

from typing import Any

import attrs

from skontro.ledger.entry import NO_HASH, Entry, make_entry, own_request
from skontro.ledger.link_evidence import check_link_evidence
from skontro.ledger.link_proof import LinkProof
from skontro.ledger.link_records import LinkRecord
from skontro.ledger.reconciled import Reconciliation
from skontro.ledger.reconciliation import reconcile
from skontro.system import Batch, SettlementSystem
from skontro.system.links.statements import Statement
from tests.system.links.linked_systems import Country, Linked, record_key


class RecordedLinks(Linked):
    """Countries that sign what they do; each statement is delivered with its proof."""

    def __init__(self, count: int = 2, **more: Any) -> None:
        super().__init__(count, **more)
        self.entries: dict[str, list[Entry]] = {one.id: [] for one in self.countries}
        self.records = {one.id: self.new_record(one.id) for one in self.countries}

    def new_record(self, name: str) -> LinkRecord:
        """The links of a record of which nothing was read yet."""
        return LinkRecord(record_key(name).public_key().public_bytes_raw().hex())

    def record(self, country: Country) -> None:
        """Sign and observe the batches that a country has made since."""
        entries = self.entries[country.id]
        for batch in country.batches[len(entries) :]:
            entry = signed(country.id, len(entries), batch, entries[-1] if entries else None)
            entries.append(entry)
            heard = check_link_evidence(entry, country.system.link_contracts)
            self.records[country.id].observe(entry, heard, country.system)

    def turn(self, number: int, **inputs: Any) -> Batch:
        country = self.countries[number]
        self.record(country)
        batch = country.link(**inputs)
        self.record(country)
        self.send(country)
        return batch

    def send(self, country: Country) -> None:
        """Send the statements of the last batch."""
        entry = self.entries[country.id][-1]
        for index, text in enumerate(entry.batch.statement_texts):
            proof = LinkProof.of(entry, {index: text}).to_document()
            self.waiting.append((Statement.from_text(text).addressee, proof))

    def reconcile(self, *countries: int) -> Reconciliation:
        """The records of these countries, or of all, as they are now."""
        for country in self.countries:
            self.record(country)
        chosen = [self.countries[one] for one in countries] or self.countries
        return reconcile([self.records[one.id] for one in chosen])

    def reconcile_as_read(self) -> Reconciliation:
        """The records as they were read."""
        return reconcile([*self.records.values()])

    def read_again(self, place: int, batches: int) -> LinkRecord:
        """The record of a country, replayed up to a number of batches."""
        country = self.countries[place]
        record, system = self.new_record(country.id), SettlementSystem(country.rules)
        for other in self.countries:
            if other is not country:
                system.link_contracts.put(other.id, self.contracts[country.id, other.id])
        for entry in self.entries[country.id][:batches]:
            again = attrs.evolve(entry, batch=system.replay(entry.batch))
            record.observe(again, check_link_evidence(entry, system.link_contracts), system)
        return record


def signed(name: str, number: int, batch: Batch, before: Entry | None) -> Entry:
    """A batch as a signed entry of a record."""
    previous = NO_HASH if before is None else before.hash
    entry = make_entry(number, batch, own_request(len(batch.commands)), previous)
    return attrs.evolve(entry, signature=record_key(name).sign(entry.hash))
