"""The rest of a day by the clock: grouping, cut-offs, outages, and figures to the minor unit."""

from typing import Any

import numpy as np
import pytest

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, CommandKind
from skontro.model import InputError, ReasonCode
from skontro.simulation.what_if import (
    AccountOutcome,
    Change,
    Fork,
    TimedAction,
    WhatIf,
    compare_rests,
    expected_from_orders,
    outcome_of,
    run_rest_of_day,
    what_if_document,
)
from skontro.simulation.what_if.expected_inputs import later_where_out, moved_to_today
from skontro.system import WAREHOUSED, Action
from tests.service.systems import MINUTE, NOON
from tests.simulation.what_if.days import (
    HOUR,
    KZT,
    RUB,
    SECOND,
    A,
    B,
    at,
    change,
    fork_at,
    orders,
    system_at,
)


def rest(rows: list[tuple[int, int, int]], due: Any, *changes: Change, **given: Any) -> WhatIf:
    return compare_rests(fork_at(NOON, **given), orders(rows), due, changes)


def settled(found: WhatIf, account: int) -> tuple[int, int, int, int]:
    """Orders settled and not, without and with the changes."""
    one, other = found.unchanged.accounts[account], found.changed.accounts[account]
    return (
        one.settled_orders,
        one.unsettled_orders,
        other.settled_orders,
        other.unsettled_orders,
    )


def test_orders_of_an_interval_enter_together_at_the_time_of_the_last() -> None:
    due = NOON + np.array([0, 4_999_999, 5_000_000, 9_999_999, 10_000_000])
    groups = expected_from_orders(orders([(0, 1, 1)] * 5), due[::-1].copy())
    assert [len(one.due) for one in groups] == [2, 2, 1]
    assert [one.batch.time - NOON for one in groups] == [4_999_999, 9_999_999, 10_000_000]
    assert [one.first - NOON for one in groups] == [0, 5_000_000, 10_000_000]
    uetrs = [int.from_bytes(u.tobytes()) for one in groups for u in one.batch.commands.uetr]
    assert uetrs == [5, 4, 3, 2, 1]
    assert expected_from_orders(orders([(0, 1, 1)]).part(0, 0), due[:0]) == []


def test_another_interval_and_the_state_of_expected_orders() -> None:
    given = orders([(0, 1, 1), (0, 1, 2)], acceptance=WAREHOUSED, value_date=7, screening=0)
    [one] = expected_from_orders(given, NOON + np.array([0, 1]), interval=2)
    commands = one.batch.commands
    assert commands.column("acceptance").tolist() == [0, 0]
    assert commands.column("value_date").tolist() == [0, 0]
    assert commands.column("screening").tolist() == [1, 1]
    assert commands.column("travel_rule").tolist() == [1, 1]
    assert len(expected_from_orders(given, NOON + np.array([0, 2]), interval=2)) == 2


def test_legs_of_links_with_other_systems_are_not_expected() -> None:
    given = orders([(0, 1, 1), (0, 1, 2)]).evolve(
        kind=[int(CommandKind.SUBMIT_LINKED), int(CommandKind.SUBMIT)]
    )
    [one] = expected_from_orders(given, at(0, 0))
    assert one.batch.commands.amount.tolist() == [2]


def test_times_of_an_earlier_day_move_to_today() -> None:
    given = orders([(0, 1, 1)] * 2).evolve(
        earliest=[ANY_TIME_BEFORE, 5], latest=[ANY_TIME_AFTER, 9]
    )
    moved = moved_to_today(given, 100)
    assert moved.column("earliest").tolist() == [ANY_TIME_BEFORE, 105]
    assert moved.column("latest").tolist() == [ANY_TIME_AFTER, 109]


def test_orders_due_in_an_outage_come_at_its_end() -> None:
    given = orders([(0, 1, 1)] * 4 + [(2, 0, 1)])
    enters = np.array([9, 10, 19, 20, 15])
    assert later_where_out(given, enters, [0, 3], 10, 20).tolist() == [9, 20, 20, 20, 15]


