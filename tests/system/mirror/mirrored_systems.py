"""Real settlement systems of two countries with mirror accounts, without a network."""

import json
import uuid
from typing import Any

import attrs

from skontro.engine import CommandKind, Commands, command
from skontro.model import (
    NO_DETAILS,
    Participant,
    ParticipantDirectory,
    PaymentDetails,
    PaymentType,
    ReasonCode,
    Rulebook,
    ScreeningOutcome,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.system import NO_SCREENING, Action, Batch, Rules, ScreeningPolicy, SettlementSystem
from skontro.system.batch import BatchKind
from skontro.system.links.contract import ContractSide, LinkContract, LinkedCurrency, Officer
from skontro.system.mirror.own_orders import DueOrder, orders_due
from skontro.system.mirror.payment_table import Stage
from skontro.system.mirror.payment_terms import PaymentTerms
from tests.service.systems import MINUTE, NOON, OFFICE_HOURS
from tests.system.links.linked_systems import (
    CREDENTIALS,
    HEADER,
    Country,
    officer_keys,
    same_batch,
)

SYSTEMS = ("KZ-RTGS", "KG-RTGS")
CURRENCIES = ("KZT", "KGS")
BANKS = (("AAAAKZKA", "BBBBKZKB"), ("AAAAKG22", "BBBBKG22"))
#: The central banks: each has the other's vostro, and keeps the nostro at home.
CENTRAL = ("NBKZKZKX", "NBKGKG22")
_OPENING = 1_000_000
CREDIT = 10_000


class MirroredCountry(Country):
    """The system of one country, with accounts of its banks in both currencies."""

    def __init__(self, place: int, rulebook: Rulebook, screening: ScreeningPolicy) -> None:
        self.place, self.id, self.currency = place, SYSTEMS[place], CURRENCIES[place]
        self.banks = (*BANKS[place], CENTRAL[place])
        other = 1 - place
        country, home, foreign = (
            ("KAZ", "KGZ")[place],
            find_currency(self.currency),
            find_currency(CURRENCIES[other]),
        )
        participants = [*self.banks, CENTRAL[other]]
        accounts = [SettlementAccount(bic, home, _OPENING) for bic in BANKS[place]]
        # The earmark account and the vostro, then the banks' foreign accounts and the nostro.
        accounts += [SettlementAccount(CENTRAL[one], home, 0) for one in (place, other)]
        accounts += [SettlementAccount(bic, foreign, 0) for bic in BANKS[place]]
        accounts += [SettlementAccount(CENTRAL[place], foreign, 0, credit_line=CREDIT)]
        directory = ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(country)) for bic in participants],
            accounts,
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

    def side_with(self, cap: int) -> ContractSide:
        officers = [
            Officer(name, key.public_key().public_bytes_raw().hex())
            for name, key in zip(("Ada", "Ben"), officer_keys(self.id), strict=True)
        ]
        own, other = CENTRAL[self.place], CENTRAL[1 - self.place]
        linked = [LinkedCurrency(self.currency, own, cap, other, other)]
        key = self.id.encode().hex().zfill(64)
        return ContractSide(self.id, f"Central Bank of {self.id}", key, officers, linked)

    def balance(self, bic: str, currency: str) -> int:
        """The balance of an account, minor units."""
        number = self.system.directory.account_number(bic, currency)
        assert number is not None
        return int(self.system.engine.balances[number])

    def pay_at_home(self, amount: int, payer: int = 0, payee: int = 1) -> Batch:
        """A payment between the two banks in the own currency."""
        find = self.system.directory.account_number
        accounts = [find(self.banks[one], self.currency) for one in (payer, payee)]
        return self.pay(amount, *(-1 if one is None else one for one in accounts))

    def due(self) -> list[DueOrder]:
        return orders_due(self.system)

    def decide_hold(self, kind: str, uetr: str) -> ReasonCode:
        return self.agree(Action(kind, uetr=uetr))


