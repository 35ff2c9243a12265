"""Built-in schemes to the cent, each worked out by hand."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

import pytest

from skontro.compensation.claims import Claim
from skontro.compensation.daily_rates import DailyRate, DailyRates
from skontro.compensation.offers import Offer, offers
from skontro.compensation.schemes import PRESETS, preset
from skontro.model import InputError, find_currency

FRIDAY = datetime.date(2025, 3, 7)
MONDAY = datetime.date(2025, 3, 10)


def rates_of(currency: str, series: Mapping[str, Mapping[str, str]]) -> DailyRates:
    """Rates in percent, by series and ISO date."""
    return DailyRates(
        DailyRate(name, find_currency(currency), datetime.date.fromisoformat(date), Decimal(rate))
        for name, by_date in series.items()
        for date, rate in by_date.items()
    )


def claim(currency: str, amount: int, until: datetime.date, **other: object) -> Claim:
    known = {"reference": "1", "payee": "BETAKG22", "due_on": FRIDAY} | other
    return Claim(currency=find_currency(currency), amount=amount, settled_on=until, **known)  # type: ignore[arg-type]


def only(found: list[Offer]) -> Offer:
    (offer,) = found
    return offer


def test_each_scheme_names_its_source_and_what_is_not_verified() -> None:
    for name in PRESETS:
        assert preset(name).source
        assert preset(name).unverified


@pytest.mark.parametrize(
    ("orders", "fee"),
    [(0, 0), (1, 5_000), (2, 7_500), (5, 15_000), (6, 16_250), (7, 17_500), (100, 133_750)],
)
def test_the_fees_of_target_fall_in_steps(orders: int, fee: int) -> None:
    assert preset("target").fee(orders) == fee


def test_seven_late_orders_in_target() -> None:
    # The lower of both rates: 2.416 and then 2.25. From Friday to Monday are three days.
    rates = rates_of(
        "EUR",
        {
            "overnight index": {"2025-03-07": "2.416", "2025-03-08": "2.5"},
            "marginal lending": {"2025-03-07": "2.90", "2025-03-08": "2.25"},
        },
    )
    claims = [claim("EUR", 1_000_000_00, MONDAY, reference=str(one)) for one in range(7)]
    offer = only(offers(preset("target"), claims, rates))
    # 1,000,000 * (2.416 + 2.25 + 2.25) % / 360 = 192.111… euro an order
    assert [line.interest for line in offer.lines] == [19_211] * 7
    assert (offer.interest, offer.fee, offer.is_made) == (134_477, 17_500, True)


def test_fees_of_target_are_counted_for_each_payee() -> None:
    rates = rates_of(
        "EUR", {"overnight index": {"2025-03-07": "0"}, "marginal lending": {"2025-03-07": "1"}}
    )
    claims = [
        claim("EUR", 100, FRIDAY),
        claim("EUR", 100, FRIDAY, payee="ALFAKZKA"),
        claim("EUR", 100, FRIDAY),
    ]
    found = offers(preset("target"), claims, rates)
    assert [(one.payee, one.fee, one.interest) for one in found] == [
        ("ALFAKZKA", 5_000, 0),
        ("BETAKG22", 7_500, 0),
    ]


def test_federal_funds_of_a_weekend_are_those_of_friday() -> None:
    rates = rates_of("USD", {"federal funds": {"2025-03-07": "4.33", "2025-03-10": "4.35"}})
    one = claim("USD", 5_000_000_00, datetime.date(2025, 3, 11))
    offer = only(offers(preset("us-ucc-4a-506"), [one], rates))
    # Mean of 4.33, 4.33, 4.33 and 4.35 is 4.335; 5,000,000 * 4.335 % * 4 / 360 = 2,408.333… dollars
    assert (offer.lines[0].days, offer.interest, offer.fee) == (4, 240_833, 0)


@pytest.mark.parametrize(
    ("kind", "interest"),
    # 2,000,000 * 3.0 % * 3 / 365 = 493.150… and 2,000,000 * 2.75 % * 3 / 365 = 452.054…
    [("back valuation", 49_315), ("use of funds", 45_205)],
)
def test_the_rate_of_lvts_depends_on_the_kind_of_claim(kind: str, interest: int) -> None:
    rates = rates_of(
        "CAD",
        {
            "bank rate": {"2025-03-07": "3.00"},
            "lower limit of operating band": {"2025-03-07": "2.75"},
        },
    )
    offer = only(
        offers(preset("canada-lvts-14"), [claim("CAD", 2_000_000_00, MONDAY, kind=kind)], rates)
    )
    assert offer.interest == interest
    with pytest.raises(InputError, match="kind"):
        offers(preset("canada-lvts-14"), [claim("CAD", 1, MONDAY)], rates)


def test_a_leap_year_has_365_days_in_lvts() -> None:
    rates = rates_of("CAD", {"bank rate": {"2024-02-28": "3.65"}})
    one = claim(
        "CAD",
        1_000_000_00,
        datetime.date(2024, 3, 1),
        due_on=datetime.date(2024, 2, 28),
        kind="back valuation",
    )
    assert only(offers(preset("canada-lvts-14"), [one], rates)).interest == 20_000


@pytest.mark.parametrize(
    ("claimed", "accepted"),
    [(49_315 + 999, 50_314), (49_315 - 999, 48_316), (50_315, 49_315), (48_315, 49_315)],
)
def test_differences_below_ten_dollars_are_accepted(claimed: int, accepted: int) -> None:
    rates = rates_of("CAD", {"bank rate": {"2025-03-07": "3.00"}})
    one = claim("CAD", 2_000_000_00, MONDAY, kind="back valuation", claimed=claimed)
    offer = only(offers(preset("canada-lvts-14"), [one], rates))
    assert (offer.lines[0].interest, offer.interest) == (49_315, accepted)


@pytest.mark.parametrize(("rate", "interest"), [("10.75", 2_986_111), ("-0.5", 0), ("0", 0)])
def test_a_penalty_for_lack_of_cash_has_business_days_and_no_negative_rate(
    rate: str, interest: int
) -> None:
    rates = rates_of("KZT", {"overnight credit of the central bank": {"2025-03-06": rate}})
    one = claim("KZT", 100_000_000_00, MONDAY)
    offer = only(offers(preset("csdr-cash"), [one], rates))
    # Friday alone: 100,000,000 * 10.75 % / 360 = 29,861.11 tenge
    assert (offer.lines[0].days, offer.interest) == (1, interest)


def test_holidays_are_no_business_days() -> None:
    rates = rates_of("KZT", {"overnight credit of the central bank": {"2025-03-06": "10"}})
    one = claim("KZT", 36_000_000_00, datetime.date(2025, 3, 12))
    found = [only(offers(preset("csdr-cash"), [one], rates, days)) for days in ((), {MONDAY})]
    assert [(one.lines[0].days, one.interest) for one in found] == [(3, 3_000_000), (2, 2_000_000)]


def test_a_value_date_correction_counts_calendar_days() -> None:
    rates = rates_of("EUR", {"overnight index": {"2025-03-07": "-0.57"}})
    offer = only(offers(preset("sepa-inquiry"), [claim("EUR", 10_000_00, MONDAY)], rates))
    # 10,000 * -0.57 % * 3 / 360 = -0.475 euro, half to even
    assert (offer.lines[0].days, offer.interest) == (3, -48)
    assert preset("sepa-inquiry").answer_within == 10


def test_amounts_of_a_scheme_are_in_the_currency_of_the_payments() -> None:
    rates = rates_of(
        "KZT", {"overnight index": {"2025-03-07": "1"}, "marginal lending": {"2025-03-07": "2"}}
    )
    with pytest.raises(InputError, match="payments are in KZT, amounts of scheme"):
        offers(preset("target"), [claim("KZT", 1, MONDAY)], rates)


def test_without_a_rate_there_is_no_offer() -> None:
    with pytest.raises(InputError, match="no rate overnight index in EUR on 2025-03-07, or before"):
        offers(preset("sepa-inquiry"), [claim("EUR", 1, MONDAY)], rates_of("EUR", {}))
