"""Real settlement systems of several countries, linked without a network."""

import hashlib
import json
import uuid
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import CommandKind, Commands, command
from skontro.model import (
    Participant,
    ParticipantDirectory,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    Batch,
    Credentials,
    Decision,
    DecisionKind,
    Operator,
    Person,
    Rules,
    ScreeningPolicy,
    SettlementSystem,
)
from skontro.system.links.contract import (
    ContractSide,
    LinkContract,
    LinkedCurrency,
    LinkTimers,
    Officer,
)
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkLeg, LinkTerms
from tests.service.systems import MINUTE, NOON, OFFICE_HOURS

SECOND = 1_000_000
#: Begins like that of batch 7; the proof itself is checked at the edge of a service.
HEADER = f"{7:016x}"
ANNA, BORIS = Person("Anna", OPERATOR), Person("Boris", OPERATOR)
CREDENTIALS = Credentials(
    (),
    tuple(
        Operator(one.name, "operator", one.name.encode().hex().zfill(64)) for one in (ANNA, BORIS)
    ),
)
#: System, country, currency, and the banks: two that trade, and the holder of earmarks.
COUNTRIES = (
    ("KZ-RTGS", "KAZ", "KZT", ("AAAAKZKA", "BBBBKZKB", "NBKZKZKX")),
    ("KG-RTGS", "KGZ", "KGS", ("AAAAKG22", "BBBBKG22", "NBKGKG22")),
    ("UZ-RTGS", "UZB", "UZS", ("AAAAUZ22", "BBBBUZ22", "CBUZUZ22")),
)


def officer_keys(system: str) -> list[Ed25519PrivateKey]:
    """The keys of the two officers of a system."""
    digests = [hashlib.sha256(f"{system} {number}".encode()).digest() for number in range(2)]
    return [Ed25519PrivateKey.from_private_bytes(digest) for digest in digests]


def record_key(system: str) -> Ed25519PrivateKey:
    """The key that signs the record of a system."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(system.encode()).digest())


class Country:
    """The settlement system of one country."""

    def __init__(
        self,
        number: int,
        balance: int,
        rulebook: Rulebook,
        screening: ScreeningPolicy = NO_SCREENING,
    ) -> None:
        self.id, country, self.currency, self.banks = COUNTRIES[number]
        currency = find_currency(self.currency)
        directory = ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(country)) for bic in self.banks],
            [SettlementAccount(bic, currency, balance) for bic in self.banks[:2]]
            + [SettlementAccount(self.banks[2], currency, 0)],
        )
        self.rules = Rules(
            self.id,
            directory,
            rulebook,
            OFFICE_HOURS,
            credentials=CREDENTIALS,
            screening=screening,
        )
        self.system = SettlementSystem(self.rules)
        self.batches: list[Batch] = []
        self.go_to(NOON)

    @property
    def now(self) -> int:
        return int(self.system.last_time) + 1

    @property
    def side(self) -> ContractSide:
        keys = officer_keys(self.id)
        officers = [
            Officer(name, key.public_key().public_bytes_raw().hex())
            for name, key in zip(("Ada", "Ben"), keys, strict=True)
        ]
        linked = [LinkedCurrency(self.currency, self.banks[2], 10**9)]
        key = record_key(self.id).public_key().public_bytes_raw().hex()
        return ContractSide(self.id, f"Central Bank of {self.id}", key, officers, linked)

    @property
    def balances(self) -> list[int]:
        found: list[int] = self.system.engine.balances.tolist()
        return found

    def go_to(self, time: int) -> None:
        """Take the steps of the day that are due."""
        while (batch := self.system.step(max(time, self.now))) is not None:
            self.batches.append(batch)
        self.system.last_time = max(self.system.last_time, time)

    def link(self, **inputs: Any) -> Batch:
        """A batch of links."""
        batch = self.system.link(self.now, len(self.batches), LinkInputs(**inputs))
        self.batches.append(batch)
        return batch

    def submit(self, orders: Commands) -> Batch:
        """Orders of own banks."""
        batch = self.system.orders(self.now, orders)
        self.batches.append(batch)
        return batch

    def pay(self, amount: int, payer: int = 0, payee: int = 1) -> Batch:
        """A payment between two accounts, at once."""
        order = command(
            CommandKind.SUBMIT, 0, payer=payer, payee=payee, amount=amount, payment_class=2
        ).evolve(uetr=uuid.uuid4().bytes)
        return self.submit(order)

    def propose(self, action: Action) -> ReasonCode:
        """The answer to a proposal of the first operator."""
        return self._decide(Decision(DecisionKind.PROPOSE, ANNA, action))

    def agree(self, action: Action) -> ReasonCode:
        """The answer to the second operator's approval."""
        assert self.propose(action) == ReasonCode.NONE
        proposal = self.system.four_eyes.open[-1]
        act = Decision(DecisionKind.APPROVE, BORIS, proposal=proposal.number, hash=proposal.hash)
        return self._decide(act)

    def _decide(self, decision: Decision) -> ReasonCode:
        batch = self.system.decide(self.now, decision)
        self.batches.append(batch)
        return ReasonCode(json.loads(batch.body)["reason"])


