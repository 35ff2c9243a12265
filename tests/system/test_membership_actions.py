"""Participants, accounts and the rulebook change while the system runs, by two people."""

import datetime
import json
from typing import Any

import pytest

from skontro.engine import CommandKind, EventKind, command, to_records
from skontro.model import ReasonCode, Rulebook
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    Batch,
    Decision,
    DecisionKind,
    Person,
    Rules,
    SettlementSystem,
)
from skontro.system.acceptance import day_number
from skontro.system.credentials import Credentials, Key, Operator
from tests.service.systems import BANKS, DAY, MINUTE, NOON, OFFICE_HOURS, directory

CREDENTIALS = Credentials(
    (Key("C", BANKS[1], "Clara", f"{1:064x}"),),
    tuple(Operator(name, "operator", f"{n:064x}") for n, name in enumerate(("Anna", "Boris"))),
)
RULES = Rules(
    "Test",
    directory(1_000),
    Rulebook(),
    OFFICE_HOURS,
    credentials=CREDENTIALS,
    screening=NO_SCREENING,
)
ANNA, BORIS = Person("Anna", OPERATOR), Person("Boris", OPERATOR)
NEW = "DDDDTJ22"
ADMISSION: dict[str, Any] = {
    "participant": NEW,
    "name": "Bank of the Pamir",
    "country": "TJK",
    "currencies": ("TJS", "KZT"),
}
_TODAY = day_number(datetime.date(2026, 11, 24))


class Running:
    """A system that only what is asked of it moves on."""

    def __init__(self) -> None:
        self.system = SettlementSystem(RULES)
        self.steps: list[Batch] = []
        self.go_to(NOON)

    def go_to(self, time: int) -> None:
        while (batch := self.system.step(max(time, self.system.last_time + 1))) is not None:
            self.steps.append(batch)

    @property
    def now(self) -> int:
        return int(self.system.last_time) + 1

    def propose(self, action: Action) -> str:
        body = json.loads(
            self.system.decide(self.now, Decision(DecisionKind.PROPOSE, ANNA, action)).body
        )
        return ReasonCode(body["reason"]).name

    def agree(self, kind: str, **fields: Any) -> Batch:
        assert self.propose(Action(kind, **fields)) == "NONE"
        proposal = self.system.four_eyes.open[-1]
        act = Decision(DecisionKind.APPROVE, BORIS, proposal=proposal.number, hash=proposal.hash)
        return self.system.decide(self.now, act)

    def submit(self, payer: tuple[str, str], payee: str, amount: int, **fields: int) -> str:
        """What becomes of an order: why it is refused or warehoused, or its last event."""
        bic, currency = payer
        numbers = [self.system.directory.account_number(one, currency) for one in (bic, payee)]
        order = command(
            CommandKind.SUBMIT,
            0,
            payer=-1 if numbers[0] is None else numbers[0],
            payee=-1 if numbers[1] is None else numbers[1],
            amount=amount,
            payment_class=2,
            uetr=self.now.to_bytes(16, "little"),
            **fields,
        )
        batch = self.system.orders(self.now, order)
        acceptance = int(batch.commands.column("acceptance")[0])
        if acceptance:
            return "WAREHOUSED" if acceptance < 0 else ReasonCode(acceptance).name
        return EventKind(int(batch.events["kind"][-1])).name

    def balance(self, bic: str, currency: str) -> int:
        number = self.system.directory.account_number(bic, currency)
        assert number is not None
        return int(self.system.engine.balances[number])


@pytest.fixture
def running() -> Running:
    return Running()


def test_whoever_is_admitted_takes_part_at_once_beside_full_queues(running: Running) -> None:
    waits = running.submit((BANKS[0], "KZT"), BANKS[1], 5_000)
    assert waits == "QUEUED"
    before = [(a.bic, a.currency.code) for a in running.system.directory.accounts]
    running.agree("admit", **ADMISSION)
    accounts = [(a.bic, a.currency.code) for a in running.system.directory.accounts]
    assert accounts == [*before, (NEW, "KZT"), (NEW, "TJS")]
    assert running.submit((NEW, "KZT"), BANKS[0], 7) == "QUEUED"
    running.agree("transfer_in", participant=NEW, currency="KZT", amount=9_000)
    assert running.submit((NEW, "KZT"), BANKS[0], 4_500) == "SETTLED"
    # What it paid let the first order settle, too.
    assert running.balance(BANKS[0], "KZT") == 1_000 + 7 + 4_500 - 5_000
    running.system.engine.check()


