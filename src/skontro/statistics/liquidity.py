"""Liquidity: opening balances and credit, their use and turnover, and theoretical bounds."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import Country, Currency, InvariantBroken, RateTable, find_country, find_currency
from skontro.statistics.exact import ratio
from skontro.statistics.period_orders import demanded, period_orders


@attrs.frozen
class LiquidityBounds:
    """Bounds for one account, in minor units of its currency.

    Attributes:
        lower: largest net debit with which the account ends a business day; a queue may delay the
            orders of a day but not make them cheaper than their net.
        upper: largest net debit that the account reaches when every order settles the moment it
            asks to.
    """

    lower: int = 0
    upper: int = 0


def liquidity_bounds(results: Results) -> dict[tuple[str, str], LiquidityBounds]:
    """Bounds by BIC and currency code, for every account that settled or returned orders touch.

    Counted are orders that asked for settlement and were settled or returned, in the order in
    which they asked. Balances carry over from one business day to the next, so net debits are
    counted from the start of the period.
    """
    orders = period_orders(results).filter(demanded()).sort("entered", "order")
    shared = ("currency", "business_date", "entered", "order")
    debit = pl.col("amount_minor").cast(pl.Int128)
    flows = pl.concat(
        [
            orders.select(pl.col("payer").alias("bic"), *shared, debit.alias("net")),
            orders.select(pl.col("payee").alias("bic"), *shared, (debit * -1).alias("net")),
        ]
    ).sort("entered", "order")
    days = (
        flows.with_columns(pl.col("net").cum_sum().over("bic", "currency").alias("net_debit"))
        .group_by("bic", "currency", "business_date")
        .agg(pl.col("net_debit").max().alias("highest"), pl.col("net_debit").last().alias("end"))
    )
    accounts = (
        days.group_by("bic", "currency")
        .agg(pl.col("end").max(), pl.col("highest").max())
        .sort("bic", "currency")
    )
    return {
        (bic, code): LiquidityBounds(lower=max(0, end), upper=max(0, highest))
        for bic, code, end, highest in accounts.iter_rows()
    }


@attrs.frozen
class Liquidity:
    """Figures of one account or the sum of several, in minor units of one currency.

    Attributes:
        opening_balance: at the start of the period.
        credit_line: intraday credit on top of it.
        used: the largest excess of payments made over received at any time; without transfers the
            opening balance less the lowest.
        credit_used: amount of the lowest balance below zero, else 0.
        settled: total of the settled orders that the accounts paid.
        lower_bound, upper_bound: the theoretical bounds (`LiquidityBounds`).
    """

    opening_balance: int = 0
    credit_line: int = 0
    used: int = 0
    credit_used: int = 0
    settled: int = 0
    lower_bound: int = 0
    upper_bound: int = 0

    @property
    def available(self) -> int:
        """Opening balance and credit line together."""
        return self.opening_balance + self.credit_line

    @property
    def turnover_ratio(self) -> Fraction | None:
        """Settled over used: turnover of the liquidity; None if none was used."""
        return ratio(self.settled, self.used)

    def __add__(self, other: "Liquidity") -> "Liquidity":
        return Liquidity(
            *(a + b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True))
        )

    def valued(self, currency: Currency, rates: RateTable) -> "Liquidity":
        """The same figures in the currency of account, each rounded once."""
        return Liquidity(*(rates.value(minor, currency) for minor in attrs.astuple(self)))


@attrs.frozen
class AccountLiquidity:
    """One settlement account; `liquidity` in minor units of `currency`."""

    account: int
    bic: str
    name: str
    country: Country
    currency: Currency
    liquidity: Liquidity


@attrs.frozen
class ParticipantLiquidity:
    """One participant; `liquidity` is the sum of its accounts in the currency of account."""

    bic: str
    name: str
    country: Country
    liquidity: Liquidity


@attrs.frozen
class CurrencyLiquidity:
    """All accounts in one currency: in its minor units, and valued in the currency of account."""

    currency: Currency
    liquidity: Liquidity
    valued: Liquidity


@attrs.frozen
class LiquidityStatistics:
    """Liquidity of a period.

    Attributes:
        total: the sum of the currencies, in the currency of account.
        currencies: by code.
        participants: by BIC. Each account is valued by itself, so their sum may differ from
            `total` by the rounding of one minor unit for each account.
        accounts: by account number.
    """

    total: Liquidity
    currencies: tuple[CurrencyLiquidity, ...]
    participants: tuple[ParticipantLiquidity, ...]
    accounts: tuple[AccountLiquidity, ...]


def measure_liquidity(results: Results) -> LiquidityStatistics:
    """Liquidity by account, participant, currency and in total, with theoretical bounds.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
        InvariantBroken: without liquidity transfers, the liquidity used is not the opening
            balance less the lowest.
    """
    bounds = liquidity_bounds(results)
    accounts = tuple(
        _account(row, bounds) for row in results.accounts.sort("account").iter_rows(named=True)
    )
    currencies = _by_currency(accounts, results.rates)
    return LiquidityStatistics(
        total=_sum(part.valued for part in currencies),
        currencies=currencies,
        participants=_by_participant(accounts, results.rates),
        accounts=accounts,
    )


def _account(
    row: dict[str, Any], bounds: Mapping[tuple[str, str], LiquidityBounds]
) -> AccountLiquidity:
    bic, code = row["bic"], row["currency"]
    opening, lowest = row["opening_balance_minor"], row["lowest_balance_minor"]
    used = row["liquidity_used_minor"]
    transferred = row["transferred_in_minor"] or row["transferred_out_minor"]
    if used != opening - lowest and not transferred:
        raise InvariantBroken(
            "liquidity used is the opening balance less the lowest, where none was transferred",
            f"account {bic} {code}: {used} used, opening {opening}, lowest {lowest}",
        )
    bound = bounds.get((bic, code), LiquidityBounds())
    return AccountLiquidity(
        account=row["account"],
        bic=bic,
        name=row["name"],
        country=find_country(row["country"]),
        currency=find_currency(code),
        liquidity=Liquidity(
            opening_balance=opening,
            credit_line=row["credit_line_minor"],
            used=used,
            credit_used=max(0, -lowest),
            settled=int(row["paid_minor"]),
            lower_bound=bound.lower,
            upper_bound=bound.upper,
        ),
    )


def _by_currency(
    accounts: Iterable[AccountLiquidity], rates: RateTable
) -> tuple[CurrencyLiquidity, ...]:
    sums: dict[Currency, Liquidity] = {}
    for account in accounts:
        sums[account.currency] = sums.get(account.currency, Liquidity()) + account.liquidity
    return tuple(
        CurrencyLiquidity(currency, sums[currency], sums[currency].valued(currency, rates))
        for currency in sorted(sums)
    )


def _by_participant(
    accounts: Iterable[AccountLiquidity], rates: RateTable
) -> tuple[ParticipantLiquidity, ...]:
    parts: dict[str, ParticipantLiquidity] = {}
    for account in accounts:
        value = account.liquidity.valued(account.currency, rates)
        so_far = parts.get(account.bic)
        parts[account.bic] = ParticipantLiquidity(
            bic=account.bic,
            name=account.name,
            country=account.country,
            liquidity=so_far.liquidity + value if so_far else value,
        )
    return tuple(parts[bic] for bic in sorted(parts))


def _sum(parts: Iterable[Liquidity]) -> Liquidity:
    return sum(parts, Liquidity())
