"""Exact limits of settings, amounts, rates and banks, and bytes that no version may change."""

import datetime
import hashlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.files import Scenario
from skontro.model import MAX_AMOUNT, InputError, RateTable, find_country, find_currency, weekdays
from skontro.simulation.generator import GeneratorSettings, amounts, generate
from skontro.simulation.generator.amounts import (
    Bucket,
    count_payments,
    fill_buckets,
    split_buckets,
)
from skontro.simulation.generator.arrivals import NO_TIME, SHORTEST_NOTICE, draw_times
from skontro.simulation.generator.banks import create_banks
from skontro.simulation.generator.corridors import Corridor, find_trade
from skontro.simulation.generator.rates import find_rates
from skontro.simulation.generator.settings import to_share
from skontro.simulation.generator.sources import (
    find_fit,
    find_trade_year,
    group_name,
    named_countries,
    reported_trade,
    reported_years,
    shipped_rows,
)

USD = find_currency("USD")
SMALL = GeneratorSettings(
    countries=("KAZ", "KGZ", "UZB"), payments_per_day=121, business_days=2, timed_share=Decimal("1")
)


def digests(scenario: Scenario) -> dict[str, str]:
    directory = scenario.directory
    parts: dict[str, object] = {
        "payments": scenario.payments.write_csv(),
        "participants": directory.participants,
        "accounts": directory.accounts,
        "rates": scenario.rates.rates,
        "days": (scenario.name, scenario.time_zone, scenario.business_days),
        "provenance": [item for item in scenario.provenance.items() if item[0] != "generator"],
    }
    return {
        name: hashlib.sha256(str(part).encode()).hexdigest()[:8] for name, part in parts.items()
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("60519c88", "e387b66b", "bf01d23e", "4f731827", "f56ead02", "f34df55b")),
        (
            {"seed": 2, "time_zone": "Asia/Almaty", "largest_bank_count": 5},
            ("83dcb414", "bd451776", "0e223095", "4f731827", "69d65dcb", "f34df55b"),
        ),
        (
            {
                "credit_currencies": "paid",
                "first_date": datetime.date(2024, 9, 17),
                "business_days": 7,
            },
            ("dd9d6fc5", "90c6975b", "dd39d2c7", "5e2ffccb", "76b7dd41", "e5f64938"),
        ),
        (
            {"countries": (), "group": "eaeu", "payments_per_day": None, "fit": "T2 2023 EUR"},
            ("fc34eeb8", "c5debe01", "c5f21bba", "ba41c40a", "ffc5c469", "cf66b8be"),
        ),
    ],
)
def test_settings_give_the_bytes_that_they_always_gave(
    changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """Equal settings give equal bytes, in every version: of a change nobody may be unaware."""
    found = digests(generate(attrs.evolve(SMALL, **changes)))
    assert found == dict(zip(found, expected, strict=True))


@pytest.mark.parametrize(
    "setting",
    [
        {"business_days": 1},
        {"business_days": 262},
        {"payments_per_day": 1},
        {"payments_per_day": 100_000_000},
        {"largest_bank_count": 999, "smallest_bank_count": 999},
        {"largest_bank_count": 1, "smallest_bank_count": 1},
        {"seed": 0},
        {"timed_share": Decimal(0)},
        {"timed_share": Decimal(1)},
        {"urgent_share": Decimal("0.5"), "high_share": Decimal("0.5")},
        {"first_date": datetime.date(2019, 9, 20)},
        {"opens": datetime.time(17, 59, 59), "closes": datetime.time(18)},
    ],
)
def test_a_setting_may_be_at_its_limit(setting: dict[str, Any]) -> None:
    settings = GeneratorSettings(**setting)
    assert all(getattr(settings, name) == value for name, value in setting.items())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"business_days": 263}, "business_days: 263 is not between 1 and 262"),
        ({"payments_per_day": 100_000_001}, "is not between 1 and 100000000"),
        ({"largest_bank_count": 1000}, "largest_bank_count: 1000 is not between 1 and 999"),
        ({"smallest_bank_count": 0}, "smallest_bank_count: 0 is not between 1 and 999"),
        ({"seed": -1}, "seed: -1 is not at least 0"),
        ({"first_date": datetime.date(2019, 9, 14)}, "2019-09-14 is a Saturday; choose a weekday"),
        ({"urgent_share": Decimal("0.96")}, "urgent_share and high_share add up to more than 1"),
        ({"credit_currencies": "payed"}, "credit_currencies: 'payed'.*home.*paid"),
    ],
)
def test_one_more_than_the_limit_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GeneratorSettings(**setting)


@pytest.mark.parametrize(("days", "last"), [(1, 17), (4, 20), (5, 23), (9, 27), (10, 30)])
def test_business_days_are_weekdays_on_end(days: int, last: int) -> None:
    found = GeneratorSettings(business_days=days).days()
    assert len(found) == days
    assert found[-1].date == datetime.date(2019, 9, last)


def test_a_year_of_business_days_is_52_weeks_and_two_days() -> None:
    found = GeneratorSettings(business_days=262).days()
    assert len(found) == 262
    assert found[-1].date - found[0].date == datetime.timedelta(weeks=52, days=1)


