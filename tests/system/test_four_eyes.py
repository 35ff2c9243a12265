"""What people are shown, room for proposals, lapse, agreement for a coming day."""

import hashlib
import json
from typing import Any

import pytest

from skontro.model import ReasonCode, Rulebook
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    Batch,
    Credentials,
    Decision,
    DecisionKind,
    Key,
    Operator,
    Person,
    SettlementSystem,
    TooManyProposals,
)
from skontro.system.four_eyes import (
    MAX_OF_OPERATOR,
    MAX_OF_OPERATORS_PERSON,
    MAX_OF_PARTICIPANT,
    MAX_OF_PARTICIPANTS_PERSON,
    PROPOSAL_LIFETIME,
)
from skontro.system.settlement_system import Rules
from tests.service.systems import BANKS, DAY, MINUTE, NOON, OFFICE_HOURS, directory

ANNA, BORIS = Person("Anna", OPERATOR), Person("Boris", OPERATOR)
CLARA, DINA = Person("Clara", BANKS[0]), Person("Dina", BANKS[0])
LINE = Action("set_credit_line", participant=BANKS[0], currency="RUB", amount=10_000_000)
LIMIT = Action("set_net_sender_limit", participant=BANKS[0], currency="KZT", amount=5)


def credentials() -> Credentials:
    """Of everybody who acts in these tests."""
    names = {side: [f"Person {number}" for number in range(300)] for side in (OPERATOR, BANKS[0])}
    names[OPERATOR] += ["Anna", "Boris"]
    names[BANKS[0]] += ["Clara", "Dina"]
    names[BANKS[1]] = ["Else"]
    return Credentials(
        tuple(
            Key(f"{bic}-{name}", bic, name, hashlib.sha256(f"{bic} {name}".encode()).hexdigest())
            for bic in BANKS[:2]
            for name in names[bic]
        ),
        tuple(
            Operator(name, "operator", hashlib.sha256(name.encode()).hexdigest())
            for name in names[OPERATOR]
        ),
    )


CREDENTIALS = credentials()


class Operated:
    """A system at noon, and how its people act on it."""

    def __init__(self, calendar: Any = OFFICE_HOURS) -> None:
        rules = Rules(
            "Test",
            directory(1_000_000),
            Rulebook(),
            calendar,
            credentials=CREDENTIALS,
            screening=NO_SCREENING,
        )
        self.system, self.now = SettlementSystem(rules), NOON
        self.come_to(NOON)

    def come_to(self, time: int) -> None:
        self.now = max(time, self.system.last_time + 1)
        while self.system.step(self.now) is not None:
            self.now += 1

    def decide(self, *arguments: Any, **fields: Any) -> Batch:
        self.now += 1
        return self.system.decide(self.now, Decision(*arguments, **fields))

    def propose(self, action: Action, person: Person = ANNA) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.decide(DecisionKind.PROPOSE, person, action).body)
        return body

    def approve(self, number: int, person: Person = BORIS, shown: str | None = None) -> ReasonCode:
        if shown is None:
            open_ones = [one for one in self.system.four_eyes.open if one.number == number]
            shown = open_ones[0].hash if open_ones else ""
        batch = self.decide(DecisionKind.APPROVE, person, proposal=number, hash=shown)
        return ReasonCode(json.loads(batch.body)["reason"])

    def reject(self, number: int, person: Person) -> ReasonCode:
        batch = self.decide(DecisionKind.REJECT, person, proposal=number)
        return ReasonCode(json.loads(batch.body)["reason"])

    def agree(self, action: Action) -> ReasonCode:
        body = self.propose(action)
        return ReasonCode(body["reason"]) or self.approve(body["proposal"])


def test_a_credit_line_is_shown_in_its_currency_with_what_it_was() -> None:
    operated = Operated()
    shown = operated.propose(LINE)["shown"]
    assert shown == {
        "system": "Test",
        "proposal": 0,
        "action": "set_credit_line",
        "proposed_by": {"name": "Anna", "side": "operator"},
        "proposed_at": shown["proposed_at"],
        "lapses_at": shown["lapses_at"],
        "effective": "at once",
        "account": {"participant": {"bic": BANKS[0], "name": "Bank AAAA"}, "currency": "RUB"},
        "from": "0.00 RUB",
        "to": "100000.00 RUB",
    }
    assert operated.approve(0) == ReasonCode.NONE
    again = operated.propose(Action("set_credit_line", BANKS[0], "RUB", amount=5))["shown"]
    assert (again["from"], again["to"]) == ("100000.00 RUB", "0.05 RUB")


def test_moments_are_dates_in_local_time_and_in_utc() -> None:
    import attrs

    calendar = attrs.evolve(OFFICE_HOURS, time_zone="Asia/Almaty")
    operated = Operated(calendar)  # noon UTC is 17:00 there: the cut-offs have passed
    until = NOON + 2 * 60 * MINUTE
    shown = operated.propose(Action("extend", step="end_of_day", until=until))["shown"]
    end, seal = shown["moves"]
    assert end == {
        "step": "end_of_day",
        "from": {"local": "2026-11-24T18:00:00+05:00", "utc": "2026-11-24T13:00:00Z"},
        "to": {"local": "2026-11-24T19:00:00+05:00", "utc": "2026-11-24T14:00:00Z"},
    }
    assert seal["step"] == "seal"
    assert shown["proposed_at"]["local"].endswith("+05:00")


