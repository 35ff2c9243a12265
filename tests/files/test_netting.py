"""Rules of netting cycles written into a scenario and read back, and what is refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skontro.files import read_results, read_scenario, write_results, write_scenario
from skontro.model import (
    CYCLE_PRESETS,
    CycleLength,
    Failure,
    Guarantee,
    HoldingLimit,
    InputError,
    Netting,
    NettingRules,
    ResidualCurrency,
    SwapLine,
    find_country,
    find_currency,
)
from skontro.simulation import settle
from tests.draws import examples
from tests.netting.unions import AGENT, BANKS, DATE, USD, days, union

KAZ, KGZ, UZB, RUS = BANKS
RUB = find_currency("RUB")
AMOUNTS = st.integers(0, 10**15)

RULES = st.builds(
    NettingRules,
    length=st.sampled_from([*CYCLE_PRESETS.values(), CycleLength(15, "minutes")]),
    third_currency=st.just(USD),
    netting=st.sampled_from(Netting),
    residual=st.sampled_from(ResidualCurrency),
    clearing_agent=st.just(AGENT),
    swap_lines=st.lists(
        st.builds(
            SwapLine,
            st.just(find_country("KAZ")),
            st.just(RUB),
            AMOUNTS,
            st.decimals(0, 1, places=4),
        ),
        max_size=1,
    ).map(tuple),
    holding_limits=st.lists(
        st.builds(HoldingLimit, st.just(KGZ), st.just(RUB), AMOUNTS), max_size=1
    ).map(tuple),
    guarantee=st.sampled_from(Guarantee),
    collateral=st.dictionaries(st.sampled_from([KAZ, UZB]), AMOUNTS),
    failures=st.lists(st.builds(Failure, st.just(KAZ), st.just(DATE)), max_size=1).map(tuple),
)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RULES)
def test_rules_read_back_as_they_were_written(tmp_path: Path, rules: NettingRules) -> None:
    [day] = days(1)
    scenario = union([(KAZ, RUS, "RUB", 5, day.opens_at)], rules, [day])
    write_scenario(tmp_path / "scenario", scenario)
    assert read_scenario(tmp_path / "scenario").scenario.netting == rules


def test_results_of_cycles_read_back(tmp_path: Path) -> None:
    [day] = days(1)
    line = SwapLine(find_country("KAZ"), RUB, 3, Decimal("0.085"))
    rules = NettingRules(CycleLength(1, "days"), USD, swap_lines=(line,))
    results = settle(union([(KAZ, RUS, "RUB", 5, day.opens_at)], rules, [day]))
    write_results(tmp_path, results)
    again = read_results(tmp_path)
    assert again.netting == rules
    assert again.residuals.equals(results.residuals)
    assert again.residuals.height == 2
    assert again.swap_lines.equals(results.swap_lines)
    assert again.swap_lines.height == 1


def test_what_is_left_out_of_rules_is_as_documented(tmp_path: Path) -> None:
    [day] = days(1)
    write_scenario(tmp_path, union([], NettingRules(CycleLength(1, "days"), USD), [day]))
    path = tmp_path / "scenario.yaml"
    before, rest = path.read_text().split("netting:\n")
    after = "participants:" + rest.split("participants:")[1]
    lines = "swap_lines: [{borrower: KAZ, currency: RUB, limit: '1.00'PART}]"
    for part, rate in (("", 0), (", annual_rate: '100'", 100)):
        rules = f"netting: {{length: daily, third_currency: USD, {lines.replace('PART', part)}}}\n"
        path.write_text(before + rules + after)
        assert read_scenario(tmp_path).scenario.netting == NettingRules(
            CycleLength(1, "days"),
            USD,
            netting=Netting.MULTILATERAL,
            residual=ResidualCurrency.AS_ORDERED,
            guarantee=Guarantee.COLLATERAL_THEN_SURVIVORS,
            swap_lines=(SwapLine(find_country("KAZ"), RUB, 100, Decimal(rate)),),
        )
    path.write_text(f"{before}netting:\n{after}")
    with pytest.raises(InputError, match="netting must be a mapping with keys; leave out the key"):
        read_scenario(tmp_path)


UNUSABLE = {
    "  length: weekly": "line 12: netting.length must be one of asian_clearing_union",
    "  length:\n    number: 5\n    unit: months": "5 months do not divide a year",
    "  length:\n    number: 0\n    unit: days": "must have a number of 1 or more and a unit",
    "  residual: gold": "'gold' is not one of as_ordered, creditor, debtor, third",
    "  residual: third": "name the clearing_agent",
    "  swap_lines:\n    - {borrower: KAZ, currency: RUB, limit: 1.5}": "is a float",
    "  swap_lines:\n    - {borrower: KAZ, currency: RUB, limit: '1.555'}": "swap_lines[0].limit",
    "  swap_lines:\n    - {borrower: KAZ, currency: KZT, limit: '1'}": "needs no swap line",
    "  swap_lines:\n    - {borrower: KAZ, currency: RUB, limit: '1', annual_rate: '-1'}": "a rate",
    "  collateral:\n    - {bic: STEPKZA0, currency: RUB, amount: '1'}": "in the third currency",
    "  collateral:\n    - {bic: STEPKZA0, currency: USD, amount: '1'}\n"
    "    - {bic: STEPKZA0, currency: USD, amount: '2'}": "a participant appears twice",
    "  length: 3": "aladi_reciprocal_credits, daily, hourly, or a number and a unit",
    "  length: {number: 1, unit: weeks}": "minutes, days",
    "  swap_lines:\n    - {borrower: KAZ, currency: RUB, limit: '1', annual_rate: '101'}": "a rate",
    "  failures:\n    - {bic: STEPKZA0, date: tomorrow}": "is not a date",
    "  cut_off: noon": "is an unknown key",
}


@pytest.mark.parametrize(("text", "message"), UNUSABLE.items())
def test_unusable_rules_are_refused_with_their_place(
    tmp_path: Path, text: str, message: str
) -> None:
    [day] = days(1)
    rules = NettingRules(CycleLength(1, "days"), USD)
    write_scenario(tmp_path, union([], rules, [day]))
    path = tmp_path / "scenario.yaml"
    lines = path.read_text().split("\n")
    start = lines.index("netting:")
    end = next(i for i, line in enumerate(lines) if line.startswith("participants:"))
    length = [] if text.startswith("  length") else ["  length: daily"]
    lines[start + 1 : end] = [*text.split("\n"), *length, "  third_currency: USD"]
    path.write_text("\n".join(lines))
    with pytest.raises(InputError) as refused:
        read_scenario(tmp_path)
    assert message in str(refused.value)
    assert "netting" in str(refused.value)
