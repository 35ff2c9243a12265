"""Settlement accounts with opening balances and credit lines, sized by what they are due to pay."""

from decimal import Decimal
from fractions import Fraction

import polars as pl

from skontro.model import ParticipantDirectory, SettlementAccount, find_currency
from skontro.simulation.generator.banks import Banks
from skontro.simulation.generator.settings import CreditCurrencies, GeneratorSettings


def open_accounts(
    banks: Banks, payments: pl.DataFrame, settings: GeneratorSettings
) -> ParticipantDirectory:
    """Every bank that pays or receives, with an account in each currency in which it does.

    An account is due to pay, per day, the total of its payments over the number of days. Opening
    balance and credit line are shares of that, rounded down. By default only banks whose country
    issues the currency get a credit line: intraday credit comes from their own central bank. With
    `credit_currencies` `paid` every account that pays gets one, by the same share, as if the
    central banks had opened lines to each other's banks: cover is then the same in every currency.

    Args:
        banks: the participants.
        payments: columns payer, payee (BICs), currency and amount_minor.
        settings: give the shares and the number of days.

    Raises:
        InputError: the money in one currency exceeds what sums can carry.
    """
    due = _due_to_pay(payments)
    country = {bank.bic: bank.country for bank in banks.participants}
    accounts = []
    for bic, code in sorted(due.keys() | _received(payments)):
        per_day = Fraction(due.get((bic, code), 0), settings.business_days)
        at_home = country[bic].issues(find_currency(code), settings.first_date)
        lines_everywhere = settings.credit_currencies == CreditCurrencies.PAID
        credit = settings.credit_share if at_home or lines_everywhere else Decimal(0)
        accounts.append(
            SettlementAccount(
                bic,
                find_currency(code),
                int(per_day * Fraction(settings.liquidity_share)),
                int(per_day * Fraction(credit)),
            )
        )
    active = {account.bic for account in accounts}
    return ParticipantDirectory(
        (bank for bank in banks.participants if bank.bic in active), accounts
    )


def _due_to_pay(payments: pl.DataFrame) -> dict[tuple[str, str], int]:
    totals = payments.group_by("payer", "currency").agg(
        pl.col("amount_minor").cast(pl.Int128).sum()
    )
    return {(bic, code): total for bic, code, total in totals.iter_rows()}


def _received(payments: pl.DataFrame) -> set[tuple[str, str]]:
    return set(payments.select("payee", "currency").unique().iter_rows())