def test_an_admission_for_a_coming_day_takes_effect_with_its_start(running: Running) -> None:
    running.agree("admit", effective_on="2026-11-25", **ADMISSION)
    assert NEW not in running.system.directory
    running.go_to(NOON + DAY - 5 * 60 * MINUTE)
    assert NEW not in running.system.directory
    running.go_to(NOON + DAY)
    assert running.system.directory.participant(NEW).name == "Bank of the Pamir"
    started = next(b for b in running.steps if '"agreed"' in b.body)
    assert json.loads(started.body)["agreed"] == [{"proposal": 0, "reason": 0}]


def test_an_account_in_a_new_currency(running: Running) -> None:
    for bic in BANKS[:2]:
        running.agree("open_account", participant=bic, currency="XOF")
    running.agree("transfer_in", participant=BANKS[0], currency="XOF", amount=10)
    assert running.submit((BANKS[0], "XOF"), BANKS[1], 10) == "SETTLED"
    assert [c.code for c in running.system.directory.currencies] == ["KZT", "RUB", "XOF"]
    assert running.system.clock.phases["XOF"] == running.system.clock.phase


def test_whoever_leaves_is_paid_out_and_pays_no_more(running: Running) -> None:
    leaver = BANKS[1]
    running.agree("set_credit_line", participant=leaver, currency="KZT", amount=500)
    running.agree("set_standing_net_sender_limit", participant=leaver, currency="KZT", amount=50)
    for payer, payee in ((leaver, BANKS[0]), (BANKS[0], leaver), (BANKS[0], BANKS[2])):
        assert running.submit((payer, "KZT"), payee, 5, value_date=_TODAY + 1) == "WAREHOUSED"
    assert running.submit((BANKS[2], "KZT"), leaver, 5_000) == "QUEUED"
    running.agree("exit", participant=leaver, effective_on="2026-11-25")
    assert running.submit((BANKS[2], "RUB"), leaver, 5) == "SETTLED"
    running.go_to(NOON + DAY)
    exit_ = next(b for b in running.steps if '"agreed"' in b.body)
    rows = to_records(exit_.commands)
    refused = rows[rows["acceptance"] != 0]
    assert [ReasonCode(int(r)).name for r in refused["acceptance"]] == ["PARTICIPANT_LEFT"] * 2
    assert sorted(exit_.postings["amount"].tolist()) == [1_000, 1_005]
    assert [running.balance(leaver, code) for code in ("KZT", "RUB")] == [0, 0]
    assert running.submit((leaver, "KZT"), BANKS[0], 1) == "PARTICIPANT_LEFT"
    assert running.submit((BANKS[0], "KZT"), leaver, 1) == "PARTICIPANT_LEFT"
    assert running.balance(BANKS[2], "KZT") == 1_005
    assert running.system.credentials.keys == ()
    for kind in ("suspend", "exit", "set_credit_line", "open_account"):
        fields = {
            "exit": {"effective_on": "2026-11-27"},
            "set_credit_line": {"currency": "KZT", "amount": 1},
            "open_account": {"currency": "XOF"},
        }.get(kind, {})
        assert running.propose(Action(kind, participant=leaver, **fields)) == "PARTICIPANT_LEFT"
    running.system.engine.check()


def test_whoever_owes_does_not_leave_but_is_suspended(running: Running) -> None:
    leaver = BANKS[1]
    running.agree("set_credit_line", participant=leaver, currency="KZT", amount=500)
    assert running.submit((leaver, "KZT"), BANKS[0], 1_400) == "SETTLED"
    running.agree("exit", participant=leaver, effective_on="2026-11-25")
    running.go_to(NOON + DAY)
    exit_ = next(b for b in running.steps if '"agreed"' in b.body)
    assert json.loads(exit_.body)["agreed"][0]["reason"] == int(ReasonCode.ACCOUNT_OVERDRAWN)
    assert running.balance(leaver, "KZT") == -400
    assert running.submit((leaver, "RUB"), BANKS[0], 1) == "PARTICIPANT_SUSPENDED"