class Linked:
    """Countries with contracts between all of them; statements wait until they are delivered."""

    def __init__(
        self,
        count: int = 2,
        balance: int = 1_000_000,
        rulebook: Rulebook | None = None,
        screening: ScreeningPolicy = NO_SCREENING,
        **timers: int,
    ) -> None:
        book = Rulebook() if rulebook is None else rulebook
        self.countries = [Country(number, balance, book, screening) for number in range(count)]
        self.by_id = {country.id: country for country in self.countries}
        self.contracts: dict[tuple[str, str], LinkContract] = {}
        for one in self.countries:
            for other in self.countries:
                if one is not other:
                    made = LinkContract(1, [one.side, other.side], timers=LinkTimers(**timers))
                    self.contracts[one.id, other.id] = made
                    one.system.link_contracts.put(other.id, made)
        self.waiting: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[list[str]] = []

    def __getitem__(self, number: int) -> Country:
        return self.countries[number]

    def terms(self, *amounts: int, until: int = NOON + 60 * MINUTE, **fields: Any) -> LinkTerms:
        """Terms by which the first bank of each country pays its second; the first decides."""
        decider = self.countries[0].id
        legs = [
            LinkLeg(
                country.id,
                str(uuid.uuid4()),
                *country.banks[:2],
                country.currency,
                amount,
                "" if place == 0 else self.contracts[decider, country.id].digest.hex(),
            )
            for place, (country, amount) in enumerate(zip(self.countries, amounts, strict=True))
        ]
        return LinkTerms(str(uuid.uuid4()), decider, tuple(legs), until, **fields)

    def instruct(self, terms: LinkTerms, *countries: int) -> list[Batch]:
        """Let the banks of these countries, or of all, instruct the terms."""
        batches = []
        for number in countries or range(len(self.countries)):
            country = self.countries[number]
            country.submit(leg_order(country, terms))
            batches.append(self.turn(number, terms=(terms,)))
        return batches

    def turn(self, number: int, **inputs: Any) -> Batch:
        """A batch of links in one country; its statements wait for delivery."""
        batch = self.countries[number].link(**inputs)
        body = json.loads(batch.body)
        self.refused += body["refused"]
        for text in batch.statement_texts:
            addressee = json.loads(text)["addressee"]
            proof = {"header": HEADER, "statements": [{"content": text.decode()}]}
            self.waiting.append((addressee, proof))
        return batch

    def deliver(self, rounds: int = 30) -> None:
        """Deliver all statements, and those that they lead to, until there are no more."""
        for _ in range(rounds):
            if not self.waiting:
                self.poll()
                if not self.waiting:
                    return
            waiting, self.waiting = self.waiting, []
            for addressee, proof in waiting:
                number = [one.id for one in self.countries].index(addressee)
                self.turn(number, proofs=(proof,))
        raise AssertionError("the systems never stop talking")

    def poll(self) -> None:
        """A batch without inputs in each country."""
        for number in range(len(self.countries)):
            self.turn(number)

    def phases(self, terms: LinkTerms) -> list[Phase]:
        """How far the link has come in each country."""
        states = [country.system.links.get(terms.link) for country in self.countries]
        return [Phase.UNKNOWN if state is None else state.phase for state in states]

    def check_replay(self) -> None:
        """Every record, replayed from the beginning and from a snapshot, gives the same batches."""
        for country in self.countries:
            again = SettlementSystem(country.rules)
            for peer in self.countries:
                if peer is not country:
                    again.link_contracts.put(peer.id, self.contracts[country.id, peer.id])
            for batch in country.batches:
                assert same_batch(again.replay(_as_recorded(batch)), batch)
                other = SettlementSystem(country.rules)
                other.restore(again.snapshot())
                assert other.snapshot() == again.snapshot()
                again = other
            assert again.snapshot() == country.system.snapshot()


def leg_order(country: Country, terms: LinkTerms) -> Commands:
    """The order of a country's only leg of a link."""
    [leg] = terms.legs_of(country.id)
    return order_of(country, leg, terms.valid_until)


def order_of(country: Country, leg: LinkLeg, latest: int) -> Commands:
    """The order of a leg."""
    payer, payee = country.banks.index(leg.payer), country.banks.index(leg.payee)
    return command(
        CommandKind.SUBMIT_LINKED,
        0,
        payer=payer,
        payee=payee,
        amount=leg.amount,
        payment_class=2,
        latest=latest,
    ).evolve(uetr=uuid.UUID(leg.uetr).bytes)


def _as_recorded(batch: Batch) -> Batch:
    """Only the inputs."""
    return attrs.evolve(batch, statement_texts=())


def same_batch(one: Batch, other: Batch) -> bool:
    """Whether two batches have the same content."""
    return (
        (one.kind, one.time, one.body) == (other.kind, other.time, other.body)
        and one.commands == other.commands
        and all(
            getattr(one, name).tobytes() == getattr(other, name).tobytes()
            for name in ("events", "postings", "statements", "balances")
        )
    )
