"""Policy rules in force: orders held and rejected by them, and what they count."""

import datetime
import json
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.engine import EVENT, CommandKind, EventKind, command, from_records
from skontro.model import InputError, ReasonCode
from skontro.system import ACCEPTED, WAREHOUSED, Batch, ScreeningPolicy, settlement_system
from skontro.system.acceptance import day_number
from skontro.system.details_columns import account_digest, purpose_number
from skontro.system.policy.rules import Eligibility, Period, PolicyAction, Subject, Velocity
from tests.service.systems import BANKS, DAY, MINUTE, NOON
from tests.system.policy.ruled import CAP, KZT, TOMORROW, Ruled
from tests.system.test_screening_holds import named, rows_of, uetr_of

ABOVE = int(ReasonCode.CAP_EXCEEDED)
BALANCE = 1_000_000
A_MINUTE = MINUTE


def policy_of(batch: Batch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(batch.body)["policy"] if batch.body else []
    return found


def amounts(*values: int, first: int = 0, **fields: Any) -> Any:
    return rows_of(*[0] * len(values), first=first, amount=values, **fields)


def test_a_cap_is_reached_and_what_exceeds_it_is_held_with_the_figures() -> None:
    running = Ruled(CAP)
    batch = running.submit(amounts(100, 200, 1))
    assert batch.commands.column("acceptance").tolist() == [ACCEPTED, ACCEPTED, -ABOVE]
    assert policy_of(batch) == [
        {
            "uetr": named(uetr_of(2)),
            "rule": "cap",
            "action": "hold",
            "figures": "KZT 3.01 of at most 3.00",
            "reason": ABOVE,
        }
    ]
    assert running.system.engine.orders == 2
    assert uetr_of(2) in running.system.screening_holds
    assert running.paid(BANKS[0]) == [300]


def test_an_order_without_findings_leaves_the_body_empty() -> None:
    assert Ruled(CAP).submit(amounts(300)).body == ""


def test_the_approver_of_a_release_sees_the_figures_and_it_counts() -> None:
    running = Ruled(CAP)
    running.submit(amounts(300, 50))
    running.restart()
    batch = running.release(1)
    shown = json.loads(batch.body)["shown"]
    assert shown["held_because"]["reason"] == "CAP_EXCEEDED"
    assert [one["figures"] for one in shown["policy"]] == ["KZT 3.50 of at most 3.00"]
    assert batch.postings["amount"].tolist() == [50]
    assert "policy" not in json.loads(batch.body)
    assert running.paid(BANKS[0]) == [350]
    assert policy_of(running.submit(amounts(1, first=5)))[0]["figures"] == (
        "KZT 3.51 of at most 3.00"
    )


def test_a_rule_that_rejects() -> None:
    running = Ruled(attrs.evolve(CAP, action=PolicyAction.REJECT))
    assert running.accepted(amounts(301, 300)) == [ABOVE, ACCEPTED]
    assert not len(running.system.screening_holds)


def test_a_rule_that_alerts_stops_nothing() -> None:
    running = Ruled(attrs.evolve(CAP, action=PolicyAction.ALERT))
    batch = running.submit(amounts(301))
    assert batch.commands.column("acceptance").tolist() == [ACCEPTED]
    assert [one["action"] for one in policy_of(batch)] == ["alert"]
    assert running.paid(BANKS[0]) == [301]


def test_rejection_goes_before_holding_and_the_lowest_reason_counts() -> None:
    eligible = Eligibility(
        "e", PolicyAction.REJECT, frozenset({"KZ", "KG"}), purposes=frozenset({"GDDS"})
    )
    running = Ruled(attrs.evolve(CAP, amount=1), eligible)
    goods = purpose_number("GDDS")
    rows = amounts(2, 2, 1, purpose=(0, goods, goods))
    assert running.accepted(rows) == [int(ReasonCode.NOT_ELIGIBLE), -ABOVE, ACCEPTED]
    both = Ruled(
        attrs.evolve(CAP, amount=1), Velocity("v", PolicyAction.HOLD, 1, MINUTE, Subject.COUNTRY)
    )
    assert both.accepted(amounts(1, 1)) == [ACCEPTED, -ABOVE]
    only = Ruled(Velocity("v", PolicyAction.REJECT, 1, A_MINUTE, Subject.COUNTRY))
    assert only.accepted(amounts(1, 1)) == [ACCEPTED, int(ReasonCode.TOO_MANY_PAYMENTS)]


def test_customers_are_told_apart_by_digest() -> None:
    running = Ruled(attrs.evolve(CAP, subject=Subject.CUSTOMER))
    anna, boris = (np.void(account_digest(name)) for name in ("anna", "boris"))
    rows = amounts(300, 300, 1, 1, 300)
    for row, customer in zip(rows, (anna, boris, anna, boris, None), strict=True):
        if customer is not None:
            row["customer"] = customer
    assert running.accepted(rows) == [ACCEPTED, ACCEPTED, -ABOVE, -ABOVE, ACCEPTED]
    assert running.paid(account_digest("anna").hex(), Subject.CUSTOMER) == [300]
    assert running.paid(BANKS[0], Subject.CUSTOMER) == [300]  # without a customer, the bank


def test_amounts_in_two_currencies_are_added_at_the_rates_of_the_set() -> None:
    running = Ruled(CAP)
    rows = amounts(40, 101, 100, payer=(3, 0, 0), payee=(4, 1, 1))  # 0.40 roubles are 2.00 tenge
    assert running.accepted(rows) == [ACCEPTED, -ABOVE, ACCEPTED]


def test_an_order_that_ends_without_settlement_is_taken_out() -> None:
    running = Ruled(attrs.evolve(CAP, amount=3 * BALANCE))
    running.submit(amounts(2 * BALANCE))
    assert running.paid(BANKS[0]) == [2 * BALANCE]
    running.restart()
    running.now += 1
    running.system.request(running.now, command(CommandKind.CANCEL, 0, order=0))
    assert running.paid(BANKS[0]) == [0]
    running.submit(amounts(2 * BALANCE, first=1))
    assert running.accepted(amounts(BALANCE + 1, first=2)) == [-ABOVE]
    running.come_to(NOON + DAY + 360 * MINUTE)  # the end of the day
    assert running.paid(BANKS[0]) == [0]


def test_an_order_that_settles_stays_counted() -> None:
    running = Ruled(attrs.evolve(CAP, amount=3 * BALANCE))
    running.submit(amounts(BALANCE + 5))
    running.submit(amounts(10, first=1, payer=1, payee=0))
    assert running.system.engine.queued == 0
    running.come_to(NOON + 2 * DAY)
    assert running.paid(BANKS[0]) == [BALANCE + 5]


def test_an_order_that_the_engine_rejects_is_taken_out() -> None:
    running = Ruled(CAP)
    assert running.accepted(amounts(300, 300, payee=(0, 1))) == [ACCEPTED, -ABOVE]
    assert running.paid(BANKS[0]) == [0]
    assert running.accepted(amounts(300, first=2)) == [ACCEPTED]


def test_an_order_without_accounts_is_left_to_the_engine() -> None:
    running = Ruled(attrs.evolve(CAP, amount=1))
    rows = amounts(5, 5, 5, 5, payer=(6, 0, -1, 0), payee=(0, 6, 0, -1))
    assert running.accepted(rows) == [ACCEPTED] * 4
    assert running.paid(BANKS[0]) == [0]


def test_an_order_rejected_on_other_grounds_is_not_judged() -> None:
    running = Ruled(CAP, Velocity("v", PolicyAction.REJECT, 1, MINUTE, Subject.PARTICIPANT))
    running.system.set_suspended(BANKS[2], suspended=True)
    suspended = int(ReasonCode.PARTICIPANT_SUSPENDED)
    assert running.accepted(amounts(5, 5, payee=(2, 1))) == [suspended, ACCEPTED]


def test_warehoused_orders_are_judged_when_their_day_opens() -> None:
    running = Ruled(CAP)
    day = day_number(TOMORROW) + 1
    assert running.accepted(amounts(300, 1, value_date=day)) == [WAREHOUSED] * 2
    assert running.paid(BANKS[0]) == [0]
    assert running.accepted(amounts(300, first=2)) == [ACCEPTED]
    bodies = []
    while running.system.clock.date != TOMORROW + datetime.timedelta(days=1) or not bodies:
        running.now = running.system.clock.next_step(running.now).due
        running.now = max(running.now, running.system.last_time + 1)
        batch = running.system.step(running.now)
        assert batch is not None
        bodies += policy_of(batch) if "policy" in batch.body else []
    assert [one["figures"] for one in bodies] == [
        "KZT 6.00 of at most 3.00",
        "KZT 3.01 of at most 3.00",
    ]
    assert len(running.system.screening_holds) == 2


def test_an_order_released_by_screening_is_judged_then() -> None:
    running = Ruled(CAP, screening=ScreeningPolicy(travel_rule="off"))
    assert running.accepted(rows_of(2, 1, amount=(300, 300)))[1] == ACCEPTED
    batch = running.release(0)
    assert batch.commands.column("acceptance").tolist() == [-ABOVE]
    assert [one["figures"] for one in json.loads(batch.body)["policy"]] == [
        "KZT 6.00 of at most 3.00"
    ]
    assert uetr_of(0) in running.system.screening_holds
    again = running.release(0)
    assert again.postings["amount"].tolist() == [300]
    assert running.paid(BANKS[0]) == [600]


def test_an_order_released_by_screening_may_be_rejected_by_a_rule() -> None:
    strict = attrs.evolve(CAP, action=PolicyAction.REJECT)
    running = Ruled(strict, screening=ScreeningPolicy(travel_rule="off"))
    running.submit(rows_of(2, amount=301))
    assert running.release(0).commands.column("acceptance").tolist() == [ABOVE]
    assert not len(running.system.screening_holds)


def test_a_held_order_does_not_count_and_is_returned_at_the_end_of_the_day() -> None:
    running = Ruled(CAP)
    running.submit(amounts(301))
    assert running.paid(BANKS[0]) == [0]
    assert running.system.policy.findings_on_held(uetr_of(0))
    running.come_to(NOON + 2 * DAY)
    assert not len(running.system.screening_holds)
    assert running.system.policy.findings_on_held(uetr_of(0)) == []


def test_a_refused_batch_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Ruled(CAP, Velocity("v", PolicyAction.ALERT, 1, MINUTE, Subject.PARTICIPANT))
    before = running.system.snapshot()
    monkeypatch.setattr(settlement_system, "MAX_WAREHOUSED", 0)
    with pytest.raises(InputError, match="wait for their value date"):
        running.submit(amounts(300, 301, 1, value_date=(0, 0, day_number(TOMORROW) + 1)))
    assert running.system.snapshot() == before
    batch = running.submit(amounts(300))
    assert (batch.body, running.paid(BANKS[0])) == ("", [300])


def test_a_day_and_a_quarter_begin_at_nothing() -> None:
    daily = attrs.evolve(CAP, name="day", period=Period.DAY)
    running = Ruled(CAP, daily)
    running.submit(amounts(300))
    assert running.paid(BANKS[0]) == [300, 300]
    running.come_to(NOON + 2 * DAY)
    assert [use.paid for use in running.system.policy.caps(
        {Subject.PARTICIPANT: BANKS[0]}, TOMORROW + datetime.timedelta(days=1)
    )] == [300, 0]  # fmt: skip


def test_an_earmark_that_is_released_on_a_later_day_is_taken_out() -> None:
    policy = Ruled(CAP).system.policy
    orders = from_records(amounts(300, 100, 50)).evolve(time=1)
    directory = Ruled(CAP).system.directory

    def paid() -> int | None:
        return policy.caps({Subject.PARTICIPANT: BANKS[0]}, TOMORROW)[0].paid

    def ends(*kinds: EventKind) -> Any:
        events = np.zeros(len(kinds), EVENT)
        events["order"], events["kind"] = range(5, 5 + len(kinds)), kinds
        return events

    assert policy.judge(orders, [0, 1, 2], directory, TOMORROW) == [(1, -ABOVE), (2, -ABOVE)]
    policy.keep(orders.evolve(acceptance=[0, -ABOVE, -ABOVE]), 5, ends(EventKind.EARMARKED))
    policy.begin_day(TOMORROW + datetime.timedelta(days=1), 2)
    assert paid() == 300
    policy.keep(orders.part(0, 0), 6, ends(EventKind.RELEASED))
    assert paid() == 0
    policy.judge(orders, [0], directory, TOMORROW)
    policy.keep(orders.part(0, 1), 5, ends(EventKind.COMPLETED))
    policy.keep(orders.part(0, 0), 6, ends(EventKind.RELEASED))
    assert paid() == 300


def test_what_remains_of_a_cap() -> None:
    each = attrs.evolve(CAP, name="each", period=Period.PAYMENT)
    land = attrs.evolve(CAP, name="land", subject=Subject.COUNTRY, action=PolicyAction.ALERT)
    running = Ruled(CAP, each, land)
    running.submit(amounts(200))
    subjects = {Subject.COUNTRY: "KZ", Subject.PARTICIPANT: BANKS[0]}
    bank, country = running.system.policy.caps(subjects, TOMORROW)
    assert (bank.cap.name, bank.subject, bank.unit) == ("cap", BANKS[0], KZT)
    assert (bank.paid, bank.most, bank.remaining) == (200, 300, 100)
    assert (country.cap.name, country.subject, country.paid) == ("land", "KZ", 200)
    running.submit(amounts(300, first=1))
    running.release(1)
    bank, _ = running.system.policy.caps(subjects, TOMORROW)
    assert (bank.paid, bank.remaining) == (500, 0)
    assert attrs.evolve(bank, paid=None).remaining == 0


def test_a_system_without_rules_has_no_caps() -> None:
    running = Ruled()
    assert running.system.policy.caps({Subject.PARTICIPANT: BANKS[0]}, TOMORROW) == []
    assert not running.system.policy.is_active
    assert running.accepted(amounts(BALANCE)) == [ACCEPTED]