def test_orders_settle_wait_and_are_returned_with_exact_figures() -> None:
    due = at(10, 20, 30, 40)
    found = rest([(0, 1, 400), (0, 1, 700), (1, 2, 1_500), (2, 0, 250)], due)
    figures = found.unchanged.accounts
    # 700 waits from minute 20 until 250 comes at minute 40; 1,500 goes out of 1,400 then 2,100.
    assert figures[0] == AccountOutcome(
        A, figures[0].currency, 2, 1_100, 0, 0, 20 * MINUTE, 700 * 20 * MINUTE, 1_000, 150, 850, 0
    )
    assert (figures[1].settled_orders, figures[1].settled_value) == (1, 1_500)
    assert figures[1].waited == 10 * MINUTE
    assert (figures[2].settled_orders, figures[2].liquidity_used) == (1, 0)
    assert figures[0].mean_delay == 10 * MINUTE
    assert figures[0].weighted_delay == 700 * 20 * MINUTE // 1_100
    total = found.unchanged.currencies[0]
    assert (total.participant, total.currency.code, total.settled_orders) == ("", "KZT", 4)
    assert (total.opening, total.closing) == (3_000, 3_000)
    assert (total.settled_value, total.waited) == (2_850, 30 * MINUTE)
    assert found.changed == found.unchanged
    assert found.unchanged.currencies[1].settled_orders == 0


def test_an_order_that_never_settles_is_unsettled() -> None:
    found = rest([(0, 1, 1_001), (0, 1, 1)], at(1, 2))
    assert settled(found, 0) == (0, 2, 0, 2)
    assert found.unchanged.accounts[0].unsettled_value == 1_002
    assert (found.unchanged.accounts[0].mean_delay, found.unchanged.accounts[0].waited) == (0, 0)
    assert found.unchanged.accounts[0].weighted_delay == 0


def test_orders_queued_before_the_fork_wait_from_the_fork() -> None:
    system = system_at(NOON)
    system.orders(NOON + 1, orders([(0, 1, 600), (0, 1, 900)]))
    fork = Fork(system.rules, system.snapshot(), NOON + HOUR)
    found = compare_rests(fork, orders([(2, 0, 500)]), at(90), [])
    one = found.unchanged.accounts[0]
    assert (one.opening, one.settled_orders, one.settled_value) == (400, 1, 900)
    assert one.waited == 30 * MINUTE
    assert found.began == NOON + HOUR
    assert found.date == "2026-11-24"


def test_only_orders_due_from_the_fork_on_are_expected() -> None:
    due = NOON + np.array([-1, 0, 1])
    found = compare_rests(fork_at(NOON), orders([(0, 1, 1)] * 3), due, [])
    assert found.expected_orders == 2
    assert found.unchanged.accounts[0].settled_orders == 2


def test_an_interval_is_split_at_a_cut_off() -> None:
    cut_off = NOON + 4 * HOUR  # of interbank payments in RUB, at 16:00
    due = cut_off + np.array([-2, -1, 0, 1])
    fork = fork_at(NOON)
    found = compare_rests(fork, orders([(3, 4, 1)] * 4, payment_type=1), due, [])
    assert settled(found, 3) == (2, 2, 2, 2)
    kzt = rest([(0, 1, 1)] * 4, due)
    assert settled(kzt, 0) == (4, 0, 4, 0)


def test_orders_after_the_end_of_the_day_are_unsettled() -> None:
    due = NOON + 6 * HOUR + np.array([-1, 0, SECOND * 60])
    assert settled(rest([(0, 1, 1)] * 3, due), 0) == (1, 2, 1, 2)


def test_a_move_of_a_cut_off_earlier_and_later() -> None:
    due = at(170, 190, 230, 250)
    given = orders([(3, 4, 1)] * 4, payment_type=1)
    fork = fork_at(NOON)
    earlier = compare_rests(
        fork,
        given,
        due,
        [
            change("move_step", step="customer_cut_off", currency="RUB", until="14:00"),
            change("move_step", step="interbank_cut_off", currency="RUB", until="15:00"),
        ],
    )
    assert settled(earlier, 3) == (3, 1, 1, 3)
    later = compare_rests(
        fork,
        given,
        due,
        [change("move_step", step="interbank_cut_off", currency="RUB", until="17:00")],
    )
    assert settled(later, 3) == (3, 1, 4, 0)


