"""Exact limits of a clearing study, its designs as they ship, and its documents as approved."""

import datetime
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from skontro.model import InputError, Netting, find_currency
from skontro.netting import ObligationMatrix
from skontro.simulation.clearing_study.designs import (
    CYCLES,
    HOLDINGS,
    LINES,
    Design,
    grid,
    parse_part,
)
from skontro.simulation.clearing_study.documents import exploration_csv, exploration_json
from skontro.simulation.clearing_study.exploration import explore
from skontro.simulation.clearing_study.published_shares import PublishedShare, published_shares
from skontro.simulation.clearing_study.spreads import (
    mean_deviation,
    parse_spread,
    peak_spread,
)
from skontro.simulation.clearing_study.trade_year import (
    trade_of_group,
    trade_of_matrix,
    trade_year,
)
from skontro.simulation.generator.sources import find_group
from skontro.simulation.trade_obligations import GROUPS, potential_of_trade, trade_among
from tests.approval import assert_approved

USD = find_currency("USD")


def test_a_study_is_documented_as_approved_and_tells_its_progress() -> None:
    owed = {("A", "É"): 7_000_000, ("É", "A"): 6_500_000, ("A", "C"): 2_000_001, ("C", "É"): 900}
    trade = trade_of_matrix("Three", USD, ObligationMatrix(owed), 2021)
    designs = grid([*Netting], ["monthly"], LINES[3:4], [None, HOLDINGS[0]])
    told: list[tuple[int, int]] = []
    spreads = [Decimal("0.6"), Decimal("0.9")]
    explored = explore(trade, spreads, designs, progress=lambda *step: told.append(step))
    assert told == [(number, 4) for number in range(1, 5)]
    table = exploration_csv(explored).transpose(include_header=True).write_csv()
    assert_approved("study.txt", table + exploration_json(explored), exact=True)
    assert (explored.year.spread, explored.years[0].spread) == (spreads[1], spreads[0])
    other = explore(trade, spreads, designs[:1], seed=2)
    assert other.points[0].third != explored.points[0].third


def test_designs_stand_in_order_of_netting_cycle_holding_and_line() -> None:
    found = grid([*Netting], ["daily", "weekly"], [Fraction(0), Fraction(1)], [None, Fraction(2)])
    assert len(found) == 16
    assert [(one.cycle, one.holding, one.line) for one in found[:5]] == [
        ("daily", None, 0),
        ("daily", None, 1),
        ("daily", 2, 0),
        ("daily", 2, 1),
        ("weekly", None, 0),
    ]
    assert [one.netting for one in found[::8]] == [*Netting]
    assert Design(Netting.BILATERAL, "daily", Fraction(0)).holding is None


def test_cycles_lines_and_holdings_are_those_that_ship() -> None:
    assert {name: (cycle.number, cycle.unit) for name, cycle in CYCLES.items()} == {
        "daily": (1, "days"),
        "weekly": (5, "days"),
        "monthly": (1, "months"),
        "asian_clearing_union": (2, "months"),
        "aladi_reciprocal_credits": (4, "months"),
    }
    percents = [0, Fraction(1, 4), Fraction(1, 2), 1, 2, 4, 8, 16, 32]
    assert [100 * line for line in LINES] == percents
    assert [100 * holding for holding in HOLDINGS] == percents[3:]


@pytest.mark.parametrize(
    ("text", "part"), [("0%", Fraction(0)), ("1000%", Fraction(10)), ("2.5%", Fraction(1, 40))]
)
def test_a_part_may_be_at_its_limit(text: str, part: Fraction) -> None:
    assert parse_part(text) == part


@pytest.mark.parametrize("text", ["1000.001%", "1001%", "0", "-0%"])
def test_a_part_beyond_its_limit_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is not a part of annual trade like 2.5%, up to 1000%"):
        parse_part(text)


def test_a_spread_may_be_from_nothing_to_four() -> None:
    assert [parse_spread(text) for text in ("0", "4", "4.000000")] == [0, 4, 4]
    for text in ("4.000001", "-0", "0.0000001", "123"):
        with pytest.raises(InputError, match="from 0 to 4"):
            parse_spread(text)


