"""The nouns refuse what the standards do not allow, and convert without loss."""

import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    BusinessDay,
    InputError,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    ReasonCode,
    SettlementAccount,
    check_bic,
    check_lei,
    check_uetr,
    find_country,
    find_currency,
    find_time_zone,
    format_amount,
    from_timestamp,
    parse_amount,
    to_timestamp,
    weekdays,
)

CODES = st.sampled_from(["KZT", "RUB", "XOF", "VND", "KWD", "CLF"])
TENGE = find_currency("KZT")


@pytest.mark.parametrize(
    ("code", "exponent"), [("KZT", 2), ("XOF", 0), ("KWD", 3), ("CLF", 4), ("IDR", 2), ("AMD", 2)]
)
def test_exponents_are_those_of_iso_4217(code: str, exponent: int) -> None:
    assert find_currency(code).exponent == exponent


@pytest.mark.parametrize("code", ["XAU", "XDR", "XXX", "kzt", "KZ", "", "TENGE"])
def test_what_is_no_currency_for_an_account_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="ISO 4217"):
        find_currency(code)


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), CODES)
def test_an_amount_reads_back_as_written(minor: int, code: str) -> None:
    currency = find_currency(code)
    text = format_amount(minor, currency)
    assert parse_amount(text, currency, signed=True) == minor
    assert Decimal(text).scaleb(currency.exponent) == minor
    assert format_amount(minor, currency, grouped=True).replace(",", "") == text


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.", ".5", "1,5", "1e3", " 1", "1 ", "٣", "NaN", "1.234", "9" * 17],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_amount(text, TENGE)


def test_national_currencies_do_not_depend_on_today() -> None:
    assert [find_country(code).currency.code for code in ("KAZ", "KZ", "NER", "TLS", "HRV")] == [
        "KZT",
        "KZT",
        "XOF",
        "USD",
        "EUR",
    ]
    for code in ("XX", "kaz", "KAZA", ""):
        with pytest.raises(InputError, match="ISO 3166"):
            find_country(code)


def test_identifiers_are_checked_as_their_standards_say() -> None:
    assert check_bic("NBRKKZKX") == "NBRKKZKX"
    assert check_lei("5493001KJTIIGC8Y1R12") == "5493001KJTIIGC8Y1R12"
    assert check_uetr("00000000-0000-4000-8000-000000000000").startswith("0000")
    for text in ("NBRKKZK", "nbrkkzkx", "NBRKKZKX ", "NBRK KZKX", "NBRKK1KX"):
        with pytest.raises(InputError, match="BIC"):
            check_bic(text)
    with pytest.raises(InputError, match="LEI"):
        check_lei("5493001KJTIIGC8Y1R13")
    for text in ("00000000-0000-1000-8000-000000000000", "00000000-0000-4000-8000-00000000000A"):
        with pytest.raises(InputError, match="UETR"):
            check_uetr(text)


def participant(bic: str) -> Participant:
    return Participant(bic, f"Bank {bic}", find_country("KAZ"))


def test_accounts_are_numbered_by_currency_and_bic_whatever_the_order_given() -> None:
    rouble = find_currency("RUB")
    banks = [participant(bic) for bic in ("BBBBKZA0", "AAAAKZA0")]
    accounts = [SettlementAccount(b.bic, c, 1) for b in banks for c in (rouble, TENGE)]
    one = ParticipantDirectory(banks, accounts)
    other = ParticipantDirectory(banks[::-1], accounts[::-1])
    assert one.accounts == other.accounts
    assert [(a.currency.code, a.bic) for a in one.accounts] == [
        ("KZT", "AAAAKZA0"),
        ("KZT", "BBBBKZA0"),
        ("RUB", "AAAAKZA0"),
        ("RUB", "BBBBKZA0"),
    ]
    assert one.account_number("BBBBKZA0", "RUB") == 3
    assert one.account_number("BBBBKZA0", "USD") is None


