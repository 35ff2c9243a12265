"""What netting cycles refuse, with names; and how they number orders and tell of their progress."""

import datetime
from collections.abc import Callable
from typing import Any

import attrs
import polars as pl
import pytest

from skontro.files import INSTRUCTIONS, Scenario
from skontro.model import (
    CycleLength,
    Failure,
    Guarantee,
    InputError,
    Netting,
    NettingRules,
    ParticipantDirectory,
    ResidualCurrency,
    Rulebook,
    from_timestamp,
)
from skontro.simulation import settle
from skontro.simulation.netting_cycles import check_cycles, commands_of_cycles
from tests.netting.unions import AGENT, DATE, USD, days, union

STEPPE, MOUNTAIN, VOLGA = "STEPKZA0", "MOUNKGB0", "VOLGRUM0"
RULES = NettingRules(
    length=CycleLength(1, "days"),
    third_currency=USD,
    residual=ResidualCurrency.CREDITOR,
    clearing_agent=AGENT,
)


def two_days(rules: NettingRules = RULES) -> Scenario:
    first, second = days(2)
    payments = [
        (STEPPE, VOLGA, "KZT", 50_000, first.opens_at + 1),
        (VOLGA, MOUNTAIN, "RUB", 9_000, first.opens_at + 2),
        (STEPPE, MOUNTAIN, "KZT", 700, second.opens_at + 1),
        (MOUNTAIN, STEPPE, "KGS", 700, second.opens_at + 2),
        (VOLGA, STEPPE, "RUB", 80, second.opens_at + 3),
    ]
    return union(payments, rules, [first, second])


def without_accounts(scenario: Scenario, missing: Callable[[Any], bool]) -> Scenario:
    directory = scenario.directory
    kept = [account for account in directory.accounts if not missing(account)]
    return attrs.evolve(scenario, directory=ParticipantDirectory(directory.participants, kept))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            attrs.evolve(RULES, collateral={"NOBODEFF": 1}),
            "netting: NOBODEFF is not in the participant directory",
        ),
        (
            attrs.evolve(RULES, failures=(Failure("NOBODEFF", DATE),)),
            "netting: NOBODEFF is not in the participant directory",
        ),
        (
            attrs.evolve(RULES, clearing_agent="NOBODEFF"),
            "netting: clearing_agent NOBODEFF is not in the participant directory; add it",
        ),
    ],
)
def test_rules_name_none_but_participants(rules: NettingRules, message: str) -> None:
    scenario = two_days(rules)
    for refused in (settle, lambda one: check_cycles(one, rules)):
        with pytest.raises(InputError) as error:
            refused(scenario)
        assert str(error.value).startswith(message)
    check_cycles(two_days(), RULES)


def test_cycles_have_no_rulebook_beside_them() -> None:
    scenario = attrs.evolve(two_days(), rulebook=Rulebook(offset_on_entry=True))
    for refused in (settle, lambda one: check_cycles(one, RULES)):
        with pytest.raises(InputError, match="at cut-offs alone; leave the rulebook out"):
            refused(scenario)


def test_a_currency_of_payment_that_nobody_holds_is_named() -> None:
    scenario = without_accounts(two_days(), lambda account: account.currency.code == "RUB")
    with pytest.raises(InputError, match="due in RUB, in which no participant has an account"):
        settle(scenario)


def test_an_account_that_a_conversion_needs_is_named() -> None:
    def missing(account: Any) -> bool:
        return (account.bic, account.currency.code) == (AGENT, "KGS")

    with pytest.raises(InputError) as error:
        settle(without_accounts(two_days(), missing))
    assert str(error.value) == (
        f"netting: {AGENT} needs a settlement account in KGS: add it to the participants"
    )


@pytest.mark.parametrize("collateral", [0, 1])
def test_where_no_survivor_has_dealt_with_who_failed_nobody_can_pay(collateral: int) -> None:
    rules = attrs.evolve(
        RULES,
        collateral={STEPPE: collateral},
        guarantee=Guarantee.COLLATERAL_THEN_SURVIVORS,
        failures=tuple(Failure(bic, DATE) for bic in (STEPPE, VOLGA, MOUNTAIN)),
    )
    with pytest.raises(InputError, match="left to pay for STEPKZA0, and its collateral is used up"):
        settle(two_days(rules))


def test_orders_of_later_days_keep_their_links_behind_the_conversions_of_earlier_ones() -> None:
    scenario = two_days()
    names = scenario.payments["uetr"].to_list()
    linked = [None, None, names[3], names[2], None]
    payments = scenario.payments.with_columns(pl.Series("counterleg", linked, dtype=pl.String))
    row = {
        "at": from_timestamp(days(2)[1].opens_at + 4),
        "instruction": "cancel",
        "uetr": names[4],
    }
    scenario = attrs.evolve(
        scenario,
        payments=payments,
        instructions=pl.DataFrame([row], schema=INSTRUCTIONS),
    )
    own = settle(scenario).orders.filter(pl.col("uetr").is_in(names))
    assert own.sort("uetr")["status"].to_list() == [*["settled"] * 4, "cancelled"]
    assert own.filter(pl.col("counterleg").is_not_null())["final_at"].n_unique() == 1
    conversions = settle(scenario).orders.filter(~pl.col("uetr").is_in(names))
    assert conversions["business_date"].unique().sort().to_list() == [
        DATE,
        DATE + datetime.timedelta(1),
    ]


def test_progress_is_told_after_every_cut_off() -> None:
    told: list[tuple[int, int]] = []
    settle(two_days(), lambda *step: told.append(step))
    # Each day opens and closes and has its payments; conversions at cut-offs are not counted.
    assert told == [(3, 9), (8, 9)]
    assert len(commands_of_cycles(two_days(), RULES)) == 28


@pytest.mark.parametrize("netting", Netting)
def test_no_orders_leave_nothing_to_pay(netting: Netting) -> None:
    scenario = two_days(attrs.evolve(RULES, netting=netting))
    results = settle(attrs.evolve(scenario, payments=scenario.payments.clear()))
    assert results.orders.is_empty()
    assert results.residuals.is_empty()
    assert results.runs.is_empty()
