"""What is generated adds up to the trade matrix, recomputed here from the CSV files alone."""

import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest

from skontro.model import find_country, find_currency
from skontro.simulation.generator import GeneratorSettings, generate
from tests.simulation.generator.trade_figures import dollars, matrix, rows, totals, weekdays_of

GROUPS = ("CIS", "EAEU", "ASEAN", "ECOWAS", "WAEMU", "CEMAC", "BRICS")


def members(group: str) -> list[str]:
    return [row["iso3"] for row in rows("country_groups.csv") if row["group"] == group]


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("seed", [1, 77])
def test_each_corridor_is_worth_its_trade(group: str, seed: int) -> None:
    scenario = generate(GeneratorSettings(group=group, seed=seed, payments_per_day=3000))
    worth: dict[tuple[str, str], Fraction] = {}
    slack: dict[tuple[str, str], Fraction] = {}
    for (exporter, importer, currency), minor in totals(scenario).items():
        pair = exporter, importer
        worth[pair] = worth.get(pair, Fraction(0)) + dollars(scenario, currency, minor)
        # half a minor unit of each currency in which the corridor pays
        slack[pair] = slack.get(pair, Fraction(0)) + dollars(scenario, currency, 1) / 2
    inside = set(members(group))
    expected = {
        pair: Fraction(flow) * 10**6 / weekdays_of(2019)
        for pair, flow in matrix(2019).items()
        if inside.issuperset(pair)
    }
    assert worth.keys() == expected.keys()
    for pair, value in expected.items():
        assert abs(worth[pair] - value) <= slack[pair], pair


@pytest.mark.parametrize("days", [1, 7])
def test_every_currency_of_a_corridor_gets_its_share_to_the_minor_unit(
    tmp_path: Path, days: int
) -> None:
    file = tmp_path / "shares.csv"
    file.write_text(
        "exporter,importer,period,currency,share,source,status\n"
        "*,*,2020,exporter,0.41,test,test\n"
        "*,*,2020,importer,0.33,test,test\n"
        "*,*,2020,USD,0.26,test,test\n"
    )
    codes = ("ARM", "BEN", "KAZ", "RUS", "TGO")
    scenario = generate(
        GeneratorSettings(
            countries=codes,
            first_date=datetime.date(2020, 12, 28),
            business_days=days,
            payments_per_day=500,
            shares_file=file,
        )
    )
    assert totals(scenario) == _expected_by_currency(codes, days)


def _expected_by_currency(codes: tuple[str, ...], days: int) -> dict[tuple[str, str, str], int]:
    annual = {
        row["ref_area"]: Decimal(row["lcu_per_usd_avg"])
        for row in rows("weo_implied_annual_fx_2000_2026.csv")
        if row["year"] == "2020"
    }
    waemu = sorted(annual[code] for code in members("WAEMU"))
    units = {"AMD": annual["ARM"], "KZT": annual["KAZ"], "RUB": annual["RUS"], "USD": Decimal(1)}
    units["XOF"] = waemu[(len(waemu) - 1) // 2]
    expected: dict[tuple[str, str, str], int] = {}
    with localcontext(prec=80):
        for (exporter, importer), flow in matrix(2020).items():
            if exporter not in codes or importer not in codes:
                continue
            shares: dict[str, Decimal] = {}
            for code, share in (
                (find_country(exporter).currency.code, "0.41"),
                (find_country(importer).currency.code, "0.33"),
                ("USD", "0.26"),
            ):
                shares[code] = shares.get(code, Decimal(0)) + Decimal(share)
            for code, share in shares.items():
                value = flow * 10**6 * days / weekdays_of(2020) * share * units[code]
                minor = value.scaleb(find_currency(code).exponent).to_integral_value()
                if minor:
                    expected[exporter, importer, code] = int(minor)
    return expected


def test_members_of_a_currency_union_pay_each_other_in_it() -> None:
    scenario = generate(GeneratorSettings(group="ECOWAS", payments_per_day=2000))
    currencies: dict[tuple[str, str], set[str]] = {}
    for exporter, importer, currency in totals(scenario):
        currencies.setdefault((exporter, importer), set()).add(currency)
    assert currencies["CIV", "BFA"] == {"XOF"}
    assert "XOF" in currencies["CIV", "GHA"]
    assert len(currencies["CIV", "GHA"]) > 2


@pytest.mark.long
def test_the_matrix_of_the_wanted_year_is_used() -> None:
    by_date = GeneratorSettings(first_date=datetime.date(2024, 9, 10), payments_per_day=2000)
    of_2019 = GeneratorSettings(
        first_date=datetime.date(2024, 9, 10), payments_per_day=2000, trade_year=2019
    )
    value = {
        year: sum(
            dollars(scenario, currency, minor)
            for (_, _, currency), minor in totals(scenario).items()
        )
        for year, scenario in ((2020, generate(by_date)), (2019, generate(of_2019)))
    }
    inside = set(members("CIS"))
    for year, worth in value.items():
        flows = (f for pair, f in matrix(year).items() if inside.issuperset(pair))
        expected = Fraction(sum(flows)) * 10**6 / weekdays_of(year)
        assert abs(worth - expected) < 1


def test_before_the_first_matrix_the_earliest_is_used() -> None:
    early = generate(GeneratorSettings(first_date=datetime.date(2015, 3, 2), payments_per_day=1000))
    assert "of 2019" in early.provenance["trade"]
