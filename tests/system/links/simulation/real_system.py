"""A settlement system with an in-memory record of signed batches, for simulations of links.

It stands for a running service: a group of batches is durable together, and a restart reads the
newest snapshot and replays all batches after it, which must give the same bytes.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import attrs
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import CommandKind, Commands, EventKind, command
from skontro.ledger.entry import NO_HASH, Entry, chain_hash, content_hash, make_entry, own_request
from skontro.ledger.link_evidence import check_link_evidence, check_peer_statements
from skontro.ledger.link_proof import LinkProof
from skontro.model import (
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    content_digest,
    find_country,
    find_currency,
)
from skontro.model.signatures import is_signed
from skontro.system import LINK_STATEMENT, NO_SCREENING, Batch, Rules, SettlementSystem
from skontro.system.links.contract import (
    ContractSide,
    LinkContract,
    LinkedCurrency,
    LinkTimers,
    Officer,
)
from skontro.system.links.link_batch import LinkInputs, readiness_changed
from skontro.system.links.link_state import LinkState
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkTerms
from tests.service.systems import OFFICE_HOURS
from tests.system.links.instructed import D, F, G
from tests.system.links.simulation.plain_system import MINUTE

HOUR = 60 * MINUTE
#: The holder of earmarks, beside payer and payee of all legs.
HOLDER = "NBNKKZ22"
CURRENCIES = {D: "KZT", F: "UZS", G: "KGS"}
#: Batches between two snapshots.
_PER_SNAPSHOT = 8
_FINAL = (int(EventKind.SETTLED), int(EventKind.COMPLETED))

#: A statement, and the proof of it as it travels.
Sent = tuple[Statement, dict[str, Any]]


@cache
def key_of(system: str) -> Ed25519PrivateKey:
    """The key that signs a system's record."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(system.encode()).digest())


def _side(system: str, cap: int) -> ContractSide:
    people = [hashlib.sha256(f"{system} {n}".encode()).hexdigest() for n in range(2)]
    officers = [Officer(name, key) for name, key in zip(("Ada", "Ben"), people, strict=True)]
    linked = [LinkedCurrency(CURRENCIES[system], HOLDER, cap)]
    key = key_of(system).public_key().public_bytes_raw().hex()
    return ContractSide(system, f"Central Bank of {system}", key, officers, linked)


@cache
def contract_of(one: str, other: str, cap: int) -> LinkContract:
    """The contract between two systems, with a cap on the value in doubt of each."""
    return LinkContract(
        1, [_side(one, cap), _side(other, cap)], timers=LinkTimers(decide_within=30)
    )


@cache
def rules_of(name: str, cover: int, payee: int, rulebook: Rulebook) -> Rules:
    """The rules of a system with three participants."""
    currency, country = find_currency(CURRENCIES[name]), find_country("KAZ")
    balances = {"ALFAKZ22": cover, "BETAUZ22": payee, HOLDER: 0}
    directory = ParticipantDirectory(
        [Participant(bic, f"Bank {bic}", country) for bic in balances],
        [SettlementAccount(bic, currency, balance) for bic, balance in balances.items()],
    )
    return Rules(name, directory, rulebook, OFFICE_HOURS, screening=NO_SCREENING)


@attrs.frozen
class Recorded:
    """A batch of the record.

    Attributes:
        entry: with its statements' texts.
        paid: links whose own legs are final by it, once for each leg.
        stated: link, step, batch and time of each statement.
        snapshot: of the state after it, or empty.
    """

    entry: Entry
    paid: tuple[str, ...]
    stated: tuple[tuple[str, Step, int, int], ...]
    snapshot: bytes