def test_a_directory_refuses_what_could_not_be_settled() -> None:
    bank = participant("AAAAKZA0")
    account = SettlementAccount(bank.bic, TENGE, 1)
    with pytest.raises(InputError, match="BIC appears twice"):
        ParticipantDirectory([bank, bank], [])
    with pytest.raises(InputError, match="two settlement accounts"):
        ParticipantDirectory([bank], [account, account])
    with pytest.raises(InputError, match="no such participant"):
        ParticipantDirectory([], [account])
    with pytest.raises(InputError, match="named in full"):
        Participant("AAAAKZA0", " ", find_country("KAZ"))
    with pytest.raises(InputError, match="opening_balance -1 is outside"):
        SettlementAccount(bank.bic, TENGE, -1)
    rich = [participant(f"AAA{letter}KZA0") for letter in "ABCDE"]
    full = [SettlementAccount(b.bic, TENGE, MAX_AMOUNT) for b in rich]
    assert sum(a.opening_balance for a in full) > MAX_MONEY_PER_CURRENCY
    with pytest.raises(InputError, match="add up to"):
        ParticipantDirectory(rich, full)


MOMENTS = st.datetimes(
    datetime.datetime(1900, 1, 1),  # noqa: DTZ001  Hypothesis adds the time zone
    datetime.datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(datetime.UTC),
)


@given(MOMENTS)
def test_a_moment_reads_back_from_its_timestamp(timestamp: datetime.datetime) -> None:
    assert from_timestamp(to_timestamp(timestamp)) == timestamp


def test_days_open_and_close_in_their_time_zone() -> None:
    zone = find_time_zone("Asia/Almaty")
    day = BusinessDay.at(datetime.date(2019, 9, 17), datetime.time(9), datetime.time(18), zone)
    assert from_timestamp(day.opens_at).isoformat() == "2019-09-17T03:00:00+00:00"
    with pytest.raises(InputError, match="open before it closes"):
        BusinessDay(day.date, 5, 5)
    with pytest.raises(InputError, match="IANA"):
        find_time_zone("Almaty")
    with pytest.raises(InputError, match="no time zone"):
        to_timestamp(datetime.datetime(2019, 9, 17))  # noqa: DTZ001
    assert len(weekdays(datetime.date(2019, 1, 1), datetime.date(2019, 12, 31))) == 261


DATE = datetime.date(2019, 9, 17)
UNITS = st.decimals(Decimal("0.000001"), Decimal(100_000), allow_nan=False, places=6)


@given(st.integers(-(10**24), 10**24), CODES, UNITS)
def test_values_are_exact_before_they_are_rounded_once(
    minor: int, code: str, units: Decimal
) -> None:
    assume(units > 0)
    currency, dollar = find_currency(code), find_currency("USD")
    table = RateTable(dollar, [Rate(currency, units, DATE, "test")])
    exact = Fraction(minor) / 10**currency.exponent / Fraction(units) * 100
    assert table.value(minor, currency) == round(exact)  # Python rounds fractions half to even
    back = Fraction(minor) / 100 * Fraction(units) * 10**currency.exponent
    assert table.amount(minor, currency) == round(back)


def test_rates_are_refused_where_they_would_mislead() -> None:
    dollar = find_currency("USD")
    rate = Rate(TENGE, Decimal("382.75"), DATE, "test")
    with pytest.raises(InputError, match="two rates"):
        RateTable(dollar, [rate, rate])
    with pytest.raises(InputError, match="against itself"):
        RateTable(dollar, [Rate(dollar, Decimal("1.01"), DATE, "test")])
    with pytest.raises(InputError, match="no rate for RUB"):
        RateTable(dollar, [rate]).value(1, find_currency("RUB"))
    for units in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(InputError, match="greater than zero"):
            Rate(TENGE, Decimal(units), DATE, "test")
    half = RateTable(dollar, [Rate(TENGE, Decimal(2), DATE, "test")])
    halves = [Decimal(n) / 2 for n in (1, 3, 5)]
    assert [half.value(n, TENGE) for n in (1, 3, 5)] == [
        int(h.quantize(Decimal(1), ROUND_HALF_EVEN)) for h in halves
    ]
    assert half.value(7, dollar) == 7


def test_every_reason_explains_itself() -> None:
    for reason in ReasonCode:
        assert reason.explanation