def test_the_rulebook_of_a_coming_day(running: Running) -> None:
    runs = [{"algorithm": "greatest_fifo_set", "at": ["12:30"]}]
    running.agree(
        "set_rulebook",
        rulebook={"offset_on_entry": True, "offsetting": runs},
        effective_on="2026-11-25",
    )

    def crossed() -> list[str]:
        pays = (((BANKS[0], "KZT"), BANKS[1]), ((BANKS[1], "KZT"), BANKS[0]))
        return [running.submit(payer, payee, 5_000) for payer, payee in pays]

    assert crossed() == ["QUEUED", "QUEUED"]
    running.go_to(NOON + DAY)
    assert crossed() == ["QUEUED", "OFFSETTING_RAN"]
    dues = [step.due for step in running.system.clock.steps if step.kind == "offset"]
    assert dues == [NOON + DAY + 30 * MINUTE]


def test_a_standing_limit_is_in_force_from_the_next_opening(running: Running) -> None:
    for day, amount in ((1, 30), (2, None)):
        running.agree(
            "set_standing_bilateral_limit",
            participant=BANKS[0],
            currency="KZT",
            counterparty=BANKS[1],
            amount=amount,
        )
        before = running.submit((BANKS[0], "KZT"), BANKS[1], 31)
        assert before == ("SETTLED" if day == 1 else "QUEUED")
        running.go_to(NOON + day * DAY)
        after = running.submit((BANKS[0], "KZT"), BANKS[1], 31)
        assert after == ("QUEUED" if day == 1 else "SETTLED")


@pytest.mark.parametrize(
    ("kind", "changed", "reason"),
    [
        ("admit", {"participant": BANKS[0]}, "PARTICIPANT_KNOWN"),
        ("admit", {"participant": "NOBIC"}, "FIELD_MALFORMED"),
        ("admit", {"name": " "}, "FIELD_MALFORMED"),
        ("admit", {"country": "ZZZ"}, "FIELD_MALFORMED"),
        ("admit", {"lei": "5493006MHB84DD0ZWV19"}, "FIELD_MALFORMED"),
        ("admit", {"currencies": ("KZT", "KZT")}, "FIELD_MALFORMED"),
        ("admit", {"currencies": ("XAU",)}, "UNKNOWN_CURRENCY"),
        ("admit", {"effective_on": "2026-11-28"}, "NO_BUSINESS_DAY"),
        ("admit", {"amount": 5}, "FIELD_MALFORMED"),
        ("open_account", {"participant": NEW, "currency": "KZT"}, "UNKNOWN_PARTICIPANT"),
        ("open_account", {"participant": BANKS[0], "currency": "KZT"}, "ACCOUNT_KNOWN"),
        ("open_account", {"participant": BANKS[0], "currency": "ABC"}, "UNKNOWN_CURRENCY"),
        # Withdrawn after 2022, before the days of this system.
        ("open_account", {"participant": BANKS[0], "currency": "HRK"}, "UNKNOWN_CURRENCY"),
        ("admit", {"currencies": ("SLL",)}, "UNKNOWN_CURRENCY"),
        ("exit", {"participant": BANKS[0]}, "FIELD_MISSING"),
        ("exit", {"participant": NEW, "effective_on": "2026-11-25"}, "UNKNOWN_PARTICIPANT"),
        ("set_rulebook", {"rulebook": {}}, "FIELD_MISSING"),
        ("set_rulebook", {"rulebook": {"x": 1}, "effective_on": "2026-11-25"}, "FIELD_MALFORMED"),
        (
            "set_rulebook",
            {
                "rulebook": {"offsetting": [{"algorithm": "maximum_value", "at": ["12:00"]}]},
                "effective_on": "2026-11-25",
            },
            "UNKNOWN_ALGORITHM",
        ),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_proposed(
    running: Running, kind: str, changed: dict[str, Any], reason: str
) -> None:
    fields = (ADMISSION | changed) if kind == "admit" else changed
    before = running.system.directory
    assert running.propose(Action(kind, **fields)) == reason
    assert running.system.directory is before


def test_a_restart_between_changes_goes_on_as_if_there_were_none(running: Running) -> None:
    running.agree("admit", **ADMISSION)
    running.agree("exit", participant=BANKS[2], effective_on="2026-11-25")
    running.agree("set_rulebook", rulebook={"offset_on_entry": True}, effective_on="2026-11-25")
    restored = SettlementSystem(RULES)
    restored.restore(running.system.snapshot())
    other = Running()
    other.system = restored
    for one in (running, other):
        one.go_to(NOON + DAY)
        assert one.submit((BANKS[2], "KZT"), BANKS[0], 1) == "PARTICIPANT_LEFT"
        assert one.submit((NEW, "KZT"), BANKS[0], 1) == "QUEUED"
    assert running.system.snapshot() == other.system.snapshot()
