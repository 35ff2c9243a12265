"""Exploration: the engine against plain arithmetic, the bound against brute force, the command."""

import datetime
import itertools
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import InputError, InvariantBroken, Netting, find_currency
from skontro.netting import ObligationMatrix
from skontro.simulation.clearing_study import (
    CYCLES,
    Design,
    TradeYear,
    clearing,
    least_third_currency,
    settle_design,
    spread_over_year,
    trade_of_matrix,
    trade_year,
)
from skontro.simulation.clearing_study.designs import parse_part
from skontro.simulation.clearing_study.published_shares import published_shares
from skontro.simulation.generator.sources import find_group
from tests.cli.command import skontro
from tests.draws import examples

COUNTRIES = ("ARM", "KAZ", "KGZ", "RUS")


def small_year(daily: list[list[int]], corridors: list[tuple[int, int]]) -> TradeYear:
    days = len(daily[0])
    table = np.array(daily, np.int64)
    return TradeYear(
        name="Small year",
        currency=find_currency("USD"),
        spread=Decimal("0.6"),
        parties=COUNTRIES,
        labels=COUNTRIES,
        dates=tuple(datetime.date(2020, 1, 1) + datetime.timedelta(day) for day in range(days)),
        importer=np.array([i for i, _ in corridors], np.int64),
        exporter=np.array([e for _, e in corridors], np.int64),
        annual=table.sum(axis=1),
        daily=table,
    )


@st.composite
def years(draw: st.DrawFn) -> TradeYear:
    every = list(itertools.permutations(range(len(COUNTRIES)), 2))
    corridors = sorted(draw(st.lists(st.sampled_from(every), min_size=1, unique=True)))
    days = draw(st.integers(1, 6))
    row = st.lists(st.integers(0, 20), min_size=days, max_size=days)
    daily = [[*draw(row)] for _ in corridors]
    for amounts in daily:
        amounts[0] += 1  # every corridor has trade
    return small_year(daily, corridors)


PARTS = st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 3), Fraction(2)])
DESIGNS = st.builds(
    Design,
    st.sampled_from(Netting),
    st.sampled_from(["daily", "weekly", "monthly"]),
    PARTS,
    st.none() | PARTS,
)


def plain(year: TradeYear, design: Design) -> tuple[int, list[list[int]]]:
    """The rules of clearing once more, in dictionaries; and the positions after each cut-off."""
    bilateral = design.netting == Netting.BILATERAL
    trade: dict[tuple[int, int], int] = {}
    corridors = list(zip(year.importer.tolist(), year.exporter.tolist(), strict=True))
    for (one, other), value in zip(corridors, year.annual.tolist(), strict=True):
        trade[one, other] = trade.get((one, other), 0) + value
        trade[other, one] = trade.get((other, one), 0) + value
    keys = sorted(trade if bilateral else {(one, -1) for one, _ in trade})
    size = {
        key: trade[key] if bilateral else sum(v for (a, _), v in trade.items() if a == key[0])
        for key in keys
    }
    line = {key: int(size[key] * design.line) for key in keys}
    held = design.holding
    holding = {key: 10**30 if held is None else int(size[key] * held) for key in keys}
    position = dict.fromkeys(keys, 0)
    third, start, history = 0, 0, []
    for end in design.cut_offs(year):
        for (one, other), amounts in zip(corridors, year.daily.tolist(), strict=True):
            amount = sum(amounts[start : end + 1])
            position[one, other if bilateral else -1] -= amount
            position[other, one if bilateral else -1] += amount
        start = end + 1
        if bilateral:
            for one, other in keys:
                excess = -position[one, other] - min(line[one, other], holding[other, one])
                if excess > 0:
                    third += excess
                    position[one, other] += excess
                    position[other, one] -= excess
        else:
            third += _bring_inside(position, line, holding)
        history.append(
            [sum(v for (a, _), v in position.items() if a == c) for c in range(len(COUNTRIES))]
        )
    return third, history