class RealSystem:
    """A system of the simulation.

    Args:
        name: its identifier.
        offset: of its clock, microseconds.
        balances: of payer and payee, by BIC.
        contracts: by peer.
        rulebook: the mechanisms of settlement.
        begin: time of its clock at the begin of the simulation, without the offset.
    """

    def __init__(
        self,
        name: str,
        offset: int,
        balances: dict[str, int],
        contracts: Mapping[str, LinkContract],
        rulebook: Rulebook,
        begin: int,
    ) -> None:
        self.name, self.offset, self.contracts, self.begin = name, offset, contracts, begin
        self.rules = rules_of(name, balances["ALFAKZ22"], balances["BETAUZ22"], rulebook)
        self.money = sum(balances.values())
        self.record: list[Recorded] = []
        self.replayed = 0
        self.system = self._new()
        self.take_steps(begin)

    def _new(self) -> SettlementSystem:
        system = SettlementSystem(self.rules)
        for peer, contract in self.contracts.items():
            system.link_contracts.put(peer, contract)
        return system

    @property
    def batch(self) -> int:
        """The number of the newest batch."""
        return len(self.record) - 1

    @property
    def links(self) -> list[LinkState]:
        """The links that own banks instructed."""
        return [*self.system.links]

    @property
    def paid(self) -> set[str]:
        """Links whose own leg is final."""
        return {link for one in self.record for link in one.paid}

    @property
    def said(self) -> set[tuple[str, Step, int, int]]:
        """Link, step, batch and time of all statements of the record."""
        return {fact for one in self.record for fact in one.stated}

    def decide_by_of(self, link: str) -> int | None:
        """Decide-by, as far as it is known here."""
        state = self.system.links.get(link)
        return None if state is None else state.decide_by

    # -- crashes and backups

    def keep(self) -> list[Recorded]:
        """A backup of the record."""
        return list(self.record)

    def restore(self, kept: list[Recorded]) -> None:
        """Start again from a record, which is compared with its replay."""
        self.record = list(kept)
        self.system = self._new()
        first = next((at for at in reversed(range(len(kept))) if kept[at].snapshot), -1)
        if first >= 0:
            self.system.restore(kept[first].snapshot)
        self._replay(kept[first + 1 :])

    def _replay(self, record: Iterable[Recorded]) -> None:
        for one in record:
            inputs = attrs.evolve(one.entry.batch, statement_texts=())
            assert_same(self.system.replay(inputs), one.entry.batch)
            self.replayed += 1

    def check_record(self) -> None:
        """Chain, signatures, evidence and replay of the whole record, and the money."""
        previous = NO_HASH
        final = self.system.snapshot()
        for number, one in enumerate(self.record):
            entry = one.entry
            assert (entry.number, entry.previous_hash) == (number, previous)
            previous = chain_hash(previous, content_hash(entry.header, entry.commitments))
            assert entry.hash == previous
            check_link_evidence(entry, self.system.link_contracts)
        # The newest hash covers all batches; proofs have the signatures of those before.
        newest = self.record[-1].entry
        assert is_signed(key_of(self.name).public_key(), newest.hash, newest.signature)
        self.system = self._new()
        self._replay(self.record)
        assert self.system.snapshot() == final
        paid = Counter(link for one in self.record for link in one.paid)
        assert paid == {
            state.terms.link: len(state.legs) for state in self.links if paid[state.terms.link]
        }
        # All own legs are final in one batch.
        assert all(
            Counter(one.paid)[link] == paid[link] for one in self.record for link in one.paid
        )
        balances = self.system.engine.balances.tolist()
        assert sum(balances) == self.money
        assert min(balances) >= 0

    # -- batches

    def time(self, now: int) -> int:
        """Record time: the own clock, and always later than before."""
        return max(int(self.system.last_time) + 1, now + self.offset)

    def take_steps(self, now: int) -> None:
        """The steps of the business day that are due."""
        while (batch := self.system.step(self.time(now))) is not None:
            self._add(batch)

    def link(self, now: int, **inputs: Any) -> None:
        """A batch of links."""
        given = LinkInputs(**inputs)
        self._add(self.system.link(self.time(now), len(self.record), given))

    def submit(self, now: int, orders: Commands) -> None:
        """A batch of orders."""
        self._add(self.system.orders(self.time(now), orders))

    def pay(self, now: int, payer: int, amount: int, number: int) -> None:
        """A domestic payment between payer and payee, either way."""
        order = command(
            CommandKind.SUBMIT, 0, payer=payer, payee=1 - payer, amount=amount, payment_class=2
        )
        self.submit(now, order.evolve(uetr=uuid.UUID(int=number).bytes))

    def submit_leg(self, now: int, terms: LinkTerms) -> None:
        """The orders of the own legs."""
        find = self.system.directory.account_number
        for leg in terms.legs_of(self.name):
            order = command(
                CommandKind.SUBMIT_LINKED,
                0,
                payer=find(leg.payer, leg.currency),
                payee=find(leg.payee, leg.currency),
                amount=leg.amount,
                payment_class=2,
                latest=terms.valid_until,
            )
            self.submit(now, order.evolve(uetr=uuid.UUID(leg.uetr).bytes))

    def hear(self, now: int, proof: dict[str, Any]) -> None:
        """Statements of a peer, checked as at the edge of a service."""
        check_peer_statements(proof, self.system.link_contracts)
        self.link(now, proofs=(proof,))

    def group(self, now: int, work: Callable[["RealSystem"], object]) -> list[Sent]:
        """Steps that are due, then work, then what the own system has to say: durable together."""
        first = len(self.record)
        self.take_steps(now)
        work(self)
        if self.system.links.has_work(self.time(now)) or readiness_changed(self.system):
            self.link(now)
        return [sent for one in self.record[first:] for sent in proved(one.entry)]

    def _add(self, batch: Batch) -> None:
        number = len(self.record)
        previous = self.record[-1].entry.hash if self.record else NO_HASH
        entry = make_entry(number, batch, own_request(len(batch.commands)), previous)
        entry = attrs.evolve(entry, signature=key_of(self.name).sign(entry.hash))
        ends = batch.events[np.isin(batch.events["kind"], _FINAL)]["order"].tolist()
        paid = [link for order in ends if (link := self.system.links.link_of(order)) is not None]
        stated = [fact_of(Statement.from_text(text)) for text in batch.statement_texts]
        snapshot = self.system.snapshot() if number % _PER_SNAPSHOT == 0 else b""
        self.record.append(Recorded(entry, tuple(paid), tuple(stated), snapshot))