def test_no_limit_is_said_in_words_and_what_every_kind_shows_has_no_bare_number() -> None:
    operated = Operated()
    account = {"participant": BANKS[0], "currency": "KZT"}
    bilateral = {"counterparty": BANKS[1], **account}
    for action, expected in (
        (LIMIT, ("no limit", "0.05 KZT")),
        (Action("set_net_sender_limit", **account), ("0.05 KZT", "no limit")),
        (Action("set_bilateral_limit", amount=7, **bilateral), ("no limit", "0.07 KZT")),
        (Action("set_bilateral_limit", **bilateral), ("0.07 KZT", "no limit")),
        (Action("suspend", participant=BANKS[2]), ("active", "suspended")),
        (Action("resume", participant=BANKS[2]), ("suspended", "active")),
    ):
        body = operated.propose(action)
        assert (body["shown"]["from"], body["shown"]["to"]) == expected
        assert operated.approve(body["proposal"]) == ReasonCode.NONE
    for action in (
        Action("transfer_in", amount=3, **account),
        Action("transfer_out", amount=3, **account),
        Action("offset", algorithm=3),
    ):
        shown = operated.propose(action)["shown"]
        numbers = {key: value for key, value in shown.items() if isinstance(value, int)}
        assert {*numbers} == {"proposal"}


def test_an_approval_of_something_else_than_is_shown_is_refused_and_leaves_it_open() -> None:
    operated = Operated()
    operated.propose(LINE)
    operated.propose(Action("set_credit_line", BANKS[0], "RUB", amount=1))
    other = operated.system.four_eyes.open[1].hash
    for shown in ("", "0" * 64, other):
        assert operated.approve(0, shown=shown) == ReasonCode.HASH_DIFFERS
    assert not operated.system.engine.credit_lines.any()
    assert operated.approve(0) == ReasonCode.NONE
    assert operated.system.engine.credit_lines.max() == 10_000_000


def test_the_document_is_as_it_was_proposed_whatever_happens_meanwhile() -> None:
    operated = Operated()
    operated.propose(LINE)
    first = operated.system.four_eyes.open[0]
    assert operated.agree(Action("set_credit_line", BANKS[0], "RUB", amount=7)) == ReasonCode.NONE
    restored = SettlementSystem(operated.system.rules)
    restored.restore(operated.system.snapshot())
    assert restored.four_eyes.open == (first,)
    assert operated.approve(0, shown=first.hash) == ReasonCode.NONE


def _open_of(operated: Operated, person: Person) -> int:
    return sum(one.person == person for one in operated.system.four_eyes.open)


def test_a_flood_of_one_person_leaves_everybody_else_room() -> None:
    operated = Operated()
    before = len(operated.system.snapshot())
    for person, action, most in (
        (CLARA, LIMIT, MAX_OF_PARTICIPANTS_PERSON),
        (ANNA, LINE, MAX_OF_OPERATORS_PERSON),
    ):
        for _ in range(1_000):
            try:
                operated.propose(action, person)
            except TooManyProposals:
                break
        assert _open_of(operated, person) == most
        snapshot, last_time = operated.system.snapshot(), operated.system.last_time
        with pytest.raises(TooManyProposals):
            operated.propose(action, person)
        assert operated.system.snapshot() == snapshot, "a refusal left something behind"
        assert operated.system.last_time == last_time
    assert operated.propose(LIMIT, DINA)["reason"] == 0
    ours = operated.propose(LINE, BORIS)["proposal"]
    assert operated.approve(ours, ANNA) == ReasonCode.NONE
    # Whoever is flooded may close what floods it, and then there is room again.
    assert operated.reject(0, BORIS) == ReasonCode.NONE
    assert operated.propose(LIMIT, CLARA)["reason"] == 0
    assert len(operated.system.snapshot()) < before + 100_000


def test_all_persons_of_a_side_together_have_a_bound() -> None:
    operated = Operated()
    for side, action, most in (
        (BANKS[0], LIMIT, MAX_OF_PARTICIPANT),
        (OPERATOR, LINE, MAX_OF_OPERATOR),
    ):
        for number in range(2 * most):
            try:
                operated.propose(action, Person(f"Person {number}", side))
            except TooManyProposals:
                continue
        of_side = [one for one in operated.system.four_eyes.open if one.person.side == side]
        assert len(of_side) == most
    other = Action("set_net_sender_limit", participant=BANKS[1], currency="KZT", amount=5)
    assert operated.propose(other, Person("Else", BANKS[1]))["reason"] == 0


