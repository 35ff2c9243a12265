"""Refusals of the model, each with what it says, beside the nearest value that is taken."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from skontro.model import (
    MAX_AMOUNT,
    ArgumentError,
    BusinessDay,
    Collateral,
    InputError,
    InvariantBroken,
    Participant,
    SettlementAccount,
    find_country,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.model.calendar import find_time_zone, timestamp_text, weekdays
from skontro.model.conversion import ConversionOrder, Quote
from skontro.model.netting import (
    CycleLength,
    HoldingLimit,
    NettingRules,
    ResidualCurrency,
    SwapLine,
)
from skontro.model.participant import BilateralLimit
from skontro.model.position_limits import CurrencyPrice, PayIn, PositionLimits, pay_in_timestamp
from skontro.model.rates import Rate, RateTable, ReferenceRate
from skontro.model.settlement_calendar import CurrencyHours, SettlementCalendar
from skontro.model.text import (
    MAX_LINE,
    SECOND,
    check_line,
    did_you_mean,
    interval_text,
    nearest,
    parse_date,
    parse_interval,
    parse_time,
    quoted,
)

KZT, RUB, USD, JPY = (find_currency(code) for code in ("KZT", "RUB", "USD", "JPY"))
KAZ = find_country("KAZ")
BIC, OTHER = "AAAAKZK0", "BBBBKGK0"
UETR = "9b2d1d4e-6c0a-4b5e-9c3f-0123456789ab"
DATE = datetime.date(2026, 11, 24)
LENGTH = CycleLength(1, "days")


def clock(hour: int, minute: int = 0) -> datetime.time:
    return datetime.time(hour, minute)


def quote(**fields: Any) -> Quote:
    usual: dict[str, Any] = {
        "market_maker": BIC, "sells": RUB, "buys": KZT, "rate": Decimal(5), "most": 100,
        "valid_from": 10, "valid_until": 20,
    }  # fmt: skip
    return Quote(**usual | fields)


def calendar(**fields: Any) -> SettlementCalendar:
    usual: dict[str, Any] = {
        "time_zone": "Asia/Almaty", "starts": clock(8), "opens": clock(9), "closes": clock(18),
    }  # fmt: skip
    return SettlementCalendar(**usual | fields)


def hours(customer: int, interbank: int) -> dict[str, CurrencyHours]:
    return {"KZT": CurrencyHours(clock(customer), clock(interbank))}


def rules(**fields: Any) -> NettingRules:
    return NettingRules(LENGTH, USD, **fields)


LINE, HOLDING = SwapLine(KAZ, RUB, 5), HoldingLimit(BIC, RUB, 5)
DAY = BusinessDay.at(DATE, clock(9), clock(18), find_time_zone("Asia/Almaty"))

#: What is made of a value, some that are taken, some that are refused, and what is said then.
REFUSALS: dict[str, tuple[Callable[[Any], object], list[Any], list[Any], str]] = {
    "rate of a quote": (
        lambda rate: quote(rate=Decimal(rate)), ["1e-20", "7"], ["0", "-1", "NaN", "Infinity"],
        f"quote of {BIC}, RUB for KZT: rate .* is not greater than zero",
    ),
    "currencies of a quote": (
        lambda buys: quote(buys=buys), [KZT, USD], [RUB],
        "RUB for RUB: it sells and buys the same currency",
    ),
    "most of a quote": (
        lambda most: quote(most=most), [1, MAX_AMOUNT], [0, -1, MAX_AMOUNT + 1],
        rf"most -?\d+ is outside 1..{MAX_AMOUNT}",
    ),
    "validity of a quote": (
        lambda until: quote(valid_until=until), [10, 11], [9], "valid_until comes before valid_fr",
    ),
    "market maker": (lambda bic: quote(market_maker=bic), [BIC], ["bank"], "BIC"),
    "currencies of a conversion": (
        lambda sells: ConversionOrder(UETR, BIC, RUB, 1, sells, 0), [KZT], [RUB],
        f"conversion order {UETR}: it sells and buys the same currency",
    ),
    "hours of a currency": (
        lambda at: CurrencyHours(clock(15), at), [clock(15), clock(16)], [clock(14, 59)],
        "customer cut-off 15:00 comes after the interbank cut-off 14:59",
    ),
    "start of a calendar": (
        lambda at: calendar(starts=at), [clock(0), clock(9)], [clock(9, 1)], "the day must start,",
    ),
    "close of a calendar": (
        lambda at: calendar(closes=at), [clock(9, 1)], [clock(9), clock(8)], "open, then close",
    ),
    "weekend": (
        lambda days: calendar(weekend=days), [(), (0,), (6,), (0, 1, 2, 3, 4, 5)],
        [(-1,), (7,), (0, 1, 2, 3, 4, 5, 6)], "a list of days from 0",
    ),
    "customer cut-off": (
        lambda at: calendar(currencies=hours(at, 18)), [9, 18], [8], "KZT: its cut-offs are out",
    ),
    "interbank cut-off": (
        lambda at: calendar(currencies=hours(9, at)), [9, 18], [19], "KZT: its cut-offs are outsi",
    ),
    "zone table": (
        lambda table: calendar(zone_table=table), [None], [b"", b"TZif", b"nothing of a zone"],
        "the table of time zone Asia/Almaty:",
    ),
    "swap lines": (
        lambda line: rules(swap_lines=(LINE, line)),
        [SwapLine(KAZ, USD, 5), SwapLine(find_country("KGZ"), RUB, 5)], [SwapLine(KAZ, RUB, 6)],
        "two swap lines of one country are in one currency",
    ),
    "holding limits": (
        lambda limit: rules(holding_limits=(HOLDING, limit)),
        [HoldingLimit(BIC, USD, 5), HoldingLimit(OTHER, RUB, 5)], [HoldingLimit(BIC, RUB, 6)],
        "a participant has two holding limits in one currency",
    ),
    "clearing agent": (
        lambda residual: rules(residual=residual), [ResidualCurrency.AS_ORDERED],
        [ResidualCurrency.THIRD, ResidualCurrency.DEBTOR], "name the clearing_agent",
    ),
    "pay-in": (
        lambda at: pay_in_timestamp(PayIn(at, Decimal(1)), DAY, find_time_zone("Asia/Almaty")),
        [clock(9), clock(17, 59)], [clock(8, 59), clock(18, 0)],
        f"pay_ins: .* is outside the hours of {DATE}",
    ),
    "currency of a rate": (
        lambda currency: RateTable(USD, [Rate(KZT, Decimal(9), DATE, "a")]).amount(1, currency),
        [KZT, USD], [RUB], "no rate for RUB: add it to the rates file",
    ),
    "currencies of a fixing": (
        lambda base: ReferenceRate(base, RUB, Decimal(1), 0, "a"), [KZT], [RUB],
        "RUB: a currency has no rate against itself",
    ),
    "description of collateral": (
        lambda text: Collateral(text, 1, Decimal(0)), ["b"], ["", " "], "the description is empty",
    ),
    "line": (check_line, ["a b"], ["", " "], "is empty"),
    "length of a line": (check_line, ["a" * MAX_LINE], ["a" * (MAX_LINE + 1)], "2,001 characters"),
    "minor unit": (find_currency, ["KZT"], ["XAU", "XDR"], "no minor unit in ISO 4217"),
    "date": (parse_date, ["2026-01-05"], ["2026-02-30", "5 May", "20260105"], "like 2026-01-05"),
    "time": (parse_time, ["16:30"], ["24:00", "16.30", ""], "is not a local time like 16:30"),
    "interval": (parse_interval, ["00:00:01"], ["00:00:00"], "is shorter than a second"),
    "bilateral limit": (
        lambda n: BilateralLimit(OTHER, n), [0], [-1], f"bilateral limit towards {OTHER} -1 is out",
    ),
    "admission": (
        lambda n: Participant(BIC, "A", KAZ, admitted=n), [0], [-1],
        f"participant {BIC}: admitted -1 is outside",
    ),
    "credit line": (
        lambda n: SettlementAccount(BIC, KZT, 0, credit_line=n), [0], [-1],
        f"account {BIC} KZT: credit_line -1 is outside",
    ),
    "price": (
        lambda n: CurrencyPrice(KZT, Decimal(n)), ["1"], ["0", "NaN"], "price of KZT: .* is not gr",
    ),
    "aggregate": (lambda n: PositionLimits(KZT, (), n), [0], [-1], "is below zero"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_and_what_is_said(name: str) -> None:
    make, taken, refused, said = REFUSALS[name]
    for value in taken:
        make(value)
    for value in refused:
        with pytest.raises(InputError, match=said):
            make(value)


def test_a_calendar_without_business_gives_up_after_two_months() -> None:
    dates = tuple(DATE + datetime.timedelta(n) for n in range(60))
    sixty = calendar(weekend=(), holidays=dates)
    with pytest.raises(InputError, match=f"no business day in two months from {DATE}"):
        sixty.first_business_day(DATE)
    assert calendar(weekend=(), holidays=dates[:59]).first_business_day(DATE) == dates[59]
    assert calendar(weekend=()).first_business_day(DATE) == DATE


def test_a_calendar_keeps_the_currencies_apart() -> None:
    one = calendar(currencies={"KZT": CurrencyHours(clock(9), clock(9), (DATE,))})
    assert not one.is_open_for("KZT", DATE)
    assert one.is_open_for("KZT", DATE + datetime.timedelta(1))
    assert one.is_open_for("RUB", DATE)
    assert calendar() == calendar()
    assert calendar() != calendar(holidays=(DATE,))
    assert calendar().zone.key == "Asia/Almaty"


def test_a_broken_invariant_names_itself_and_its_evidence() -> None:
    error = InvariantBroken("money is conserved", "5 became 6")
    assert (error.invariant, error.evidence) == ("money is conserved", "5 became 6")
    assert str(error) == "invariant broken: money is conserved: 5 became 6"


def test_amounts_as_they_are_written() -> None:
    assert format_amount(-1_234_567, KZT, grouped=True) == "-12,345.67"
    assert format_amount(5, KZT) == "0.05"
    assert format_amount(-5, JPY) == "-5"
    assert parse_amount("-0.05", KZT, signed=True) == -5
    assert parse_amount("7", KZT, most=700) == 700
    with pytest.raises(InputError):
        parse_amount("7.01", KZT, most=700)
    with pytest.raises(InputError, match="has 3 decimals; KZT has 2"):
        parse_amount("1.234", KZT)


def test_moments_that_nobody_can_write_are_shown_as_the_nearest() -> None:
    assert timestamp_text(0) == "1970-01-01T00:00:00Z"
    assert timestamp_text(-(2**62)) == "1969-12-31T00:00:00Z"
    assert timestamp_text(2**62) == "9999-12-31T23:59:59.999999Z"
    week = weekdays(DATE, DATE + datetime.timedelta(6))
    assert [day.weekday() for day in week] == [1, 2, 3, 4, 0]
    assert weekdays(DATE, DATE) == (DATE,)


def test_what_is_meant_and_how_a_long_text_is_shown() -> None:
    assert nearest("kzt", ["KZT", "KGS"]) == "KZT"
    assert nearest("zzzz", ["KZT"]) is None
    assert did_you_mean("zzzz", ["KZT"]) == ""
    assert quoted("a" * 40) == repr("a" * 40)
    assert quoted("1" * 30 + "2" * 11) == repr("1" * 20 + "…" + "2" * 10)
    assert nearest("weakly", ["weeks", "weekly"]) == "weekly"
    assert nearest("week", ["daily", "every second week"]) == "every second week"
    assert nearest("wee", ["daily", "every second week"]) is None


def test_intervals_as_they_are_written() -> None:
    for text in ("00:01", "01:00", "00:59:59", "99:59:59", "00:00:01", "12:34"):
        assert interval_text(parse_interval(text)) == text
    assert interval_text(61 * SECOND) == "00:01:01"
    assert interval_text(3600 * SECOND + 7) == "01:00:00.000007"
    assert interval_text(100 * 3600 * SECOND) == "100:00"


def test_an_argument_is_named_as_python_and_as_the_command_line_name_it() -> None:
    text = "leave out {}".format
    for error, in_python, option in (
        (ArgumentError(text, "skip_invalid"), "skip_invalid", "--skip-invalid"),
        (ArgumentError(text, "designs_file", "designs"), "designs_file", "--designs"),
    ):
        assert isinstance(error, InputError)
        assert (error.argument, str(error)) == (in_python, f"leave out {in_python}")
        assert error.for_command_line == f"leave out {option}"
