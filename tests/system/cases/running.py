"""A small system whose people open cases and act in them, day by day."""

import json
from typing import Any

from skontro.engine import CommandKind, command, uetr_bytes
from skontro.model import OrderStatus, ReasonCode, Rulebook, derived_uetr
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    ActionKind,
    Batch,
    Decision,
    DecisionKind,
    Person,
    Rules,
    SettlementSystem,
)
from skontro.system.cases.case import Case, CaseOrder, CaseTerms, Delay
from skontro.system.cases.inputs import ActInCase, Opening, input_document
from skontro.system.cases.payments import case_orders_due
from skontro.system.credentials import Credentials, Key, Operator
from tests.service.systems import BANKS, DAY, NOON, OFFICE_HOURS, directory

A, B, C = BANKS
DIGEST = "ab" * 32
CREDENTIALS = Credentials(
    tuple(
        Key(f"{bic}-{name}", bic, name, f"{place}{number}".ljust(64, "0"))
        for place, bic in enumerate(BANKS)
        for number, name in enumerate(("Clara", "Dana"))
    ),
    tuple(Operator(name, "operator", f"{n:064x}") for n, name in enumerate(("Anna", "Boris"))),
)
RULES = Rules(
    "Test",
    directory(1_000_000),
    Rulebook(),
    OFFICE_HOURS,
    credentials=CREDENTIALS,
    screening=NO_SCREENING,
)


def people(side: str) -> tuple[Person, Person]:
    names = ("Anna", "Boris") if side == OPERATOR else ("Clara", "Dana")
    return Person(names[0], side), Person(names[1], side)


def uetr(number: int) -> str:
    return derived_uetr("order", str(number))


def settled(number: int = 1, amount: int = 50_000, **fields: Any) -> CaseOrder:
    given: dict[str, Any] = {
        "uetr": uetr(number),
        "payer": A,
        "payee": B,
        "currency": "KZT",
        "amount": amount,
        "status": OrderStatus.SETTLED,
        "date": "2026-11-20",
    }
    return CaseOrder(**(given | fields))


def terms(
    principal: int = 0, compensation: int = 0, number: int = 1, scheme: str = "", **delay: str
) -> CaseTerms:
    days = {"due_on": "2026-11-20", "settled_on": "2026-11-23"} | delay
    delays = (Delay(uetr(number), **days),) if compensation else ()
    return CaseTerms(principal, compensation, delays, scheme)


class Running:
    """A system in whose record only the calls of the test are.

    Attributes:
        system: in its current state.
        batches: all batches so far.
    """

    def __init__(self, rules: Rules = RULES, start: int = NOON) -> None:
        self.system = SettlementSystem(rules)
        self.batches: list[Batch] = []
        self.go_to(start)

    @property
    def now(self) -> int:
        return max(int(self.system.last_time), self.clock) + 1

    def go_to(self, time: int) -> None:
        """Take the steps due until a time, one day after the other, and submit orders due."""
        self.clock = int(self.system.last_time) if self.batches else time - 1
        while True:
            batch = self.system.step(max(time, int(self.system.last_time) + 1))
            if batch is None:
                break
            self.batches.append(batch)
        self.clock = max(time, int(self.system.last_time))

    def days(self, count: int) -> None:
        """Let so many calendar days pass, each with all of its steps."""
        for _ in range(count):
            self.go_to(self.clock - self.clock % DAY + DAY // 2 + DAY)

    def alone(self, side: str, kind: ActionKind, document: dict[str, Any]) -> str:
        act = Decision(DecisionKind.ACT, people(side)[0], _action(side, kind, document))
        return self._decided(act)[0]

    def together(self, side: str, kind: ActionKind, document: dict[str, Any]) -> str:
        one, other = people(side)
        reason, number = self._decided(
            Decision(DecisionKind.PROPOSE, one, _action(side, kind, document))
        )
        if reason != "NONE":
            return reason
        proposal = next(p for p in self.system.four_eyes.open if p.number == number)
        return self._decided(
            Decision(DecisionKind.APPROVE, other, proposal=number, hash=proposal.hash)
        )[0]

    def _decided(self, decision: Decision) -> tuple[str, int]:
        batch = self.system.decide(self.now, decision)
        self.batches.append(batch)
        body = json.loads(batch.body)
        return ReasonCode(body["reason"]).name, int(body["proposal"])

    def open(self, side: str, **fields: Any) -> str:
        given: dict[str, Any] = {"reference": f"REF-{self.system.cases.count}"} | fields
        return self.alone(side, ActionKind.OPEN_CASE, input_document(Opening(**given)))

    def act(self, side: str, number: int, act: str, **fields: Any) -> str:
        """An act by as many people as its row asks for."""
        case = self.system.cases.get(number)
        given: dict[str, Any] = {"seen": case.seen if case else 1} | fields
        document = input_document(ActInCase(number, act, **given))  # type: ignore[arg-type]
        reason = self.alone(side, ActionKind.ACT_IN_CASE, document)
        if reason == "SECOND_PERSON_NEEDED":
            return self.together(side, ActionKind.DECIDE_CASE, document)
        return reason

    def case(self, number: int = 0) -> Case:
        case = self.system.cases.get(number)
        assert case is not None
        return case

    def pay_due(self) -> list[Batch]:
        """Submit the orders that cases need now, as the live service does."""
        batches = []
        for due in case_orders_due(self.system):
            batches.append(self.system.orders(self.now, due.order))
            self.batches.append(batches[-1])
        return batches

    def submit(self, payer: str, payee: str, amount: int, uetr: str, currency: str = "KZT") -> None:
        accounts = [self.system.directory.account_number(bic, currency) for bic in (payer, payee)]
        order = command(
            CommandKind.SUBMIT,
            0,
            payer=accounts[0] or 0,
            payee=accounts[1] or 0,
            amount=amount,
            payment_class=2,
        ).evolve(uetr=[uetr_bytes(uetr)])
        self.batches.append(self.system.orders(self.now, order))

    def balance(self, bic: str, currency: str = "KZT") -> int:
        number = self.system.directory.account_number(bic, currency)
        assert number is not None
        return int(self.system.engine.balances[number])

    def agree(self, kind: str, **fields: Any) -> str:
        one, other = people(OPERATOR)
        reason, number = self._decided(
            Decision(DecisionKind.PROPOSE, one, Action(kind, **fields))  # type: ignore[arg-type]
        )
        if reason != "NONE":
            return reason
        proposal = next(p for p in self.system.four_eyes.open if p.number == number)
        return self._decided(
            Decision(DecisionKind.APPROVE, other, proposal=number, hash=proposal.hash)
        )[0]


def _action(side: str, kind: ActionKind, document: dict[str, Any]) -> Action:
    return Action(kind, participant=None if side == OPERATOR else side, case=document)
