"""Designs compared: against the settlements they summarise, and facts that must hold."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import polars as pl
import pytest

from skontro.files import read_scenario
from skontro.model import (
    Algorithm,
    Collateral,
    InputError,
    ParticipantDirectory,
    Rulebook,
    ScheduledRuns,
    find_currency,
)
from skontro.report.comparison_page import render_comparison
from skontro.simulation import settle
from skontro.simulation.compare import (
    DESIGNS,
    Comparison,
    choose_designs,
    compare,
    comparison_csv,
    comparison_json,
    measure_optimum,
    parse_degree,
)
from skontro.simulation.compare.designs import DEGREES, TITLES, with_liquidity
from skontro.simulation.settling import settle_until
from skontro.statistics import measure_delay, measure_liquidity, measure_turnover
from tests.approval import assert_approved, page_text

_EXAMPLE = Path(__file__).parents[3] / "examples" / "three-banks"
_DEGREES = (Fraction(1, 5), Fraction(1, 2), Fraction(2))


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    scenario = read_scenario(_EXAMPLE).scenario
    return compare(scenario, DESIGNS, _DEGREES)


@pytest.mark.long
def test_each_outcome_is_that_of_the_settlement(comparison: Comparison) -> None:
    scenario = read_scenario(_EXAMPLE).scenario
    for degree in _DEGREES:
        for name in ("gross", "greatest_fifo_set"):
            scarce = with_liquidity(scenario, degree)
            results = settle(attrs.evolve(scarce, rulebook=DESIGNS[name].rulebook))
            outcome = comparison.outcome(name, degree)
            assert (outcome.design, outcome.degree) == (name, degree)
            assert outcome.settled == measure_turnover(results).total.settled
            assert outcome.delay == measure_delay(results).total.indicator
            assert outcome.used == measure_liquidity(results).total.used
            by_hand = sum(
                results.rates.value(minor, find_currency(code))
                for code, minor in results.accounts.group_by("currency")
                .agg((pl.col("opening_balance_minor") + pl.col("credit_line_minor")).sum())
                .rows()
            )
            # The outcome values each account by itself: a minor unit of rounding for each at most.
            assert abs(outcome.provided - by_hand) <= 2 * results.accounts.height


def test_what_settles_is_what_the_mechanisms_settle(comparison: Comparison) -> None:
    for outcome in comparison.outcomes:
        orders = sum(tally.orders for tally in outcome.by_mechanism.values())
        assert orders == outcome.settled.orders
        assert set(outcome.by_mechanism) <= {"entry", "queue", *_allowed(outcome.design)}
        assert 0 <= outcome.settled_share <= 1


def _allowed(design: str) -> set[str]:
    rulebook = DESIGNS[design].rulebook
    return {
        *(runs.algorithm.name.lower() for runs in rulebook.schedule),
        *(("bilateral_on_entry",) if rulebook.offset_on_entry else ()),
        *(("bypass",) if rulebook.bypass else ()),
    }


def test_the_algorithms_stand_in_order_below_the_bound(comparison: Comparison) -> None:
    for optimum in comparison.optima.values():
        settled = optimum.settled
        assert settled["all_or_nothing"] <= settled["greatest_fifo_set"]
        assert settled["greatest_fifo_set"] <= settled["maximum_value"] <= optimum.bound
        assert settled["bilateral_pass"] <= optimum.bound <= optimum.queued


def test_looking_for_the_optimum_changes_nothing() -> None:
    scenario = with_liquidity(read_scenario(_EXAMPLE).scenario, Fraction(1, 5))
    engine = settle_until(scenario, scenario.business_days[0].closes_at - 1)
    before = engine.digest()
    measure_optimum(engine, scenario.rates)
    assert engine.digest() == before
    engine.check()


@pytest.mark.long
def test_the_same_comparison_gives_the_same_bytes(comparison: Comparison) -> None:
    again = compare(read_scenario(_EXAMPLE).scenario, DESIGNS, reversed(_DEGREES))
    assert comparison_json(again) == comparison_json(comparison)
    assert render_comparison(again) == render_comparison(comparison)
    assert comparison_csv(again).equals(comparison_csv(comparison))


def test_json_and_table_hold_every_outcome(comparison: Comparison) -> None:
    document = json.loads(comparison_json(comparison))
    assert len(document["outcomes"]) == len(DESIGNS) * len(_DEGREES)
    table = comparison_csv(comparison)
    assert table.height == len(document["outcomes"])
    assert table["settled_value"].to_list() == [o["settled"]["value"] for o in document["outcomes"]]
    assert {len(optimum["gap"]) for optimum in document["optima"]} == {4}


def test_every_share_names_its_layer_and_definition(comparison: Comparison) -> None:
    table = comparison_csv(comparison)
    shares = [name for name in table.columns if "_share_" in name]
    assert len(shares) == 6
    assert all(name.startswith(("interbank_", "residual_")) for name in shares)
    assert all(name.endswith(("_by_corridor", "_by_member")) for name in shares)
    document = json.loads(comparison_json(comparison))
    assert [*document["outcomes"][0]["national_currency_share"]] == shares
    page = render_comparison(comparison)
    assert_approved("comparison.txt", page_text(page))
    assert "National by corridor, interbank" in page
    assert "National by member, interbank" in page
    # Kazakhstan's bank pays or is paid in every order, and KGS are those of its counterparty.
    assert {outcome.interbank.by_corridor.share for outcome in comparison.outcomes} == {1}


def test_scarcer_liquidity_is_rounded_down_to_whole_units() -> None:
    scenario = read_scenario(_EXAMPLE).scenario
    scarce = with_liquidity(scenario, Fraction(1, 3))
    for account, part in zip(scenario.directory.accounts, scarce.directory.accounts, strict=True):
        assert part.opening_balance == account.opening_balance // 3
        assert part.credit_line == account.credit_line // 3


def test_scarcer_liquidity_leaves_no_account_below_its_floor() -> None:
    scenario = read_scenario(_EXAMPLE).scenario
    bonds = tuple(Collateral(f"Bond {number}", 3, Decimal("0.5")) for number in range(3))
    owing = attrs.evolve(
        scenario.directory.accounts[0], opening_balance=-10, credit_line=7, collateral=bonds
    )
    accounts = [owing, *scenario.directory.accounts[1:]]
    directory = ParticipantDirectory(scenario.directory.participants, accounts)
    scarce = with_liquidity(attrs.evolve(scenario, directory=directory), Fraction(1, 2))
    account = scarce.directory.accounts[0]
    assert (account.credit_line, account.intraday_credit, account.opening_balance) == (3, 3, -3)


def test_a_scenario_brings_its_own_rulebook() -> None:
    scenario = read_scenario(_EXAMPLE).scenario
    assert "scenario" not in choose_designs(scenario)
    own = Rulebook(schedule=(ScheduledRuns(Algorithm.BILATERAL_PASS, every=10**9),))
    with_own = attrs.evolve(scenario, rulebook=own)
    assert choose_designs(with_own)["scenario"].rulebook == own
    assert list(choose_designs(with_own, ["scenario", "gross"])) == ["scenario", "gross"]
    with pytest.raises(InputError, match="no design 'grss': there are gross, offset_on_entry"):
        choose_designs(scenario, ["grss"])


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("35%", Fraction(7, 20)),
        ("0.35", Fraction(7, 20)),
        ("200%", Fraction(2)),
        ("1", Fraction(1)),
        (" 1% ", Fraction(1, 100)),
        ("10000%", Fraction(100)),
        ("0.0001%", Fraction(1, 10**6)),
    ],
)
def test_degrees_are_exact(text: str, degree: Fraction) -> None:
    assert parse_degree(text) == degree


@pytest.mark.parametrize(
    "text", ["", "much", "0%", "-5%", "1/0", "10001%", "nan", "1e999999999", "1" * 5000]
)
def test_a_degree_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="of the liquidity"):
        parse_degree(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5", "'1.5' could mean 1.5% or 150%: write one of them"),
        ("100", "'100' could mean 100% or 10000%: write one of them"),
        ("101", "'101' is not above 0% and at most 10000% of the liquidity"),
        ("0", "'0' is not above 0% and at most 10000% of the liquidity"),
        ("x%", "'x%' is not a part of the liquidity such as 35%"),
    ],
)
def test_a_degree_that_may_be_meant_otherwise_is_asked_about(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_degree(text)
    assert str(error.value) == message


def test_built_in_designs_and_what_each_algorithm_settles_are_as_approved(
    comparison: Comparison,
) -> None:
    document = json.loads(comparison_json(comparison))
    kept = {
        "degrees": [str(degree) for degree in DEGREES],
        "titles": dict(TITLES),
        "designs": {name: one["rulebook"] for name, one in document["designs"].items()},
        "optima": document["optima"],
    }
    assert_approved("designs.json", json.dumps(kept, indent=1) + "\n", exact=True)


def test_where_nothing_is_submitted_all_of_it_settles() -> None:
    scenario = read_scenario(_EXAMPLE).scenario
    empty = attrs.evolve(scenario, payments=scenario.payments.clear())
    told: list[tuple[int, int]] = []
    designs = {"gross": DESIGNS["gross"]}
    compared = compare(empty, designs, [Fraction(2), Fraction(1)], lambda *step: told.append(step))
    assert told == [(0, 4), (2, 4), (4, 4)]
    assert compared.degrees == (1, 2)
    assert [one.settled_share for one in compared.outcomes] == [1, 1]
    optimum = compared.optima[Fraction(1)]
    assert (optimum.orders, optimum.queued, optimum.bound) == (0, 0, 0)
    assert optimum.gap("maximum_value") is None
    assert comparison_csv(compared)["settled_by_entry_value"].to_list() == ["0", "0"]