@pytest.mark.parametrize(
    ("text", "share"), [("1", "1"), ("100%", "1"), ("250%", "2.5"), (" 0.25 ", "0.25"), ("0", "0")]
)
def test_a_share_is_read_exactly(text: str, share: str) -> None:
    assert to_share(text) == Decimal(share)


@pytest.mark.parametrize("text", ["1.01", "x", "25 %%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"share such as 0\.25"):
        to_share(text)


def test_names_of_groups_countries_and_years() -> None:
    assert group_name(" afcfta ") == "AfCFTA"
    with pytest.raises(InputError, match="did you mean ASEAN"):
        group_name("ASEN")
    assert named_countries(["KZ", "ARM"]) == ("ARM", "KAZ")
    dates = [datetime.date(year, 6, 1) for year in (2018, 2019, 2020, 2099)]
    far = ["KAZ", "RUS"]
    assert [find_trade_year(None, date, far) for date in dates] == [2019, 2019, 2020, 2020]
    assert find_trade_year(2019, dates[-1], far) == 2019
    assert find_fit("CHAPS 2012-13 GBP").currency == "GBP"
    assert find_fit("mtcsPy obligation network 1").currency == "USD"
    with pytest.raises(InputError, match="did you mean T2 2023 EUR"):
        find_fit("T2 2023 EU")


def test_later_years_need_both_reports_of_every_flow() -> None:
    dates = [datetime.date(year, 6, 1) for year in (2020, 2021, 2022, 2023, 2099)]
    for codes, expected in (
        (["KAZ", "KGZ", "UZB"], [2020, 2021, 2022, 2023, 2023]),
        (["ARM", "KAZ", "KGZ", "UZB"], [2020, 2021, 2022, 2022, 2022]),
        (["KAZ", "RUS"], [2020] * 5),
    ):
        assert [find_trade_year(None, date, codes) for date in dates] == expected
    assert find_trade_year(2023, dates[0], ["KAZ", "UZB"]) == 2023
    with pytest.raises(InputError) as caught:
        find_trade_year(2023, dates[0], ["ARM", "KAZ"])
    assert str(caught.value) == (
        "trade_year: for 2023 both sides report only trade among KAZ, KGZ, UZB; not known is ARM "
        "to KAZ: leave out countries, or take one of 2019, 2020"
    )
    assert reported_years() == (2021, 2022, 2023)
    assert reported_trade(2020) == {}
    # Kazakhstan's exports, and Uzbekistan's imports over 1.06.
    row = {
        (one["reporter"], one["partner"]): one
        for one in shipped_rows("cis_reporters_2013_2023.csv")
        if one["year"] == "2022"
    }
    sold = Fraction(row["KAZ", "UZB"]["exports_usd_mn"])
    bought = Fraction(row["UZB", "KAZ"]["imports_usd_mn"]) / Fraction("1.06")
    found = Fraction(reported_trade(2022)["KAZ", "UZB"])
    assert abs(found - (sold + bought) / 2) <= Fraction(1, 2_000_000)


def test_days_of_later_years_name_their_source() -> None:
    settings = attrs.evolve(
        SMALL, countries=("KAZ", "KGZ", "UZB"), first_date=datetime.date(2022, 3, 1)
    )
    trade = find_trade(settings)
    assert trade.year == 2022
    days = len(weekdays(datetime.date(2022, 1, 1), datetime.date(2022, 12, 31)))
    per_year = {
        (one.exporter.alpha3, one.importer.alpha3): one.value * days / 10**6
        for one in trade.corridors
    }
    business_days = settings.business_days
    assert per_year["KAZ", "UZB"] == Fraction(reported_trade(2022)["KAZ", "UZB"]) * business_days
    provenance = generate(settings).provenance
    assert provenance["trade"] == (
        "Source: statistical offices of both sides, goods trade of 2022, mean of exports and of "
        "imports / 1.06; corridor totals are exact"
    )
    assert provenance["period value"].endswith("of 2022")
    assert provenance["invoicing currencies"].startswith("invoicing_shares.csv as shipped (")
    abroad = attrs.evolve(SMALL, countries=("CHN", "KAZ"))
    assert (
        generate(abroad)
        .provenance["invoicing currencies"]
        .startswith("invoicing_shares.csv and invoicing_cis_boz2022.csv as shipped (")
    )
    assert generate(abroad).provenance["trade"].startswith("Source: IMF DOTS, goods trade of 2019")


def test_a_country_outside_the_matrix_is_told_with_those_inside() -> None:
    with pytest.raises(
        InputError, match=r"^LIE: not in the trade matrix of 2019, which has ABW, .*KAZ"
    ):
        find_trade(GeneratorSettings(countries=("KAZ", "LIE")))


# ------------------------------------------------------------------------------- amounts


def _corridor(value: Fraction) -> Corridor:
    return Corridor(find_country("KAZ"), find_country("UZB"), value)


def test_a_total_may_have_eighteen_digits_and_no_more() -> None:
    rates = RateTable(USD, [])
    whole = Fraction(MAX_AMOUNT, 100)
    shares = [{"USD": Fraction(1)}]
    assert fill_buckets([_corridor(whole)], shares, rates)[0].total == MAX_AMOUNT
    with pytest.raises(InputError, match=r"UZB pays KAZ: .* minor units of USD exceed"):
        fill_buckets([_corridor(whole + Fraction(1, 100))], shares, rates)


def test_what_rounds_to_nothing_has_no_payments() -> None:
    rates = find_rates([find_currency("JPY")], datetime.date(2019, 9, 17))
    values = [Fraction(1, 200), Fraction(3, 400), Fraction(1)]
    shares = [{"USD": Fraction(1)}, {"USD": Fraction(1)}, {"JPY": Fraction(1), "USD": Fraction(0)}]
    found = fill_buckets([_corridor(value) for value in values], shares, rates)
    # Half a cent is rounded to the even nothing, three quarters to one; the yen has no sen.
    assert [(one.corridor, one.currency.code, one.total) for one in found] == [
        (1, "USD", 1),
        (2, "JPY", round(Fraction(rates.rates[0].units))),
    ]


def test_as_many_payments_as_minor_units_and_as_buckets_are_possible() -> None:
    buckets = [Bucket(0, USD, Fraction(1), 2), Bucket(1, USD, Fraction(1), 1)]
    # Of the two that are alike the earlier gets what is left over.
    assert count_payments(buckets, 3).tolist() == [2, 1]
    assert count_payments(buckets, 2).tolist() == [1, 1]
    with pytest.raises(
        InputError, match=r"1 payments are too few for 2 .* ask for at least 2 over"
    ):
        count_payments(buckets, 1)
    with pytest.raises(InputError, match="2 payments of 1 minor units of USD"):
        count_payments(buckets, 4)


def test_weights_may_meet_amounts_up_to_128_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.full(64, 1 << 62, np.int64)
    monkeypatch.setattr(amounts, "_lognormal_weights", lambda *_: weights)
    fit, counts = find_fit("T2 2023 EUR"), np.array([64])
    most = Bucket(0, USD, Fraction(1), (1 << 59) - 1 + 64)
    assert split_buckets([most], counts, fit, 1).sum() == most.total
    with pytest.raises(InputError, match="too many and too large; use fewer days"):
        split_buckets([attrs.evolve(most, total=most.total + 1)], counts, fit, 1)


# ---------------------------------------------------------------------- times, banks, rates


def test_half_of_the_timed_payments_have_an_earliest_and_half_a_latest_time() -> None:
    closes = np.full(11, 4 * SHORTEST_NOTICE)
    submitted = np.arange(11) * (SHORTEST_NOTICE // 3)
    settings = GeneratorSettings(timed_share=Decimal("0.5"))
    earliest, latest = draw_times(submitted, closes, settings)
    early, late = earliest != NO_TIME, latest != NO_TIME
    assert (early.sum(), late.sum(), (early & late).sum()) == (2, 3, 0)
    assert (earliest[early] >= submitted[early]).all()
    assert (latest[late] >= np.minimum(submitted + SHORTEST_NOTICE, closes)[late]).all()


def test_banks_are_lettered_and_grow_with_the_root_of_trade() -> None:
    settings = GeneratorSettings(
        countries=("BLR", "KAZ", "RUS"), largest_bank_count=999, smallest_bank_count=999
    )
    trade = find_trade(settings)
    banks = create_banks(trade, settings)
    assert [banks.participants[place].bic for place in (0, 25, 26, 675, 676, 999)] == [
        *("GAAABYX0", "GAAZBYX0", "GABABYX0", "GAZZBYX0", "GBAABYX0"),
        "GAAAKZX0",
    ]
    assert banks.participants[9].name == "Generated Bank 10 of Belarus"
    turnover = trade.turnover()
    fewer = create_banks(trade, attrs.evolve(settings, smallest_bank_count=2))
    most = max(turnover.values())
    for country, count in fewer.count.items():
        assert count**2 <= 999**2 * turnover[country] / most < (count + 1) ** 2
    assert fewer.core("RUS") == 31


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("KZT", "456.165177"),
        ("EUR", "0.924573"),  # the lower of the middle two of its countries
        ("VES", "29.554832"),
        ("SLE", "21.354397217"),  # restated from old leones
        ("BGN", "1.808316"),
    ],
)
def test_an_annual_average_is_as_of_the_end_of_its_year(code: str, units: str) -> None:
    [rate] = find_rates([find_currency(code)], datetime.date(2023, 3, 1)).rates
    assert (rate.units, rate.as_of) == (Decimal(units), datetime.date(2023, 12, 31))
    assert rate.source == "IMF WEO October 2025, implied annual average of 2023"


def test_progress_names_each_step_and_ends_with_all_done() -> None:
    told: list[tuple[str, int, int]] = []
    generate(SMALL, lambda *step: told.append(step))
    names = ("trade and rates", "amounts", "banks", "times", "accounts", "done")
    assert told == [(name, number, 5) for number, name in enumerate(names)]
