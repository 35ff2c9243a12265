"""The links in one verified record: statements heard and made, and money moved by each link.

Gathered while the record is replayed, so that each record is read once to be reconciled.
"""

import json
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import attrs

from skontro.ledger.entry import Entry
from skontro.ledger.link_evidence import PeerStatements
from skontro.model import InputError
from skontro.model.hash_tree import HASH_BYTES
from skontro.system import BatchKind, SettlementSystem
from skontro.system.batch import OUTSIDE, Records
from skontro.system.links.contract import LinkContract
from skontro.system.links.link_state import LinkState
from skontro.system.links.statements import STATEMENT_FORMAT, Step
from skontro.system.links.terms import LinkLeg

#: Batches after which other contracts may be in force.
_CHANGING: Final = (BatchKind.DECISION, BatchKind.STEP)


class Money(StrEnum):
    """Place of the money of a leg, by the postings of its order."""

    PAYER = "payer"  # never moved, or paid back
    EARMARKED = "earmarked"
    PAYEE = "payee"
    ELSEWHERE = "elsewhere"  # no rule of links posts it so


@attrs.frozen
class Fact:
    """A batch of a record, and its time in that record."""

    batch: int
    time: int


@attrs.frozen
class HeardBatch:
    """A batch of a peer's record, by a proof that the own record keeps.

    Attributes:
        peer: identifier of the system that signed it.
        batch: its number.
        hash: its hash.
        own_batch: the first batch of the own record that has a proof of it.
    """

    peer: str
    batch: int
    hash: bytes
    own_batch: int


class LinkRecord:
    """The links of one record, batch by batch.

        record = LinkRecord()
        verify(connection, observer=record.observe)
        [record.money(state) for state in record.system.links]

    Args:
        key: public key that signed the record, in hexadecimal.

    Attributes:
        contracts: all contracts that were in force, by digest in hexadecimal.
        heard: batches of peers with a proof in this record, by peer, number and hash.
        made: the last own statement of each step, by link and step.
        head: the last batch.
    """

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.contracts: dict[str, LinkContract] = {}
        self.heard: dict[tuple[str, int, bytes], HeardBatch] = {}
        self.made: dict[tuple[str, Step], Fact] = {}
        self.head = Fact(-1, 0)
        self._system: SettlementSystem | None = None
        self._hashes = bytearray()
        self._moved: dict[str, Counter[int]] = {}

    @property
    def system(self) -> SettlementSystem:
        """The settlement system after the last batch.

        Raises:
            InputError: the record has no batch.
        """
        if self._system is None:
            raise InputError("the record has no batch")
        return self._system

    @property
    def name(self) -> str:
        """The identifier of the system by its contracts; empty if it has none."""
        return "" if self._system is None else self._system.link_contracts.own_system

    def observe(self, entry: Entry, heard: list[PeerStatements], system: SettlementSystem) -> None:
        """Take the next batch.

        Args:
            entry: as the replay made it, with the texts of its statements.
            heard: statements of peers in it.
            system: after the batch.
        """
        self._system, self.head = system, Fact(entry.number, entry.batch.time)
        self._hashes += entry.hash
        if not self.contracts or entry.batch.kind in _CHANGING:
            self._note_contracts(system)
        for one in heard:
            proof = one.proof
            key = (one.peer, proof.batch, proof.hash)
            if key not in self.heard:
                self.heard[key] = HeardBatch(*key, entry.number)
        for text in entry.batch.statement_texts:
            made = json.loads(text)
            if made["format"] != STATEMENT_FORMAT:
                continue  # about a payment: its state has the fact
            fact = Fact(made["batch"], made["time"])
            self.made[made["link"], Step(made["step"])] = fact
        if len(system.links):
            self._note_postings(entry.batch.postings, system)

    def _note_contracts(self, system: SettlementSystem) -> None:
        for peer in system.link_contracts.peers:
            contract = system.link_contracts.get(peer)
            if contract is not None:
                self.contracts[contract.digest.hex()] = contract

    def _note_postings(self, postings: Records, system: SettlementSystem) -> None:
        # The subject of a liquidity transfer is a number of another kind.
        between = (postings["debit"] != OUTSIDE) & (postings["credit"] != OUTSIDE)
        for posting in postings[between]:
            link = system.links.link_of(int(posting["subject"]))
            if link is None:
                continue
            moved = self._moved.setdefault(link, Counter())
            amount = int(posting["amount"])
            moved[int(posting["debit"])] -= amount
            moved[int(posting["credit"])] += amount

    def hash_of(self, batch: int) -> bytes | None:
        """The hash of a batch; None after the head."""
        if not 0 <= batch <= self.head.batch:
            return None
        return bytes(self._hashes[batch * HASH_BYTES : (batch + 1) * HASH_BYTES])

    def legs(self, state: LinkState) -> list[LinkLeg]:
        """The legs of a link that this system settles."""
        return [leg for leg in state.terms.legs if leg.system == state.system]

    def money(self, state: LinkState) -> Money:
        """Where the postings of a link have left its money in this system."""
        moved = {account: net for account, net in self._movements(state).items() if net}
        legs = self.legs(state)
        if not moved:
            return Money.PAYER
        if moved == self._net([(leg.payee, leg) for leg in legs]):
            return Money.PAYEE
        return Money.EARMARKED if self.earmarks(state) else Money.ELSEWHERE

    def earmarks(self, state: LinkState) -> list[tuple[str, LinkLeg]]:
        """The earmarked legs of a link with the holder of the account that has the money.

        None if the money is not earmarked, by the postings.
        """
        moved = {account: net for account, net in self._movements(state).items() if net}
        for holders in self._earmark_holders(state):
            legs = [*zip(holders, self.legs(state), strict=True)]
            if moved and moved == self._net(legs):
                return legs
        return []

    def _movements(self, state: LinkState) -> Counter[int]:
        return self._moved.get(state.terms.link, Counter())

    def _net(self, legs: list[tuple[str, LinkLeg]]) -> dict[int, int]:
        """Net movements by account from the payers of legs to other holders."""
        net: Counter[int] = Counter()
        directory = self.system.directory
        for receiver, leg in legs:
            for bic, amount in ((leg.payer, -leg.amount), (receiver, leg.amount)):
                account = directory.account_number(bic, leg.currency)
                net[-1 if account is None else account] += amount
        return {account: amount for account, amount in net.items() if amount}

    def _earmark_holders(self, state: LinkState) -> Iterator[list[str]]:
        """Holders of the accounts for earmarks of a link's legs, by each contract there was."""
        decider = state.terms.decider
        for contract in self.contracts.values():
            if decider in (side.system for side in contract.sides) and decider != state.system:
                own = contract.other(decider)
                linked = [own.linked(leg.currency) for leg in self.legs(state)]
                yield ["" if one is None else one.earmark_account for one in linked]