def test_a_peak_of_the_mean_has_no_spread_and_a_peak_too_high_the_greatest() -> None:
    assert peak_spread(1.0, 261) == pytest.approx(0)
    # The score of the greatest of 261 days is 2.821183: spread s gives exp(2.821183 s - s**2 / 2).
    for spread in (0.1, 0.25744, 1.0):
        peak = math.exp(2.821183065679749 * spread - spread**2 / 2)
        assert peak_spread(peak, 261) == pytest.approx(spread)
    assert peak_spread(100.0, 261) == pytest.approx(2.821183065679749)


def test_deviations_fall_with_the_number_of_payments_and_with_its_root_in_the_end() -> None:
    numbers = np.array([2.0**-9, 2.0**-8, 1.0, 1.5, 2.0, 2.0**13, 2.0**15])
    found = mean_deviation(numbers)
    assert found[0] == found[1]
    assert found[6] == pytest.approx(found[5] / 2)
    assert found[2] > found[3] > found[4] > found[5]
    # Interpolated by powers of two.
    weight = np.log2(1.5)
    assert found[3] == pytest.approx(found[2] * (1 - weight) + found[4] * weight)


def test_obligations_may_be_as_large_as_the_engine_can_settle() -> None:
    most = 4 * 10**16
    matrix = ObligationMatrix({("A", "B"): most})
    assert trade_of_matrix("Two", USD, matrix, 2020).matrix.gross == most
    with pytest.raises(InputError) as error:
        trade_of_matrix("Two", USD, ObligationMatrix({("A", "B"): most + 1}), 2020)
    assert str(error.value) == (
        f"Two: obligations of {most + 1} minor units are more than can be settled in one unit, "
        f"{most}; give them in thousands or millions"
    )
    with pytest.raises(InputError, match="Two: there is no trade"):
        trade_of_matrix("Two", USD, ObligationMatrix({}), 2020)


def test_trade_of_a_group_is_named_counted_and_spread_as_told() -> None:
    trade = trade_of_group("eaeu", 2019)
    assert (trade.name, trade.year, trade.currency) == ("Trade inside EAEU in 2019", 2019, USD)
    assert trade.members == ("ARM", "BLR", "KAZ", "KGZ", "RUS")
    assert trade.labels["BLR"] == "Belarus"
    assert (trade.dates[0], trade.dates[-1]) == (
        datetime.date(2019, 1, 1),
        datetime.date(2019, 12, 31),
    )
    year = trade_year("eaeu", 2019)
    assert (year.spread, year.labels[0]) == (Decimal("0.6"), "Armenia")
    assert (year.daily == trade_year("EAEU", 2019, 1, Decimal("0.6")).daily).all()
    potential = potential_of_trade("afcfta", 2020)
    assert (potential.name, potential.period, potential.members) == (
        *("AfCFTA", "2020"),
        len(find_group("AfCFTA")),
    )
    assert GROUPS == ("CIS", "EAEU", "ASEAN", "ECOWAS", "AfCFTA")


def test_the_importer_owes_the_exporter_in_cents() -> None:
    owed = trade_among(["KAZ", "RUS"], 2019).owed
    assert set(owed) == {("KAZ", "RUS"), ("RUS", "KAZ")}
    # Russia sells more to Kazakhstan than the other way round.
    assert owed["KAZ", "RUS"] > 2 * owed["RUS", "KAZ"] > 10**11


def test_published_shares_say_of_what_and_whether_at_least() -> None:
    found = {(one.scope, one.period): one for one in published_shares(find_group("CIS"))}
    assert found["EAEU", "2013"] == PublishedShare(
        "EAEU", "2013", Fraction(63, 100), False, found["EAEU", "2013"].source
    )
    assert any(one.more_than for one in found.values())
    assert all(one.source for one in found.values())
    assert not [one for one in published_shares(find_group("EAEU")) if one.scope == "CIS"]