def _bring_inside(
    position: dict[tuple[int, int], int],
    line: dict[tuple[int, int], int],
    holding: dict[tuple[int, int], int],
) -> int:
    pay = {k: max(0, -p - line[k]) for k, p in position.items()}
    get = {k: max(0, p - holding[k]) for k, p in position.items()}
    owed = {k: -p - pay[k] for k, p in position.items() if p < 0}
    claimed = {k: p - get[k] for k, p in position.items() if p > 0}
    for payments, others, left in ((pay, get, owed), (get, pay, claimed)):
        for key in sorted(left, key=lambda k: (-left[k], k)):
            payments[key] += max(0, min(left[key], sum(others.values()) - sum(payments.values())))
    for key in position:
        position[key] += pay[key] - get[key]
    return sum(pay.values())


@settings(max_examples=examples(150))
@given(years(), DESIGNS)
def test_the_engine_pays_what_the_rules_say(year: TradeYear, design: Design) -> None:
    settled = settle_design(year, design)
    third, history = plain(year, design)
    assert settled.third == third
    assert settled.balances.tolist() == history


def test_balances_that_are_not_net_trade_and_payments_stop_the_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    year = small_year([[9, 3]], [(0, 3)])
    design = Design(Netting.MULTILATERAL, "daily", Fraction(2))
    wrong = np.array([[-9, -2], [9, 2]], np.int64)
    monkeypatch.setattr(clearing, "net_trade", lambda *_: wrong)
    with pytest.raises(InvariantBroken, match="balances after cut-off 1 are not those"):
        settle_design(year, design)


@settings(max_examples=examples(150))
@given(years(), DESIGNS)
def test_the_bound_is_never_above_what_was_paid(year: TradeYear, design: Design) -> None:
    assert least_third_currency(year, design) <= settle_design(year, design).third


@settings(max_examples=examples(100))
@given(years(), DESIGNS)
def test_in_pairs_the_engine_reaches_the_bound(year: TradeYear, design: Design) -> None:
    """A position that is moved only when it must be, and no further, moves least of all."""
    in_pairs = attrs.evolve(design, netting=Netting.BILATERAL)
    assert least_third_currency(year, in_pairs) == settle_design(year, in_pairs).third


def test_the_bound_is_the_best_of_all_courses_in_a_small_case() -> None:
    # Armenia may owe 5. Day 1 it imports 9, day 2 it exports 9: paying 4 on day 1 is the least.
    year = small_year([[9, 0], [0, 9]], [(0, 3), (3, 0)])
    design = Design(Netting.MULTILATERAL, "daily", Fraction(5, 18))
    found = [
        pay
        for pay in range(10)
        for back in range(10)
        if -5 <= pay - 9 <= 5 and -5 <= pay - 9 + 9 - back <= 5
    ]
    assert (
        min(found) == 4 == least_third_currency(year, design) == settle_design(year, design).third
    )


def test_without_credit_one_cycle_leaves_what_netting_leaves() -> None:
    year = trade_year("CIS", 2020)
    pairs = zip(year.importer.tolist(), year.exporter.tolist(), strict=True)
    owed = {
        (year.parties[i], year.parties[e]): value
        for (i, e), value in zip(pairs, year.annual.tolist(), strict=True)
    }
    matrix = ObligationMatrix(owed)
    one_cycle = attrs.evolve(year, dates=year.dates[:1], daily=year.annual[:, None])
    for netting, left in (
        (Netting.BILATERAL, matrix.left_bilateral),
        (Netting.MULTILATERAL, matrix.left_multilateral),
    ):
        assert settle_design(one_cycle, Design(netting, "daily", Fraction(0))).third == left


def test_more_credit_and_longer_cycles_never_need_more_at_best() -> None:
    year = trade_year("EAEU", 2019)
    for netting in Netting:
        by_line = [
            least_third_currency(year, Design(netting, "monthly", Fraction(n, 50)))
            for n in range(4)
        ]
        assert by_line == sorted(by_line, reverse=True)
        assert len({*by_line}) == 4
        by_cycle = [
            settle_design(year, Design(netting, cycle, Fraction(0))).third
            for cycle in ("daily", "monthly", "asian_clearing_union", "aladi_reciprocal_credits")
        ]
        assert by_cycle == sorted(by_cycle, reverse=True)


