"""What collateral lends, and what accounts and the directory refuse of limits and credit."""

from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    BilateralLimit,
    Collateral,
    InputError,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    find_country,
    find_currency,
)

TENGE = find_currency("KZT")


@given(st.integers(0, MAX_AMOUNT), st.integers(0, 10**20 - 1), st.integers(1, 20))
def test_collateral_lends_its_value_less_the_haircut_rounded_down(
    value: int, haircut: int, places: int
) -> None:
    haircut %= 10**places
    asset = Collateral("Bond", value, Decimal(haircut).scaleb(-places))
    assert asset.lends == value * (10**places - haircut) // 10**places


@pytest.mark.parametrize(
    ("value", "haircut", "lends"),
    [
        (1000_00, "0.05", 950_00),
        (1, "0.5", 0),
        (3, "0.5", 1),
        (MAX_AMOUNT, "0", MAX_AMOUNT),
        (MAX_AMOUNT, "0.0000000000000000000000000000000001", MAX_AMOUNT - 1),
        (0, "0.9", 0),
    ],
)
def test_what_collateral_lends(value: int, haircut: str, lends: int) -> None:
    assert Collateral("Bond", value, Decimal(haircut)).lends == lends


@pytest.mark.parametrize("haircut", ["1", "-0.01", "NaN", "Infinity", "sNaN"])
def test_a_haircut_is_a_part_of_the_value(haircut: str) -> None:
    with pytest.raises(InputError, match="is not from 0 to less than 1"):
        Collateral("Bond", 1, Decimal(haircut))


def test_collateral_says_what_it_is_and_what_it_is_worth() -> None:
    with pytest.raises(InputError, match="the description is empty"):
        Collateral(" ", 1, Decimal(0))
    for value in (-1, MAX_AMOUNT + 1):
        with pytest.raises(InputError, match=r"value .* is outside 0\.\."):
            Collateral("Bond", value, Decimal(0))


def test_intraday_credit_is_the_line_and_what_the_collateral_lends() -> None:
    assets = (Collateral("A", 5, Decimal("0.5")), Collateral("B", 5, Decimal("0.5")))
    # Each asset is rounded by itself: 2 and 2, not 5.
    assert SettlementAccount("AAAAKZ22", TENGE, 7, 100, assets).intraday_credit == 104
    assert SettlementAccount("AAAAKZ22", TENGE, 7).intraday_credit == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda amount: BilateralLimit("BBBBKZ22", amount), "bilateral limit towards BBBBKZ22"),
        *(
            (
                lambda amount, field=field: SettlementAccount(
                    "AAAAKZ22", TENGE, **({"opening_balance": 0} | {field: amount})
                ),
                f"account AAAAKZ22 KZT: {field}",
            )
            for field in (
                *("credit_line", "reserved_urgent", "reserved_high"),
                "net_sender_limit",
            )
        ),
    ],
)
def test_amounts_of_an_account_have_bounds(make: Callable[[int], object], said: str) -> None:
    make(0)
    make(MAX_AMOUNT)
    for amount in (-1, MAX_AMOUNT + 1):
        with pytest.raises(InputError) as caught:
            make(amount)
        assert str(caught.value) == f"{said} {amount} is outside 0..{MAX_AMOUNT}"


def test_an_account_may_begin_overdrawn_as_far_as_its_credit_goes() -> None:
    bond = Collateral("Bond", 10, Decimal("0.5"))
    assert SettlementAccount("AAAAKZ22", TENGE, -105, 100, (bond,)).opening_balance == -105
    with pytest.raises(InputError, match=r"opening_balance -106 is outside -105\.\.4"):
        SettlementAccount("AAAAKZ22", TENGE, -106, 100, (bond,))
    assert SettlementAccount("AAAAKZ22", TENGE, MAX_MONEY_PER_CURRENCY)
    with pytest.raises(InputError, match="opening_balance"):
        SettlementAccount("AAAAKZ22", TENGE, MAX_MONEY_PER_CURRENCY + 1)


def directory_of(*accounts: SettlementAccount) -> ParticipantDirectory:
    bics = dict.fromkeys(account.bic for account in accounts)
    return ParticipantDirectory(
        [Participant(bic, f"Bank {bic}", find_country("KAZ")) for bic in bics], accounts
    )


def test_limits_are_towards_other_holders_of_the_currency_each_once() -> None:
    account = SettlementAccount("AAAAKZ22", TENGE, 0)
    other = SettlementAccount("BBBBKZ22", TENGE, 0)
    abroad = SettlementAccount("CCCCKZ22", find_currency("USD"), 0)

    def limited(*counterparties: str) -> SettlementAccount:
        limits = tuple(BilateralLimit(bic, 1) for bic in counterparties)
        return attrs.evolve(account, bilateral_limits=limits)

    directory_of(limited("BBBBKZ22"), other, abroad)
    for counterparty in ("CCCCKZ22", "DDDDKZ22"):
        with pytest.raises(InputError, match=f"towards {counterparty}: it has no account in KZT"):
            directory_of(limited(counterparty), other, abroad)
    with pytest.raises(InputError, match="names the holder itself"):
        limited("AAAAKZ22")
    with pytest.raises(InputError, match="two bilateral limits name one counterparty"):
        limited("BBBBKZ22", "BBBBKZ22")


def test_the_bound_on_money_counts_what_collateral_lends() -> None:
    half = Collateral("Bond", MAX_AMOUNT, Decimal("0.5"))
    enough = MAX_MONEY_PER_CURRENCY // half.lends
    directory_of(SettlementAccount("AAAAKZ22", TENGE, 0, 0, (half,) * enough))
    with pytest.raises(InputError, match="opening balances and intraday credit add up to"):
        directory_of(SettlementAccount("AAAAKZ22", TENGE, 0, 0, (half,) * (enough + 1)))
    owed = SettlementAccount("AAAAKZ22", TENGE, -MAX_AMOUNT, 0, (half,) * enough)
    directory_of(owed)
    with pytest.raises(InputError, match="KZT: intraday credit adds up to"):
        directory_of(owed, SettlementAccount("BBBBKZ22", TENGE, 0, half.lends + 1))


def test_an_admission_changes_no_number_of_an_account_or_position_of_a_currency() -> None:
    dollar, som = find_currency("USD"), find_currency("KGS")
    began = [SettlementAccount(bic, TENGE, 0) for bic in ("DDDDKZ22", "BBBBKZ22")]
    later = [
        SettlementAccount("AAAAKZ22", TENGE, 0, admitted=1),
        SettlementAccount("BBBBKZ22", som, 0, admitted=2),
        SettlementAccount("AAAAKZ22", dollar, 0, admitted=3),
    ]
    before = directory_of(*began)
    for admitted in range(1, 4):
        after = directory_of(*later[:admitted][::-1], *began)
        assert after.accounts[: len(before.accounts)] == before.accounts
        assert after.currencies[: len(before.currencies)] == before.currencies
        assert after.admissions == admitted
        before = after
    assert [(a.bic, a.currency.code) for a in before.accounts] == [
        ("BBBBKZ22", "KZT"),
        ("DDDDKZ22", "KZT"),
        ("AAAAKZ22", "KZT"),
        ("BBBBKZ22", "KGS"),
        ("AAAAKZ22", "USD"),
    ]
    with pytest.raises(InputError, match="admitted -1 is outside"):
        SettlementAccount("AAAAKZ22", TENGE, 0, admitted=-1)
