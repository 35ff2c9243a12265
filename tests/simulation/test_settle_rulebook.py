"""Scenarios with a rulebook: set times, standing controls, instructions, liquidity transfers."""

import datetime
from decimal import Decimal

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.files import INSTRUCTIONS, Results, Scenario
from skontro.model import (
    Algorithm,
    BilateralLimit,
    Bypass,
    Collateral,
    Rate,
    RateTable,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    WhenQueued,
    find_currency,
    from_timestamp,
)
from skontro.simulation import settle
from skontro.simulation.settling import settle_until
from tests.draws import examples
from tests.simulation.scenarios import BANKS, CODES, day, scenario_of, scenarios

KZT, UZS = find_currency("KZT"), find_currency("UZS")
STEPPE, MOUNTAIN, OASIS = "STEPKZA0", "MOUNKGB0", "OASIUZT0"
SECOND = 10**6


def pay(payer: str, payee: str, amount: int, at: int, **more: object) -> dict[str, object]:
    """One payment in KZT; times in seconds."""
    return {
        "payer": payer,
        "payee": payee,
        "currency": "KZT",
        "amount_minor": amount,
        "submitted_at": at * SECOND,
        **more,
    }


def one_day(
    *payments: dict[str, object],
    rulebook: Rulebook | None = None,
    steppe: int = 0,
    mountain: int = 0,
    oasis: int = 0,
    **of_steppe: object,
) -> Scenario:
    """A day from second 100 to second 200."""
    accounts = [
        SettlementAccount(STEPPE, KZT, steppe, **of_steppe),  # type: ignore[arg-type]
        SettlementAccount(MOUNTAIN, KZT, mountain),
        SettlementAccount(OASIS, KZT, oasis),
    ]
    days = [day(0, 100 * SECOND, 200 * SECOND)]
    return attrs.evolve(
        scenario_of(accounts, list(payments), days), rulebook=rulebook or Rulebook()
    )


def instructed(scenario: Scenario, *instructions: dict[str, object]) -> Scenario:
    rows = [
        {"at": from_timestamp(int(str(row["at"])) * SECOND)}
        | {name: value for name, value in row.items() if name != "at"}
        for row in instructions
    ]
    return attrs.evolve(scenario, instructions=pl.DataFrame(rows, schema=INSTRUCTIONS))