class Mirrored:
    """Two countries with a contract; statements wait until they are delivered."""

    def __init__(
        self,
        *,
        cap: int = 10**9,
        rulebook: Rulebook | None = None,
        screening: ScreeningPolicy = NO_SCREENING,
        version: int = 1,
    ) -> None:
        book = Rulebook() if rulebook is None else rulebook
        self.countries = [MirroredCountry(place, book, screening) for place in range(2)]
        sides = [one.side_with(cap) for one in self.countries]
        self.contract = LinkContract(version, sides)
        for place, one in enumerate(self.countries):
            one.system.link_contracts.put(SYSTEMS[1 - place], self.contract)
        self.waiting: list[tuple[int, dict[str, Any]]] = []
        self.refused: list[list[str]] = []
        #: Outcome of the screening of orders that the systems submit.
        self.screened = ScreeningOutcome.PASSED

    def __getitem__(self, place: int) -> MirroredCountry:
        return self.countries[place]

    def terms(
        self,
        origin: int,
        amount: int,
        currency: str = "KZT",
        details: PaymentDetails = NO_DETAILS,
        **fields: Any,
    ) -> PaymentTerms:
        """The first bank of one country pays the first bank of the other."""
        values: dict[str, Any] = {
            "uetr": str(uuid.uuid4()),
            "origin": SYSTEMS[origin],
            "destination": SYSTEMS[1 - origin],
            "payer": BANKS[origin][0],
            "payee": BANKS[1 - origin][0],
            "currency": currency,
            "amount": amount,
            "contract": self.contract.digest.hex(),
            "payment_type": PaymentType.INTERBANK,
            "valid_until": NOON + 60 * MINUTE,
            "details": details,
        }
        return PaymentTerms(**values | fields)

    def pay(self, terms: PaymentTerms, **order: Any) -> None:
        """The payer's order, and the terms after it."""
        place = SYSTEMS.index(terms.origin)
        self[place].submit(leg_order(self[place], terms, **order))
        self.turn(place, payments=(terms,))

    def turn(self, place: int, **inputs: Any) -> Batch:
        """A batch of links in one country; its statements wait for delivery."""
        batch = self[place].link(**inputs)
        self.refused += json.loads(batch.body)["refused"]
        for text in batch.statement_texts:
            assert json.loads(text)["addressee"] == SYSTEMS[1 - place]
            self.waiting.append(
                (1 - place, {"header": HEADER, "statements": [{"content": text.decode()}]})
            )
        return batch

    def submit_due(self, place: int) -> int:
        """Screen and submit the orders that a system owes, as its service does."""
        due = self[place].due()
        for one in due:
            self[place].submit(one.order.evolve(screening=int(self.screened)))
        return len(due)

    def deliver(self, rounds: int = 20) -> None:
        """Deliver statements and submit orders until nothing more happens."""
        for _ in range(rounds):
            waiting, self.waiting = self.waiting, []
            for place, proof in waiting:
                self.turn(place, proofs=(proof,))
            submitted = sum(self.submit_due(place) for place in range(2))
            works = [one.system.payments.has_work for one in self.countries]
            for place in range(2):
                if works[place]:
                    self.turn(place)
            if not (waiting or submitted or any(works)):
                return
        raise AssertionError("the systems never stop talking")

    def stages(self, terms: PaymentTerms) -> list[Stage]:
        """How far the payment has come in its origin and in its destination."""
        places = [SYSTEMS.index(one) for one in (terms.origin, terms.destination)]
        found = [self[place].system.payments.get(terms.key) for place in places]
        return [Stage.UNKNOWN if one is None else one.stage for one in found]

    def check_replay(self) -> None:
        """Both records, replayed from the beginning and from snapshots, give the same batches."""
        for place, country in enumerate(self.countries):
            again = SettlementSystem(country.rules)
            again.link_contracts.put(SYSTEMS[1 - place], self.contract)
            for batch in country.batches:
                recorded = attrs.evolve(batch, statement_texts=())
                assert same_batch(again.replay(recorded), batch)
                other = SettlementSystem(country.rules)
                other.restore(again.snapshot())
                assert other.snapshot() == again.snapshot()
                again = other
            assert again.snapshot() == country.system.snapshot()


def leg_order(country: MirroredCountry, terms: PaymentTerms, **changed: Any) -> Commands:
    """The payer's order of a payment, to the mirror account."""
    directory = country.system.directory
    mirror = CENTRAL[1 - country.place]
    if terms.currency != country.currency:
        mirror = CENTRAL[country.place]
    fields: dict[str, Any] = {
        "payer": directory.account_number(terms.payer, terms.currency),
        "payee": directory.account_number(mirror, terms.currency),
        "amount": terms.amount,
        "payment_class": 2,
        "latest": terms.valid_until,
    }
    columns = {
        "payment_type": int(terms.payment_type),
        "uetr": [uuid.UUID(terms.uetr).bytes],
        "details": [terms.details.digest],
        "screening": int(ScreeningOutcome.PASSED),
    }
    commands = command(CommandKind.SUBMIT_LINKED, 0, **fields).evolve(**columns)
    return commands.evolve(**changed) if changed else commands


ORDERS = BatchKind.ORDERS