def test_days_add_up_to_the_year_and_come_of_the_seed() -> None:
    matrix = ObligationMatrix({("KAZ", "RUS"): 1_234_567_890, ("RUS", "KAZ"): 1})
    trade = trade_of_matrix("Two", find_currency("USD"), matrix, 2020)
    spread = Decimal("0.6")
    year = spread_over_year(trade, spread, 5)
    assert year.annual.tolist() == [1_234_567_890, 1]
    assert (year.daily.sum(axis=1) == year.annual).all()
    assert (year.daily >= 0).all()
    assert (spread_over_year(trade, spread, 5).daily == year.daily).all()
    assert (spread_over_year(trade, spread, 6).daily != year.daily).any()


def test_cut_offs_of_presets() -> None:
    year = trade_year("EAEU", 2020)
    ends = {
        cycle: [
            year.dates[day] for day in Design(Netting.BILATERAL, cycle, Fraction(0)).cut_offs(year)
        ]
        for cycle in CYCLES
    }
    assert [date.month for date in ends["asian_clearing_union"]] == [2, 4, 6, 8, 10, 12]
    assert [date.month for date in ends["aladi_reciprocal_credits"]] == [4, 8, 12]
    assert [date.month for date in ends["monthly"]] == list(range(1, 13))
    assert len(ends["daily"]) == len(year.dates) == 262
    assert all(dates[-1] == datetime.date(2020, 12, 31) for dates in ends.values())


def test_published_shares_of_a_group_and_of_groups_within() -> None:
    eaeu = {(fact.period, fact.share) for fact in published_shares(find_group("EAEU"))}
    assert {("2013", Fraction(63, 100)), ("2021", Fraction(74, 100))} <= eaeu
    assert {fact.scope for fact in published_shares(find_group("CIS"))} == {"CIS", "EAEU"}
    assert published_shares(find_group("ASEAN")) == ()


@pytest.mark.parametrize("text", ["2", "-1%", "%", "2.5.1%", "1001%"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="part of annual trade"):
        parse_part(text)


@pytest.mark.long
def test_the_command_writes_page_table_and_json(tmp_path: Path) -> None:
    options = ("--group", "EAEU", "--line", "0%", "--line", "4%", "--cycle", "monthly")
    outputs = []
    for name in ("one", "other"):
        run = skontro("explore", *options, "--holding", "1%", "--output", tmp_path / name)
        assert run.returncode == 0, run.stderr
        assert "multilateral, 1 mo." in run.stdout
        outputs.append({p.name: p.read_bytes() for p in sorted((tmp_path / name).iterdir())})
    assert outputs[0] == outputs[1]
    written = [".skontro-output.json", "exploration.csv", "exploration.html", "exploration.json"]
    assert [*outputs[0]] == written
    points = json.loads(outputs[0]["exploration.json"])["points"]
    assert len(points) == 6
    assert "Share of gross trade without third currency" in run.stdout
    alike = "national by corridor and by member alike"
    assert alike in " ".join(run.stdout.split())
    assert alike in outputs[0]["exploration.html"].decode().lower()
    assert set(json.loads(outputs[0]["exploration.json"])["definitions"]) == {
        "share_of_gross_trade",
        "national",
    }
    assert all(p["share_of_gross_trade"] <= p["most_share_of_gross_trade"] for p in points)
    assert all(p["lowest_share_of_gross_trade"] <= p["share_of_gross_trade"] for p in points)
    assert all(p["share_of_gross_trade"] <= p["highest_share_of_gross_trade"] for p in points)


def test_an_unknown_group_and_year_are_refused() -> None:
    with pytest.raises(InputError, match="'EUROPE' is not a group of countries; known are CIS"):
        trade_year("EUROPE", 2020)
    with pytest.raises(InputError, match="no trade matrix of 1999; available are those of 2019"):
        trade_year("CIS", 1999)
