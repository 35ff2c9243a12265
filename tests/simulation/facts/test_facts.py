"""Figures as quoted by officials, computed again, and their sources."""

from fractions import Fraction
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.simulation.facts import Fact, Kind, facts
from skontro.simulation.facts.fact import rounded
from skontro.simulation.facts.trade_share import turnovers

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "figures-of-trade.md"
ALL = facts()


def shown(name: str, period: str, kind: Kind) -> list[str]:
    return [
        one.shown for one in ALL if name in one.name and one.period == period and one.kind is kind
    ]


def test_the_share_of_the_cis_is_that_of_the_customs_table() -> None:
    share = "turnover with the CIS in total turnover"
    assert shown(share, "2020", Kind.MEASURED) == ["12.95"]
    assert shown(share, "2021", Kind.MEASURED) == ["12.24"]
    assert shown(share, "2023", Kind.IMPLIED) == ["14.74"]
    assert turnovers()[2020] == (Fraction(48690 + 25051), Fraction(337295 + 232138))
    assert (min(turnovers()), max(turnovers())) == (1994, 2021)


def test_the_turnover_that_a_share_needs() -> None:
    assert shown("total turnover that a share of 15.6 %", "2024", Kind.IMPLIED) == ["717.95"]


def test_growth_of_turnover_is_on_the_year_before() -> None:
    (found,) = shown("turnover with the CIS in USD", "2021", Kind.MEASURED)
    (now, _), (before, _) = turnovers()[2021], turnovers()[2020]
    assert found == str(rounded(100 * (now / before - 1)))
    assert shown("turnover with the CIS in USD", "1994", Kind.MEASURED) == []


def test_growth_of_gdp_by_weight() -> None:
    assert shown("CIS, weighted by GDP in USD", "2024", Kind.MEASURED) == ["4.47"]
    assert shown("CIS, weighted by GDP in purchasing power", "2024", Kind.MEASURED) == ["4.50"]
    assert shown("CIS, simple mean", "2024", Kind.MEASURED) == ["5.01"]
    asean = [one for one in facts("asean", 2025) if one.topic == "Growth of GDP"]
    assert {one.note for one in asean} == {"forecast"}
    assert asean[0].name == "ASEAN, weighted by GDP in USD"


def test_vintages_stand_next_to_each_other() -> None:
    found = [
        (one.shown, one.vintage)
        for one in ALL
        if one.name == "Russia exports: rouble" and one.period == "2025-06"
    ]
    assert found == [("55.5", "2025-08-15"), ("52.9", "2025-09-15")]


def test_least_values_ranges_and_gaps() -> None:
    over = [one for one in ALL if one.at_least and one.topic.startswith("National")]
    assert {one.shown for one in over if "EAEU" in one.name} == {"90"}
    pair = next(one for one in ALL if one.shown == "592.5/255.3")
    assert (pair.value, pair.kind) == (None, Kind.PUBLISHED)
    gaps = [one for one in ALL if one.kind is Kind.UNKNOWN]
    assert len(gaps) == 2 + 2 * 10
    assert all(one.shown.startswith("not found") for one in gaps)


def test_invoicing_of_whole_trade_is_as_published() -> None:
    found = [one for one in ALL if one.topic == "Invoicing currencies of whole trade"]
    assert len(found) == 46 * 2 * 3
    assert [one.period for one in found] == sorted(one.period for one in found)
    shown = {(one.name, one.period): one for one in found}
    for name, period, percent in (
        ("KAZ exports: USD", "2019", "87.09"),
        ("KAZ imports: EUR", "2019", "17.01"),
        ("RUS imports: own currency", "2019", "30.6"),
        ("RUS exports: own currency", "2014", "13.2"),
        ("KGZ exports: own currency", "2013", "0"),
        ("RUS imports: EUR", "2019", "30"),
        ("AZE exports: EUR", "2012", "0.09957"),
    ):
        one = shown[name, period]
        assert (one.shown, one.value) == (percent, Fraction(percent))
        assert (one.kind, one.unit, one.vintage) == (Kind.PUBLISHED, "%", "2022")
        assert one.source == "Boz et al. 2022, CC BY 4.0"
    gap = shown["UZB imports: own currency", "2018"]
    assert (gap.kind, gap.value, gap.shown) == (Kind.UNKNOWN, None, "not found")


def test_mirror_gaps_are_parts_of_the_larger() -> None:
    gaps = [one for one in ALL if one.topic == "Trade as both countries report it"]
    assert len(gaps) == 80
    assert all(one.value is not None and 0 <= one.value <= 100 for one in gaps)
    worst = max(gaps, key=lambda one: one.value or 0)
    assert (worst.shown, worst.period) == ("81.15", "2019")
    assert worst.name == "exports ARM to KGZ: 3.152 USD mn, as imports: 0.594"


def test_every_figure_has_a_source_unless_it_is_unknown() -> None:
    assert [one for one in ALL if not one.source and one.kind is not Kind.UNKNOWN] == []


def test_the_page_has_the_computed_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for figure in ("12.95", "12.24", "14.74", "717.95", "4.47", "4.50", "5.01", "55.5", "52.9"):
        assert figure in page
        assert figure in {one.shown for one in ALL}


def test_wrong_groups_and_years_are_refused() -> None:
    with pytest.raises(InputError, match="not a group of countries"):
        facts("EUROPE")
    with pytest.raises(InputError, match="has no GDP for ARM, AZE"):
        facts("CIS", 1999)


def test_half_to_even() -> None:
    one = Fact(
        topic="t",
        name="n",
        period="p",
        kind=Kind.MEASURED,
        unit="%",
        source="s",
        value=Fraction(1, 200),
    )
    assert (one.shown, str(rounded(Fraction(3, 200)))) == ("0.00", "0.02")