def fact_of(one: Statement) -> tuple[str, Step, int, int]:
    return one.link, one.step, one.batch, one.time


def proved(entry: Entry) -> list[Sent]:
    """The statements of a signed batch, each with a proof of its own."""
    texts = entry.batch.statement_texts
    proofs = LinkProof.of_each(entry, [{place: text} for place, text in enumerate(texts)])
    return [
        (Statement.from_text(text), proof.to_document())
        for text, proof in zip(texts, proofs, strict=True)
    ]


def forged(entry: Entry, lie: Statement) -> Sent:
    """A statement that the record does not have, as its own system proves it: with a false batch.

    Args:
        entry: the newest batch of the liar, in whose place the false one stands.
        lie: the statement.
    """
    text = lie.to_bytes()
    rows = np.array([(content_digest(text),)], LINK_STATEMENT)
    batch = attrs.evolve(entry.batch, time=max(entry.batch.time, lie.time))
    batch = attrs.evolve(batch, statements=rows, statement_texts=(text,))
    number = max(entry.number, lie.batch)
    false = make_entry(number, batch, own_request(len(batch.commands)), entry.previous_hash)
    signed = attrs.evolve(false, signature=key_of(lie.sender).sign(false.hash))
    (sent,) = proved(signed)
    return sent


def assert_same(one: Batch, other: Batch) -> None:
    """Compare all bytes of two batches."""
    assert (one.kind, one.time, one.body) == (other.kind, other.time, other.body)
    assert one.commands == other.commands
    assert one.statement_texts == other.statement_texts
    for name in ("events", "runs", "postings", "statements", "balances"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
