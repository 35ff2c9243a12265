"""Interest against a sum day by day, for any scheme."""

import datetime
from decimal import Decimal
from fractions import Fraction

import attrs
from hypothesis import given
from hypothesis import strategies as st

from skontro.compensation.claims import Claim
from skontro.compensation.daily_rates import DailyRate, DailyRates
from skontro.compensation.offers import offers
from skontro.compensation.schemes import Averaging, DayCount, Days, FeeStep, preset
from skontro.model import find_currency

EURO = find_currency("EUR")
START = datetime.date(2023, 12, 20)
percents = st.decimals(-2, 40, places=3)


@given(
    amount=st.integers(1, 10**14),
    first=st.integers(0, 20),
    length=st.integers(0, 400),
    published=st.dictionaries(st.integers(1, 430), percents, max_size=12),
    opening=percents,
    floor=st.none() | percents,
    days=st.sampled_from(Days),
    day_count=st.sampled_from(DayCount),
)
def test_interest_is_the_sum_of_its_days(
    amount: int,
    first: int,
    length: int,
    published: dict[int, Decimal],
    opening: Decimal,
    floor: Decimal | None,
    days: Days,
    day_count: DayCount,
) -> None:
    scheme = attrs.evolve(
        preset("sepa-inquiry"), days=days, day_count=day_count, floor=floor, fees=()
    )
    by_place = {0: opening} | published
    rates = DailyRates(
        DailyRate("overnight index", EURO, START + datetime.timedelta(place), percent)
        for place, percent in by_place.items()
    )
    due = START + datetime.timedelta(first)
    one = Claim("1", "BETAKG22", EURO, amount, due, due + datetime.timedelta(length))
    (offer,) = offers(scheme, [one], rates)

    total, counted = Fraction(0), 0
    for place in range(first, first + length):
        day = START + datetime.timedelta(place)
        if days is Days.BUSINESS and day.isoweekday() > 5:
            continue
        rate = by_place[max(known for known in by_place if known <= place)]
        rate = rate if floor is None else max(rate, floor)
        leap = day.year % 4 == 0
        year = {"360": 360, "365": 365, "actual": 366 if leap else 365}[day_count.value]
        total += Fraction(amount) * Fraction(rate) / 100 / year
        counted += 1
    assert offer.lines[0].days == counted
    assert offer.interest == round(total)


@given(st.lists(percents, min_size=1, max_size=9), st.integers(1, 10**12))
def test_a_mean_is_the_same_as_each_day_where_no_floor_holds(
    percent: list[Decimal], amount: int
) -> None:
    rates = DailyRates(
        DailyRate("overnight index", EURO, START + datetime.timedelta(place), one)
        for place, one in enumerate(percent)
    )
    one = Claim("1", "BETAKG22", EURO, amount, START, START + datetime.timedelta(len(percent)))
    scheme = preset("sepa-inquiry")
    found = [
        offers(attrs.evolve(scheme, averaging=way), [one], rates)[0].interest for way in Averaging
    ]
    assert found[0] == found[1]


def test_a_floor_holds_for_the_mean_or_for_each_day() -> None:
    rates = DailyRates(
        DailyRate("overnight index", EURO, START + datetime.timedelta(place), Decimal(percent))
        for place, percent in enumerate((-1, 3))
    )
    one = Claim("1", "BETAKG22", EURO, 36_000_00, START, START + datetime.timedelta(2))
    scheme = attrs.evolve(preset("sepa-inquiry"), floor=Decimal(0))
    found = {
        way: offers(attrs.evolve(scheme, averaging=way), [one], rates)[0].interest
        for way in Averaging
    }
    assert found == {Averaging.DAILY: 300, Averaging.MEAN: 200}


def test_an_offer_below_the_minimum_is_not_made() -> None:
    rates = DailyRates([DailyRate("overnight index", EURO, START, Decimal("3.6"))])
    one = Claim("1", "BETAKG22", EURO, 1_000_00, START, START + datetime.timedelta(1))
    scheme = attrs.evolve(preset("sepa-inquiry"), currency=EURO, fees=(FeeStep(None, 5),))
    made = [
        offers(attrs.evolve(scheme, minimum=least), [one], rates)[0].is_made
        for least in (14, 15, 16)
    ]
    assert made == [True, True, False]