def test_a_move_of_the_end_of_the_day_moves_its_seal() -> None:
    end = change("move_step", step="end_of_day", until="17:00")
    due = NOON + 5 * HOUR + np.array([-1, 0])
    assert settled(rest([(0, 1, 1)] * 2, due, end), 0) == (2, 0, 1, 1)
    late = change("move_step", step="end_of_day", until="19:00")
    due = NOON + 7 * HOUR + np.array([-1, 0])
    assert settled(rest([(0, 1, 1)] * 2, due, late), 0) == (0, 2, 1, 1)


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (
            {"step": "customer_cut_off", "currency": "RUB", "until": "16:01"},
            "customer_cut_off RUB: customer_cut_off RUB would come after interbank_cut_off; move",
        ),
        (
            {"step": "interbank_cut_off", "currency": "RUB", "until": "14:59"},
            "interbank_cut_off RUB: customer_cut_off RUB would come after interbank_cut_off",
        ),
        (
            {"step": "interbank_cut_off", "currency": "RUB", "until": "18:01"},
            "interbank_cut_off RUB would come after end_of_day",
        ),
        ({"step": "end_of_day", "until": "15:59"}, "end_of_day: interbank_cut_off RUB would come"),
        ({"step": "end_of_day", "until": "12:00"}, "end_of_day: 2026-11-24T12:00:00Z has passed"),
        (
            {"step": "customer_cut_off", "currency": "KZT", "until": "16:00"},
            "customer_cut_off KZT: there is no such step to come",
        ),
    ],
)
def test_a_move_out_of_order_is_refused(move: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rest([(0, 1, 1)], at(1), change("move_step", **move))


def test_cut_offs_may_meet_the_next_step() -> None:
    found = rest(
        [(3, 4, 1)],
        at(239),
        change("move_step", step="customer_cut_off", currency="RUB", until="16:00"),
    )
    assert settled(found, 3) == (0, 1, 1, 0)
    assert found.reasons == (ReasonCode.NONE,)


def test_an_outage_delays_orders_and_loses_those_past_the_cut_off() -> None:
    outage = change("outage", participant=A, from_="13:00", until="15:59")
    rows = [(0, 1, 10), (0, 1, 20), (3, 4, 30), (1, 0, 40)]
    found = rest(rows, at(59, 60, 61, 62), outage)
    assert settled(found, 0) == (2, 0, 2, 0)
    assert settled(found, 3) == (1, 0, 0, 1)  # customers' cut-off in RUB is at 15:00
    assert settled(found, 1) == (1, 0, 1, 0)
    assert found.changed.accounts[0].waited == 179 * MINUTE
    assert found.unchanged.accounts[0].waited == 0


def test_queued_orders_settle_during_an_outage() -> None:
    outage = change("outage", participant=A, from_="12:00", until="17:59")
    system = system_at(NOON - 1)
    system.orders(NOON, orders([(0, 1, 600), (0, 1, 900)]))
    fork = Fork(system.rules, system.snapshot(), NOON)
    found = compare_rests(fork, orders([(2, 0, 500)]), at(10), [outage])
    assert found.changed.accounts[0].settled_value == 900


def test_credit_limits_and_transfers_change_what_settles() -> None:
    rows, due = [(0, 1, 1_500)], at(30)
    for fields, settles in (
        ({"kind": "set_credit_line", "amount": "4.99"}, 0),
        ({"kind": "set_credit_line", "amount": "5.00"}, 1),
        ({"kind": "transfer_in", "amount": "5.00"}, 1),
        ({"kind": "transfer_in", "amount": "5.00", "at": "12:30"}, 1),
        ({"kind": "set_credit_line", "amount": "5.00", "at": "18:00"}, 0),
    ):
        kind = fields.pop("kind")
        found = rest(rows, due, change(kind, participant=A, currency="KZT", **fields))
        assert settled(found, 0) == (0, 1, settles, 1 - settles), (kind, fields)
    for fields, settles in (
        ({"kind": "set_net_sender_limit", "amount": "4.99"}, 0),
        ({"kind": "set_net_sender_limit", "amount": "5.00"}, 1),
        ({"kind": "set_bilateral_limit", "counterparty": B, "amount": "4.99"}, 0),
        ({"kind": "set_bilateral_limit", "counterparty": B, "amount": "5.00"}, 1),
        ({"kind": "set_bilateral_limit", "counterparty": B, "amount": "none"}, 1),
        ({"kind": "transfer_out", "amount": "5.01"}, 0),
        ({"kind": "transfer_out", "amount": "5.00"}, 1),
    ):
        kind = fields.pop("kind")
        found = rest([(0, 1, 500)], due, change(kind, participant=A, currency="KZT", **fields))
        assert settled(found, 0) == (1, 0, settles, 1 - settles), (kind, fields)


def test_a_credit_line_in_use_is_counted() -> None:
    line = change("set_credit_line", participant=A, currency="KZT", amount="5.00")
    found = rest([(0, 1, 1_200), (1, 0, 300)], at(10, 20), line)
    one = found.changed.accounts[0]
    assert (one.credit_used, one.liquidity_used, one.closing) == (200, 1_200, 100)
    assert found.unchanged.accounts[0].credit_used == 0


def test_a_suspended_participant_neither_pays_nor_is_paid_until_resumed() -> None:
    rows = [(0, 1, 1), (1, 0, 1), (0, 1, 1), (1, 2, 1)]
    found = rest(
        rows,
        at(30, 31, 90, 32),
        change("suspend", participant=A, at="12:30"),
        change("resume", participant=A, at="13:30"),
    )
    assert settled(found, 0) == (2, 0, 1, 1)
    assert settled(found, 1) == (2, 0, 1, 1)


def test_a_change_without_effect_says_why() -> None:
    out = change("transfer_out", participant=A, currency="KZT", amount="10.01")
    nothing = TimedAction(Action("transfer_in", participant="XXXXKZK0", currency="KZT", amount=1))
    found = rest([(0, 1, 1)], at(1), out, change("suspend", participant=A, at="12:30"), nothing)
    assert found.reasons == (
        ReasonCode.INSUFFICIENT_LIQUIDITY,
        ReasonCode.NONE,
        ReasonCode.UNKNOWN_PARTICIPANT,
    )
    document = what_if_document(found)
    assert document["changes"][1] == {
        "change": "suspend",
        "participant": A,
        "at": "2026-11-24T12:30:00Z",
        "outcome": "done",
    }
    assert document["changes"][2]["outcome"] == "unknown_participant"


def test_changes_in_the_past_are_refused() -> None:
    for one in (
        change("suspend", participant=A, at="11:59"),
        change("outage", participant=A, from_="11:00", until="11:59"),
    ):
        with pytest.raises(InputError, match="2026-11-24T11:59:00Z has passed: the rest of"):
            rest([(0, 1, 1)], at(1), one)
    running = change("outage", participant=A, from_="11:00", until="12:10")
    assert rest([(0, 1, 1)], at(1), running).changed.accounts[0].waited == 9 * MINUTE
    now = change("suspend", participant=A, at="12:00")
    assert settled(rest([(0, 1, 1)], at(0), now), 0) == (1, 0, 0, 1)


def test_before_the_day_it_runs_whole_and_moves_wait_for_its_timetable() -> None:
    fork = fork_at(NOON - 9 * HOUR)
    early = change("move_step", step="interbank_cut_off", currency="RUB", until="15:30")
    due = at(205, 225)
    found = compare_rests(fork, orders([(3, 4, 1)] * 2, payment_type=1), due, [early])
    assert settled(found, 3) == (2, 0, 1, 1)


def test_warehoused_orders_count_from_the_opening() -> None:
    system = system_at(NOON - 4 * HOUR)
    batch = system.orders(NOON - 4 * HOUR + 1, orders([(0, 1, 1_200)]))
    assert batch.commands.acceptance.tolist() == [WAREHOUSED]
    fork = Fork(system.rules, system.snapshot(), NOON - 4 * HOUR + 1)
    found = compare_rests(fork, orders([(2, 0, 200)]), at(0), [])
    assert found.unchanged.accounts[0].waited == 3 * HOUR
    assert settled(found, 0) == (1, 0, 1, 0)


def test_the_fork_leaves_the_system_unchanged_and_is_repeatable() -> None:
    system = system_at(NOON)
    before = system.snapshot()
    fork = Fork(system.rules, before, NOON)
    expected = expected_from_orders(orders([(0, 1, 5)] * 3), at(3, 1, 3))
    one, other = (run_rest_of_day(fork, expected) for _ in range(2))
    assert system.snapshot() == before
    assert one.system.snapshot() == other.system.snapshot()
    assert outcome_of(one) == outcome_of(other)


def test_the_document_has_amounts_in_decimals() -> None:
    outage = change("outage", participant=A, from_="13:00", until="14:00")
    document = what_if_document(rest([(0, 1, 1_50), (4, 3, 2_000)], at(1, 2), outage))
    assert {key: document[key] for key in ("date", "began", "expected_orders")} == {
        "date": "2026-11-24",
        "began": "2026-11-24T12:00:00Z",
        "expected_orders": 2,
    }
    assert document["currencies"][0] == {
        "currency": "KZT",
        "unchanged": document["currencies"][0]["changed"],
        "changed": {
            "settled_orders": 1,
            "unsettled_orders": 0,
            "mean_delay": 0,
            "weighted_delay": 0,
            "settled_value": "1.50",
            "unsettled_value": "0.00",
            "liquidity_used": "1.50",
            "credit_used": "0.00",
            "closing": "30.00",
        },
    }
    assert document["accounts"][4]["participant"] == B
    assert document["accounts"][4]["changed"]["unsettled_value"] == "20.00"
    assert len(document["accounts"]) == len(KZT) + len(RUB)
