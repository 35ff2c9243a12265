"""Offers after an outage: worked by hand, for all and one currency, and refusals."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from skontro.compensation.daily_rates import DailyRate, DailyRates
from skontro.compensation.schemes import preset
from skontro.ledger.outages import Outage
from skontro.model import (
    InputError,
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.service.outage_offers import OutageOffers, find_outage, outage_offers
from skontro.system import NO_SCREENING, Rules
from tests.ledger.interrupted_record import InterruptedRecord, at
from tests.service.systems import BANKS, OFFICE_HOURS

FRIDAY, MONDAY = 3, 6
CREDIT = "overnight credit of the central bank"


def system_in(*currencies: str) -> Rules:
    accounts = [
        SettlementAccount(bic, find_currency(code), 100) for bic in BANKS for code in currencies
    ]
    banks = [Participant(bic, bic, find_country("KAZ")) for bic in BANKS]
    directory = ParticipantDirectory(banks, accounts)
    return Rules("Test", directory, Rulebook(), OFFICE_HOURS, screening=NO_SCREENING)


def rates_in(currency: str, **series: str) -> DailyRates:
    day = datetime.date(2026, 11, 27)
    return DailyRates(
        DailyRate(name.replace("_", " "), find_currency(currency), day, Decimal(rate))
        for name, rate in series.items()
    )


def interrupted(*currencies: str) -> InterruptedRecord:
    record = InterruptedRecord(system_in(*currencies))
    record.run_to(at(FRIDAY, 14))
    return record


def offers_of(
    record: InterruptedRecord, name: str, rates: DailyRates, **other: str
) -> OutageOffers:
    outage = find_outage(record.index, None)
    directory = record.rules.directory
    return outage_offers(record.index, directory, outage, preset(name), rates, **other)  # type: ignore[arg-type]


def test_seven_orders_in_target_from_friday_to_monday() -> None:
    record = interrupted("EUR")
    for _ in range(7):
        record.order(amount=100_000_000)
    record.order(amount=50_000_000, payee=2)
    record.outage(at(MONDAY, 7))
    record.run_to(at(MONDAY, 10))
    rates = rates_in("EUR", overnight_index="2.416", marginal_lending="2.25")
    found = offers_of(record, "target", rates)
    assert (found.payments, found.unsettled) == (8, 8)
    first, second = found.offers
    # 1,000,000.00 at 2.25 % of 360 for three days is 187.50.
    assert (first.payee, first.fee, first.interest) == (BANKS[1], 17_500, 7 * 18_750)
    assert (second.payee, second.fee, second.interest) == (BANKS[2], 5_000, 9_375)
    line = first.lines[0].claim
    assert line.reference == "00000000-0000-0000-0000-000000000001"
    assert (line.due_on, line.settled_on) == (
        datetime.date(2026, 11, 27),
        datetime.date(2026, 11, 30),
    )


def test_interest_of_a_payment_not_settled_yet_runs_on() -> None:
    record = interrupted("EUR")
    record.order(amount=100_000_000)
    repeated = 90
    record.order(amount=repeated)
    record.outage(at(MONDAY, 7))
    rates = rates_in("EUR", overnight_index="3.6", marginal_lending="9")
    seen = []
    for day in (MONDAY, MONDAY + 1, MONDAY + 2):
        record.run_to(at(day, 10))
        found = offers_of(record, "target", rates)
        seen.append((found.unsettled, [line.interest for line in found.offers[0].lines]))
        if day == MONDAY:
            record.order(amount=repeated)
    assert seen == [(2, [30_000, 0]), (1, [40_000, 0]), (1, [50_000, 0])]


@pytest.mark.parametrize(("currency", "codes"), [(None, ["KZT", "RUB"]), ("RUB", ["RUB"])])
def test_all_currencies_or_one(currency: str | None, codes: list[str]) -> None:
    record = interrupted("KZT", "RUB")
    for number in (0, 1):
        record.order(amount=36_000_000, currency=number)
    record.order(amount=1, currency=3)  # from an account that there is not
    record.outage(at(MONDAY, 7))
    record.run_to(at(MONDAY, 10))
    both = DailyRates(
        DailyRate(CREDIT, find_currency(code), datetime.date(2026, 11, 27), rate)
        for code, rate in (("KZT", Decimal(10)), ("RUB", Decimal(20)))
    )
    found = offers_of(record, "csdr-cash", both, currency=currency)  # type: ignore[arg-type]
    # One business day: Friday.
    expected = {"KZT": round(Fraction(36_000_000, 3_600)), "RUB": 20_000}
    assert [(one.currency.code, one.interest) for one in found.offers] == [
        (code, expected[code]) for code in codes
    ]
    assert found.payments == len(codes)


def test_a_currency_without_accounts_and_a_kind_that_the_scheme_lacks() -> None:
    record = interrupted("KZT")
    record.order(amount=36_000_000)
    record.outage(at(MONDAY, 7))
    rates = rates_in("KZT", overnight_credit_of_the_central_bank="1")
    with pytest.raises(InputError, match=r"^currency: no account is in RUB$"):
        offers_of(record, "csdr-cash", rates, currency="RUB")
    with pytest.raises(InputError, match="kind: 'theft' is not one of"):
        offers_of(record, "csdr-cash", rates, kind="theft")


def test_outages_are_found_by_their_batch() -> None:
    record = InterruptedRecord()
    with pytest.raises(InputError, match=r"^the record has no outage: one writer"):
        find_outage(record.index, None)
    for hour in range(9, 16):
        record.run_to(at(0, hour))
        record.order()
        record.outage(at(0, hour, 30))
    outages = record.index.day_steps.outages.all
    assert len(outages) == 7
    assert find_outage(record.index, None) == outages[-1]
    assert find_outage(record.index, outages[1].batch) == outages[1]
    named = ", ".join(str(one.batch) for one in outages[2:])
    with pytest.raises(
        InputError, match=rf"^no outage ended with batch 2; the last ones .* {named}$"
    ):
        find_outage(record.index, 2)
    assert outages[0] == Outage(outages[0].batch, at(0, 9) + 1, at(0, 9, 30))