def test_proposals_lapse_after_a_day_and_make_room() -> None:
    operated = Operated()
    for _ in range(MAX_OF_PARTICIPANTS_PERSON):
        operated.propose(LIMIT, CLARA)
    first = operated.system.four_eyes.open[0]
    assert first.lapses_at == first.proposed_at + PROPOSAL_LIFETIME
    operated.now = first.lapses_at - 2
    assert operated.approve(0, DINA) == ReasonCode.NONE
    operated.now = operated.system.four_eyes.open[-1].lapses_at - 1
    assert operated.approve(1, DINA, "") == ReasonCode.PROPOSAL_LAPSED
    assert operated.reject(2, ANNA) == ReasonCode.PROPOSAL_LAPSED
    assert operated.approve(0, DINA) == ReasonCode.PROPOSAL_DECIDED
    assert operated.system.four_eyes.open == ()
    assert operated.propose(LIMIT, CLARA)["reason"] == 0


def test_the_operator_may_reject_what_a_participant_proposed_and_not_approve_it() -> None:
    operated = Operated()
    operated.propose(LIMIT, CLARA)
    operated.propose(LIMIT, CLARA)
    assert operated.approve(0, ANNA) == ReasonCode.SECOND_PERSON_NEEDED
    assert operated.reject(0, Person("Else", BANKS[1])) == ReasonCode.PROPOSAL_UNKNOWN
    assert operated.reject(0, ANNA) == ReasonCode.NONE
    assert operated.approve(1, DINA) == ReasonCode.NONE


def test_proposals_of_a_suspended_participant_lapse_and_it_makes_no_new_ones() -> None:
    operated = Operated()
    operated.propose(LIMIT, CLARA)
    assert operated.agree(Action("suspend", participant=BANKS[0])) == ReasonCode.NONE
    assert operated.approve(0, DINA) == ReasonCode.PROPOSAL_LAPSED
    assert operated.propose(LIMIT, CLARA)["reason"] == ReasonCode.PARTICIPANT_SUSPENDED
    assert operated.agree(Action("resume", participant=BANKS[0])) == ReasonCode.NONE
    assert operated.propose(LIMIT, CLARA)["reason"] == 0


def test_what_cannot_be_done_is_refused_when_it_is_proposed() -> None:
    operated = Operated()
    account = {"participant": BANKS[0], "currency": "KZT"}
    for action, reason in (
        (Action("set_credit_line", "ZZZZKZK0", "KZT", amount=1), ReasonCode.UNKNOWN_PARTICIPANT),
        (Action("set_credit_line", BANKS[0], "USD", amount=1), ReasonCode.NO_SETTLEMENT_ACCOUNT),
        (Action("set_credit_line", **account), ReasonCode.FIELD_MISSING),
        (Action("set_credit_line", amount=10**18, **account), ReasonCode.AMOUNT_TOO_LARGE),
        (Action("transfer_in", amount=0, **account), ReasonCode.AMOUNT_NOT_POSITIVE),
        (Action("transfer_in", amount=1, step="seal", **account), ReasonCode.FIELD_MALFORMED),
        (Action("set_bilateral_limit", counterparty=BANKS[0], **account), ReasonCode.SAME_ACCOUNT),
        (Action("offset", algorithm=99), ReasonCode.UNKNOWN_ALGORITHM),
        (Action("cancel", order=0, uetr="0" * 32), ReasonCode.ORDER_UNKNOWN),
        (Action("resume", participant=BANKS[0]), ReasonCode.NOTHING_TO_CHANGE),
        (Action("withdraw_agreed", proposal=0), ReasonCode.NOTHING_TO_CHANGE),
    ):
        body = operated.propose(action)
        assert ReasonCode(body["reason"]) == reason, action
        assert body["proposal"] == -1
    assert operated.propose(LINE, CLARA)["reason"] == ReasonCode.SECOND_PERSON_NEEDED
    assert operated.system.four_eyes.open == ()


def test_what_was_agreed_on_for_a_coming_day_takes_effect_as_it_starts() -> None:
    operated = Operated()
    for on, reason in (
        ("2026-11-24", ReasonCode.NO_BUSINESS_DAY),
        ("2026-11-28", ReasonCode.NO_BUSINESS_DAY),
        ("2028-11-24", ReasonCode.VALUE_DATE_TOO_FAR),
    ):
        dated = Action("set_credit_line", BANKS[0], "RUB", amount=1, effective_on=on)
        assert operated.propose(dated)["reason"] == reason
    for amount, on in ((7, "2026-11-26"), (5, "2026-11-25"), (6, "2026-11-25")):
        dated = Action("set_credit_line", BANKS[0], "RUB", amount=amount, effective_on=on)
        assert operated.agree(dated) == ReasonCode.NONE
    number = operated.system.directory.account_number(BANKS[0], "RUB")
    dropped = operated.system.four_eyes.agreed[1].number
    body = operated.propose(Action("withdraw_agreed", proposal=dropped))
    assert body["shown"]["withdrawn"]["to"] == "0.05 RUB"
    assert operated.approve(body["proposal"]) == ReasonCode.NONE
    expected = {0: 0, 1: 6, 2: 7}
    for days, line in expected.items():
        operated.come_to(NOON + days * DAY)
        assert operated.system.engine.credit_lines[number] == line
    assert operated.system.four_eyes.agreed == ()
