"""Every bound of the model: taken exactly at it, and refused one beyond."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    Algorithm,
    Bypass,
    Collateral,
    InputError,
    Participant,
    ParticipantDirectory,
    PaymentClass,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    WhenQueued,
    find_country,
    find_currency,
    parse_amount,
)
from skontro.model.calendar import (
    FIRST_DATE,
    FIRST_TIMESTAMP,
    LAST_DATE,
    LAST_TIMESTAMP,
    check_date,
    check_timestamp,
)
from skontro.model.conversion import ConversionOrder
from skontro.model.netting import CycleLength, HoldingLimit, SwapLine
from skontro.model.participant import MAX_ADMISSIONS, BilateralLimit
from skontro.model.position_limits import CurrencyPrice, PayIn, PositionLimits
from skontro.model.rates import Rate, ReferenceRate
from skontro.model.rulebook import MAX_BYPASS_DEPTH, MAX_BYPASSES, MAX_WORK
from skontro.model.text import (
    MAX_DECIMAL_PLACES,
    MAX_LINE,
    MAX_NAME,
    MAX_WHOLE_DIGITS,
    check_line,
    check_name,
    parse_decimal,
)

KZT, RUB, JPY = (find_currency(code) for code in ("KZT", "RUB", "JPY"))
KAZ = find_country("KAZ")
BIC, OTHER = "AAAAKZK0", "BBBBKGK0"
UETR = "9b2d1d4e-6c0a-4b5e-9c3f-0123456789ab"
DAY = datetime.date(2026, 11, 24)
TINY = Decimal("1e-20")


def account(**fields: Any) -> SettlementAccount:
    return SettlementAccount(BIC, KZT, **{"opening_balance": 0} | fields)


#: What is made of a value, the least and the most that are taken, and the step beyond.
BOUNDS: dict[str, tuple[Callable[[Any], object], Any, Any, Any]] = {
    "bypass depth": (lambda n: Bypass(depth=n), 1, MAX_BYPASS_DEPTH, 1),
    "bypasses": (lambda n: Bypass(max_bypasses=n), 1, MAX_BYPASSES, 1),
    "orders of a run": (WhenQueued, 1, 2**30 - 1, 1),
    "work": (lambda n: ScheduledRuns(Algorithm.MAXIMUM_VALUE, every=10**6, work=n), 0, MAX_WORK, 1),
    "interval": (lambda n: ScheduledRuns(Algorithm.BILATERAL_PASS, every=n), 10**6, None, 1),
    "credit line": (lambda n: account(credit_line=n), 0, MAX_AMOUNT, 1),
    "reserved for urgent": (lambda n: account(reserved_urgent=n), 0, MAX_AMOUNT, 1),
    "reserved for high": (lambda n: account(reserved_high=n), 0, MAX_AMOUNT, 1),
    "net sender limit": (lambda n: account(net_sender_limit=n), 0, MAX_AMOUNT, 1),
    "bilateral limit": (lambda n: BilateralLimit(OTHER, n), 0, MAX_AMOUNT, 1),
    "balance": (lambda n: account(opening_balance=n), 0, MAX_MONEY_PER_CURRENCY, 1),
    "overdrawn balance": (
        lambda n: account(opening_balance=n, credit_line=70), -70, MAX_MONEY_PER_CURRENCY, 1,
    ),
    "balance on collateral": (
        lambda n: account(opening_balance=n, collateral=(Collateral("bond", 9, Decimal("0.5")),)),
        -4, MAX_MONEY_PER_CURRENCY, 1,
    ),
    "admissions": (lambda n: account(admitted=n), 0, MAX_ADMISSIONS - 1, 1),
    "admission": (lambda n: Participant(BIC, "A", KAZ, admitted=n), 0, MAX_ADMISSIONS - 1, 1),
    "collateral": (lambda n: Collateral("bond", n, Decimal(0)), 0, MAX_AMOUNT, 1),
    "haircut of collateral": (lambda n: Collateral("bond", 1, n), Decimal(0), 1 - TINY, TINY),
    "haircut": (lambda n: CurrencyPrice(KZT, Decimal(1), n), Decimal(0), 1 - TINY, TINY),
    "price": (lambda n: CurrencyPrice(KZT, n), TINY, None, TINY),
    "part paid in": (lambda n: PayIn(datetime.time(9), n), TINY, Decimal(1), TINY),
    "short position": (lambda n: PositionLimits(KZT, (), n), 0, None, 1),
    "cycle": (lambda n: CycleLength(n, "minutes"), 1, None, 1),
    "swap line": (lambda n: SwapLine(KAZ, RUB, n), 0, MAX_AMOUNT, 1),
    "interest": (lambda n: SwapLine(KAZ, RUB, 1, n), Decimal(0), None, TINY),
    "holding limit": (lambda n: HoldingLimit(BIC, RUB, n), 0, MAX_AMOUNT, 1),
    "conversion": (lambda n: ConversionOrder(UETR, BIC, RUB, n, KZT, 0), 1, MAX_AMOUNT, 1),
    "worst rate": (lambda n: ConversionOrder(UETR, BIC, RUB, 1, KZT, 0, n), TINY, None, TINY),
    "rate": (lambda n: Rate(KZT, n, DAY, "a"), TINY, None, TINY),
    "reference rate": (lambda n: ReferenceRate(KZT, RUB, n, 0, "a"), TINY, None, TINY),
    "timestamp": (check_timestamp, FIRST_TIMESTAMP, LAST_TIMESTAMP, 1),
    "date": (check_date, FIRST_DATE, LAST_DATE, datetime.timedelta(1)),
    "name": (lambda n: check_name("a" * n), 1, MAX_NAME, 1),
    "line": (lambda n: check_line("a" * n), 1, MAX_LINE, 1),
    "line of a length": (lambda n: check_line("a" * n, 7), 1, 7, 1),
    "whole digits": (lambda n: parse_decimal("9" * n), 1, MAX_WHOLE_DIGITS, 1),
    "places": (lambda n: parse_decimal("1." + "3" * n), 1, MAX_DECIMAL_PLACES, 1),
    "decimals of an amount": (lambda n: parse_amount("1." + "3" * n, KZT), 1, 2, 1),
    "amount": (lambda n: parse_amount(str(n), JPY), 0, MAX_AMOUNT, 1),
    "amount below zero": (
        lambda n: parse_amount(str(n), JPY, signed=True), -MAX_AMOUNT, MAX_AMOUNT, 1,
    ),
    "amount of a balance": (
        lambda n: parse_amount(str(n), JPY, most=MAX_MONEY_PER_CURRENCY),
        0, MAX_MONEY_PER_CURRENCY, 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_exactly_at_the_bound_is_taken_and_one_beyond_refused(name: str) -> None:
    make, least, most, step = BOUNDS[name]
    make(least)
    with pytest.raises(InputError):
        make(least - step)
    if most is not None:
        make(most)
        with pytest.raises(InputError):
            make(most + step)


def test_zeros_before_a_number_are_none_of_its_digits() -> None:
    assert parse_decimal("00" + "9" * MAX_WHOLE_DIGITS) == 10**MAX_WHOLE_DIGITS - 1


@pytest.mark.parametrize("value", ["NaN", "Infinity", "sNaN"])
def test_what_is_no_number_is_no_rate_and_no_part(value: str) -> None:
    number = Decimal(value)
    for name in ("haircut", "price", "part paid in", "interest", "worst rate", "rate",
                 "reference rate", "haircut of collateral"):  # fmt: skip
        with pytest.raises(InputError):
            BOUNDS[name][0](number)


def money(*accounts: SettlementAccount) -> ParticipantDirectory:
    return ParticipantDirectory([Participant(b, b, KAZ) for b in (BIC, OTHER)], accounts)


def test_money_of_a_currency_adds_up_to_its_bound_and_no_further() -> None:
    half = MAX_MONEY_PER_CURRENCY // 2
    for more, fits in ((0, True), (1, False)):
        for first, second in (
            (account(opening_balance=half), SettlementAccount(OTHER, KZT, half + more)),
            (
                account(opening_balance=half, credit_line=5),
                SettlementAccount(OTHER, KZT, half - 5 + more),
            ),
        ):
            if fits:
                assert len(money(first, second).accounts) == 2
            else:
                with pytest.raises(InputError, match="opening balances and intraday credit"):
                    money(first, second)
        # The same money in another currency counts by itself.
        money(account(opening_balance=2 * half), SettlementAccount(OTHER, RUB, half + more))


def test_credit_alone_has_the_same_bound() -> None:
    """Balances below zero make room for more money, and not for more credit."""
    most = [account(credit_line=MAX_AMOUNT, opening_balance=-MAX_AMOUNT)] * 4
    banks = [Participant(f"{letter}AAAKZK0", letter, KAZ) for letter in "ABCDE"]
    accounts = [attrs.evolve(one, bic=bank.bic) for one, bank in zip(most, banks, strict=False)]
    rest = MAX_MONEY_PER_CURRENCY - 4 * MAX_AMOUNT
    for more in (0, 1):
        last = SettlementAccount(banks[4].bic, KZT, -1, credit_line=rest + more)
        if not more:
            ParticipantDirectory(banks, [*accounts, last])
        else:
            with pytest.raises(InputError, match="intraday credit adds"):
                ParticipantDirectory(banks, [*accounts, last])


def test_who_is_in_a_directory() -> None:
    with pytest.raises(InputError, match="BIC appears twice"):
        ParticipantDirectory([Participant(BIC, n, KAZ) for n in "ab"], [])
    with pytest.raises(InputError, match="two settlement accounts"):
        money(account(), account(opening_balance=1))
    with pytest.raises(InputError, match="no such participant"):
        ParticipantDirectory([Participant(OTHER, "b", KAZ)], [account()])
    towards = account(bilateral_limits=(BilateralLimit(OTHER, 1),))
    money(towards, SettlementAccount(OTHER, KZT, 0))
    with pytest.raises(InputError, match="has no account in KZT"):
        money(towards, SettlementAccount(OTHER, RUB, 0))
    with pytest.raises(InputError, match="names the holder itself"):
        account(bilateral_limits=(BilateralLimit(BIC, 1),))
    with pytest.raises(InputError, match="two bilateral limits name one"):
        account(bilateral_limits=(BilateralLimit(OTHER, 1), BilateralLimit(OTHER, 2)))
    admitted = [Participant(BIC, "a", KAZ, admitted=3), Participant(OTHER, "b", KAZ, admitted=2)]
    directory = ParticipantDirectory(
        admitted, [account(admitted=4), SettlementAccount(OTHER, RUB, 0, admitted=1)]
    )
    assert directory.admissions == 4
    assert [one.bic for one in directory.participants] == [OTHER, BIC]
    assert [one.bic for one in directory.accounts] == [OTHER, BIC]
    assert [str(one) for one in directory.currencies] == ["RUB", "KZT"]
    assert directory.account_number(BIC, "KZT") == 1
    assert directory.account_number(BIC, "RUB") is None
    assert ParticipantDirectory([], []).admissions == 0


def test_what_a_rulebook_combines() -> None:
    limits = PositionLimits(KZT, (CurrencyPrice(KZT, Decimal(1)),), 0)
    within, pass_ = Algorithm.WITHIN_POSITION_LIMITS, Algorithm.BILATERAL_PASS
    Rulebook(position_limits=limits, schedule=(ScheduledRuns(within, every=10**6),))
    Rulebook(position_limits=limits, when_queued=WhenQueued(2, within))
    Rulebook(in_runs_only=True, when_queued=WhenQueued(2, pass_))
    Rulebook(offset_on_entry=True, bypass=Bypass(), when_queued=WhenQueued(2, pass_))
    for wrong in (
        {"in_runs_only": True, "offset_on_entry": True},
        {"in_runs_only": True, "bypass": Bypass()},
        {"position_limits": limits, "offset_on_entry": True},
        {"position_limits": limits, "bypass": Bypass()},
        {"position_limits": limits, "when_queued": WhenQueued(2, pass_)},
        {"position_limits": limits, "schedule": (ScheduledRuns(pass_, every=10**6),)},
        {"when_queued": WhenQueued(2, within)},
        {"schedule": (ScheduledRuns(within, every=10**6),)},
    ):
        with pytest.raises(InputError):
            Rulebook(**wrong)  # type: ignore[arg-type]
    for algorithm in (Algorithm.BILATERAL_ON_ENTRY, Algorithm.BYPASS):
        with pytest.raises(InputError, match="its own key"):
            ScheduledRuns(algorithm, every=10**6)
        with pytest.raises(InputError, match="when the queues grow"):
            WhenQueued(1, algorithm)
    with pytest.raises(InputError, match="when the queues grow"):
        WhenQueued(1, Algorithm.MAXIMUM_VALUE)
    at = (datetime.time(9),)
    for times in ({}, {"at": at, "every": 10**6}):
        with pytest.raises(InputError, match="either"):
            ScheduledRuns(pass_, **times)  # type: ignore[arg-type]
    assert ScheduledRuns(pass_, at).at == at
    for classes in ((), (PaymentClass.HIGH, PaymentClass.HIGH)):
        with pytest.raises(InputError, match="at least one payment class"):
            Bypass(classes)


def test_pay_ins_rise_in_time_and_share() -> None:
    nine, ten = datetime.time(9), datetime.time(10)
    half, all_of_it = Decimal("0.5"), Decimal(1)
    PositionLimits(KZT, (), 0, (PayIn(nine, half), PayIn(ten, all_of_it)))
    for first, second in (
        (PayIn(nine, half), PayIn(nine, all_of_it)),
        (PayIn(ten, half), PayIn(nine, all_of_it)),
        (PayIn(nine, half), PayIn(ten, half)),
        (PayIn(nine, all_of_it), PayIn(ten, half)),
    ):
        with pytest.raises(InputError, match="must rise"):
            PositionLimits(KZT, (), 0, (first, second))
    price = CurrencyPrice(KZT, Decimal(1))
    with pytest.raises(InputError, match="two prices"):
        PositionLimits(KZT, (price, price), 0)


def test_lengths_of_cycles() -> None:
    for unit in ("minutes", "days"):
        assert CycleLength(7, unit).number == 7
    for months in (1, 2, 3, 4, 6, 12):
        CycleLength(months, "months")
    for months in (5, 7, 8, 24):
        with pytest.raises(InputError, match="divide a year"):
            CycleLength(months, "months")
    with pytest.raises(InputError, match="minutes, days or months"):
        CycleLength(1, "weeks")


def test_dates_of_currencies() -> None:
    """The last day of one that was withdrawn, and the first of the one that came for it."""
    kuna, leone, cedi = find_currency("HRK"), find_currency("SLE"), find_currency("GHC")
    for currency in (kuna, leone, cedi):
        assert currency.exponent == 2
    one = datetime.timedelta(1)
    last = next(DAY - n * one for n in range(10_000) if kuna.is_current(DAY - n * one))
    assert not kuna.is_current(last + one)
    kuna.refuse_unless_current(last - one, last)
    with pytest.raises(InputError, match="within these business days"):
        kuna.refuse_unless_current(last, last + one)
    with pytest.raises(InputError, match=r"withdrawn after .*: on .* use EUR"):
        kuna.refuse_unless_current(last + one, last + one)
    first = next(DAY - n * one for n in range(10_000) if not leone.is_current(DAY - n * one)) + one
    leone.refuse_unless_current(first, first)
    with pytest.raises(InputError, match=f"introduced on {first}: on {first - one} use SLL"):
        leone.refuse_unless_current(first - one, first)