def uetr(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def ring() -> list[dict[str, object]]:
    return [
        pay(STEPPE, MOUNTAIN, 7, 110),
        pay(MOUNTAIN, OASIS, 6, 111),
        pay(OASIS, STEPPE, 5, 112),
    ]


def endings(results: Results) -> list[tuple[str, str | None, int]]:
    """Mechanism or reason of each order, and the second when it ended."""
    orders = results.orders.with_columns(pl.col("final_at").to_physical() // SECOND)
    rows = orders.select(pl.coalesce("mechanism", "reason").alias("how"), "run", "final_at").rows()
    return [(how, run, second) for how, run, second in rows]


def every(seconds: int, algorithm: Algorithm) -> Rulebook:
    return Rulebook(schedule=(ScheduledRuns(algorithm, every=seconds * SECOND),))


def test_a_ring_settles_at_the_set_time_and_its_run_leaves_a_record() -> None:
    rulebook = every(30, Algorithm.GREATEST_FIFO_SET)
    results = settle(one_day(*ring(), rulebook=rulebook, steppe=2, mountain=0, oasis=0))
    assert endings(results) == [("greatest_fifo_set", 0, 130)] * 3
    # Steppe pays 7 and gets 5: it needs 2 and no more, though its statement has both lines.
    assert results.accounts["lowest_balance_minor"].to_list() == [0, 0, 0]
    assert results.accounts["liquidity_used_minor"].to_list() == [0, 0, 2]
    assert results.runs.select(pl.exclude("at")).rows() == [
        (0, "greatest_fifo_set", "KZT", 3, 3, 18, 16, None, None)
    ]


def test_a_run_sees_the_payments_of_its_own_moment_and_none_later() -> None:
    payments = [pay(STEPPE, MOUNTAIN, 7, 110), pay(MOUNTAIN, STEPPE, 7, 130)]
    rulebook = every(30, Algorithm.BILATERAL_PASS)
    assert (
        endings(settle(one_day(*payments, rulebook=rulebook))) == [("bilateral_pass", 0, 130)] * 2
    )
    payments[1]["submitted_at"] = 130 * SECOND + 1
    assert (
        endings(settle(one_day(*payments, rulebook=rulebook))) == [("bilateral_pass", 1, 160)] * 2
    )


def test_offsetting_on_entry_and_when_queues_have_grown_need_no_time() -> None:
    pair = [pay(STEPPE, MOUNTAIN, 7, 110), pay(MOUNTAIN, STEPPE, 7, 120)]
    results = settle(one_day(*pair, rulebook=Rulebook(offset_on_entry=True)))
    assert endings(results) == [("bilateral_on_entry", 0, 120)] * 2
    grown = Rulebook(when_queued=WhenQueued(3))
    assert (
        endings(settle(one_day(*ring(), rulebook=grown, steppe=2)))
        == [("greatest_fifo_set", 0, 112)] * 3
    )


@pytest.mark.parametrize("amount", [1, 2, 7])
def test_of_one_moment_credits_stand_before_debits_down_to_one_minor_unit(amount: int) -> None:
    pair = [pay(STEPPE, MOUNTAIN, amount, 110), pay(MOUNTAIN, STEPPE, amount, 120)]
    lines = settle(one_day(*pair, rulebook=Rulebook(offset_on_entry=True))).statements
    for bic in (STEPPE, MOUNTAIN):
        own = lines.filter(pl.col("bic") == bic).sort("entry")
        assert own["credit_minor"].to_list() == [amount, None], bic
        assert own["debit_minor"].to_list() == [None, amount], bic


def test_the_largest_value_uses_bypass_and_is_never_above_its_bound() -> None:
    # All of the queue cannot settle; in order, nothing can; of the two that can, 9 is worth more.
    payments = [
        pay(STEPPE, MOUNTAIN, 20, 110),
        pay(STEPPE, OASIS, 9, 111),
        pay(STEPPE, OASIS, 8, 112),
    ]
    rulebook = every(30, Algorithm.MAXIMUM_VALUE)
    results = settle(one_day(*payments, rulebook=rulebook, steppe=10))
    assert [how for how, _, _ in endings(results)] == [
        "RETURNED_AT_END_OF_DAY",
        "maximum_value",
        "RETURNED_AT_END_OF_DAY",
    ]
    columns = ("considered_orders", "settled_orders", "settled_minor", "bound_minor")
    assert results.runs.select(columns).rows() == [(3, 1, 9, 9), (2, 0, 0, 0), (2, 0, 0, 0)]
    assert results.runs["work"].min() == 0


def test_a_search_that_settles_nothing_leaves_its_record_with_its_bound() -> None:
    """As every other algorithm does; in a currency where another settles something, too."""
    accounts = [
        SettlementAccount(STEPPE, KZT, 10),
        SettlementAccount(MOUNTAIN, KZT, 0),
        SettlementAccount(STEPPE, UZS, 0),
        SettlementAccount(MOUNTAIN, UZS, 0),
    ]
    blocked = [
        pay(STEPPE, MOUNTAIN, 20, 110),
        pay(STEPPE, MOUNTAIN, 30, 110, currency="UZS"),
    ]
    for payments, settled in (
        (blocked, [(1, 0), (1, 0)]),
        ([*blocked, pay(STEPPE, MOUNTAIN, 9, 111)], [(2, 1), (1, 0)]),
    ):
        for algorithm in (Algorithm.MAXIMUM_VALUE, Algorithm.BILATERAL_PASS):
            days = [day(0, 100 * SECOND, 140 * SECOND)]
            rulebook = every(30, algorithm)
            scenario = scenario_of(accounts, payments, days)
            runs = settle(attrs.evolve(scenario, rulebook=rulebook)).runs
            assert runs["currency"].to_list() == ["KZT", "UZS"]
            assert runs["considered_orders"].to_list() == [queued for queued, _ in settled]
            if algorithm == Algorithm.MAXIMUM_VALUE:
                assert runs["settled_orders"].to_list() == [number for _, number in settled]
                assert runs["bound_minor"].to_list() == [9 * settled[0][1], 0]
                assert runs["work"].null_count() == 0


def test_bypass_is_told_apart_from_turns() -> None:
    payments = [pay(STEPPE, MOUNTAIN, 20, 110), pay(STEPPE, OASIS, 3, 111)]
    results = settle(one_day(*payments, rulebook=Rulebook(bypass=Bypass()), steppe=5))
    assert endings(results)[1] == ("bypass", None, 111)


def test_reservations_and_limits_of_the_directory_stand_on_every_day() -> None:
    accounts = [
        SettlementAccount(STEPPE, KZT, 20, reserved_urgent=6, net_sender_limit=12),
        SettlementAccount(
            MOUNTAIN, KZT, 20, bilateral_limits=(BilateralLimit(OASIS, 3),), reserved_high=19
        ),
        SettlementAccount(OASIS, KZT, 0),
    ]
    payments = [
        pay(STEPPE, OASIS, 13, 110, payment_class="urgent"),  # above the net-sender limit
        pay(MOUNTAIN, OASIS, 4, 110, payment_class="urgent"),  # above the bilateral limit
        pay(STEPPE, OASIS, 12, 310),
        pay(STEPPE, OASIS, 1, 311),  # the limit of 12 is used up
        pay(MOUNTAIN, STEPPE, 2, 312),  # 19 of 20 are reserved
    ]
    days = [day(0, 100 * SECOND, 200 * SECOND), day(1, 300 * SECOND, 400 * SECOND)]
    results = settle(scenario_of(accounts, payments, days))
    assert results.orders["status"].to_list() == [
        "returned",
        "returned",
        "settled",
        "returned",
        "returned",
    ]


def test_instructions_take_effect_after_the_payments_of_their_moment() -> None:
    scenario = instructed(
        one_day(
            pay(STEPPE, MOUNTAIN, 9, 110),
            pay(STEPPE, MOUNTAIN, 8, 111),
            pay(STEPPE, OASIS, 4, 112),
            pay(STEPPE, OASIS, 3, 113),
            steppe=4,
        ),
        {"at": 112, "instruction": "move_to_front", "uetr": uetr(2)},
        {"at": 120, "instruction": "change_class", "uetr": uetr(3), "payment_class": "urgent"},
        {"at": 121, "instruction": "cancel", "uetr": uetr(0)},
        {
            "at": 130,
            "instruction": "transfer_in",
            "participant": STEPPE,
            "currency": "KZT",
            "amount_minor": 11,
        },
    )
    assert endings(settle(scenario)) == [
        ("CANCELLED_BY_PARTICIPANT", None, 121),
        ("queue", None, 130),
        ("queue", None, 112),
        ("queue", None, 130),
    ]


def test_liquidity_transfers_stand_in_statements_and_are_no_use_of_liquidity() -> None:
    def transfer(kind: str, at: int, amount: int) -> dict[str, object]:
        return {
            "at": at,
            "instruction": kind,
            "participant": STEPPE,
            "currency": "KZT",
            "amount_minor": amount,
        }

    results = settle(
        instructed(
            one_day(pay(STEPPE, OASIS, 6, 120), steppe=10),
            transfer("transfer_in", 110, 5),
            transfer("transfer_out", 130, 9),
            transfer("transfer_out", 131, 1),  # refused: nothing is left
        )
    )
    lines = results.statements.filter(pl.col("bic") == STEPPE).select(
        "uetr", "counterparty", "debit_minor", "credit_minor", "balance_minor"
    )
    assert lines.rows() == [
        (None, None, None, 5, 15),
        (uetr(0), OASIS, 6, None, 9),
        (None, None, 9, None, 0),
    ]
    steppe = results.accounts.filter(pl.col("bic") == STEPPE).to_dicts()[0]
    assert steppe["liquidity_used_minor"] == 6
    assert (steppe["transferred_in_minor"], steppe["transferred_out_minor"]) == (5, 9)
    assert (steppe["paid_minor"], steppe["received_minor"]) == (6, 0)


def test_collateral_lends_and_a_new_credit_line_leaves_that_alone() -> None:
    pledged = (Collateral("Government bond", 10, Decimal("0.15")),)  # lends 8
    scenario = one_day(
        pay(STEPPE, OASIS, 8, 110),
        pay(STEPPE, OASIS, 4, 120),
        collateral=pledged,
    )
    assert endings(settle(scenario))[1][0] == "RETURNED_AT_END_OF_DAY"
    raised = instructed(
        scenario,
        {
            "at": 130,
            "instruction": "set_credit_line",
            "participant": STEPPE,
            "currency": "KZT",
            "amount_minor": 4,
        },
    )
    assert endings(settle(raised))[1] == ("queue", None, 130)


def test_an_operator_may_ask_for_a_run() -> None:
    scenario = instructed(
        one_day(*ring(), steppe=2),
        {"at": 150, "instruction": "offset", "algorithm": "all_or_nothing"},
    )
    assert endings(settle(scenario)) == [("all_or_nothing", 0, 150)] * 3


@pytest.mark.parametrize(("second", "queued"), [(112, 2), (113, 3), (131, 0)])
def test_settling_stops_before_a_moment(second: int, queued: int) -> None:
    rulebook = every(30, Algorithm.GREATEST_FIFO_SET)
    scenario = one_day(*ring(), rulebook=rulebook, steppe=2)
    assert settle_until(scenario, second * SECOND).queued == queued


_RULEBOOKS = st.builds(
    Rulebook,
    offset_on_entry=st.booleans(),
    bypass=st.none() | st.just(Bypass(depth=2, max_bypasses=3)),
    when_queued=st.none() | st.builds(WhenQueued, st.integers(1, 4)),
)


@settings(max_examples=examples(60))
@given(scenarios(), _RULEBOOKS)
def test_every_line_of_a_statement_is_inside_the_credit_line(
    scenario: Scenario, rulebook: Rulebook
) -> None:
    """Simultaneous settlement moves no balance below the floor, not even on the way."""
    results = settle(attrs.evolve(scenario, rulebook=rulebook))
    floors = results.statements.join(results.accounts, on="account", maintain_order="left")
    assert (floors["balance_minor"] >= -floors["credit_line_minor"]).all()
    settled = results.orders.filter(pl.col("status") == "settled")
    assert settled["mechanism"].null_count() == 0
    of_runs = settled.group_by("run").agg(pl.col("amount_minor").sum(), pl.len())
    claimed = results.runs.select("run", "settled_minor", "settled_orders").filter(
        pl.col("settled_orders") > 0
    )
    posted = of_runs.filter(pl.col("run").is_not_null()).select("run", "amount_minor", "len")
    assert sorted(claimed.rows()) == sorted(posted.rows())


def test_linked_orders_worth_less_than_the_smallest_unit_settle_for_maximum_value() -> None:
    accounts = [SettlementAccount(bic, find_currency(c), 0) for c in CODES for bic in BANKS]
    linked = {"submitted_at": 110 * SECOND, "amount_minor": 3}
    legs = [
        linked | {"payer": STEPPE, "payee": MOUNTAIN, "currency": "KZT", "counterleg": uetr(1)},
        linked | {"payer": MOUNTAIN, "payee": STEPPE, "currency": "UZS", "counterleg": uetr(0)},
        linked | {"payer": MOUNTAIN, "payee": STEPPE, "currency": "KZT"},
        linked | {"payer": STEPPE, "payee": MOUNTAIN, "currency": "UZS"},
    ]
    scenario = scenario_of(accounts, legs, [day(0, 100 * SECOND, 200 * SECOND)])
    dear = [Rate(find_currency(c), Decimal(500), datetime.date(1970, 1, 1), "x") for c in CODES]
    schedule = (ScheduledRuns(Algorithm.MAXIMUM_VALUE, every=20 * SECOND),)
    results = settle(
        attrs.evolve(
            scenario,
            rulebook=Rulebook(schedule=schedule),
            rates=RateTable(find_currency("USD"), dear),
        )
    )
    assert results.orders["mechanism"].to_list() == ["maximum_value"] * 4
