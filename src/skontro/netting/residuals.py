"""Residuals: the payments left after netting, by debtor, creditor and currency."""

import datetime
from collections.abc import Iterator, Sequence

from skontro.model import (
    Currency,
    InputError,
    Netting,
    NettingRules,
    Participant,
    RateTable,
    ResidualCurrency,
)
from skontro.model.net_amounts import net_payments
from skontro.netting.obligations import AccountHolders, Obligation

#: Net amount by participant and currency: received less paid.
Positions = dict[tuple[int, int], int]


def residuals_of(
    rules: NettingRules,
    obligations: Sequence[Obligation],
    holders: AccountHolders,
    currencies: Sequence[Currency],
    rates: RateTable,
    date: datetime.date,
) -> list[Obligation]:
    """The payments that settle all obligations after netting.

    Across currencies, the net amount of each two participants in each currency is valued once, half
    to even, and values are netted. Residuals are turned into the currency of payment at the rates,
    half to even; a value below half a minor unit is dropped.

    Args:
        rules: rules of the cycles.
        obligations: obligations of one cycle.
        holders: participants and accounts.
        currencies: those of the engine, in its order.
        rates: rates of the period.
        date: date of the cut-off: creditor's and debtor's currency are those of that day.

    Raises:
        InputError: a currency has no rate, or the currency of a payment no accounts.
    """
    if rules.residual == ResidualCurrency.AS_ORDERED:
        return list(residuals_by_currency(obligations, rules.netting))
    values = [
        (one.debtor, one.creditor, rates.value(one.amount, currencies[one.currency]))
        for one in residuals_by_currency(obligations, Netting.BILATERAL)
    ]
    residuals = []
    participants = holders.directory.participants
    index = {currency: i for i, currency in enumerate(currencies)}
    for debtor, creditor, value in net_payments(values, rules.netting):
        currency = _currency(rules, participants[debtor], participants[creditor], date)
        if currency not in index:
            raise InputError(
                f"netting: net positions are due in {currency}, in which no participant has "
                "an account"
            )
        amount = rates.amount(value, currency)
        if amount:
            residuals.append(Obligation(debtor, creditor, index[currency], amount))
    return residuals


def _currency(
    rules: NettingRules, debtor: Participant, creditor: Participant, date: datetime.date
) -> Currency:
    if rules.residual == ResidualCurrency.CREDITOR:
        return creditor.country.currency_on(date)
    if rules.residual == ResidualCurrency.DEBTOR:
        return debtor.country.currency_on(date)
    return rules.third_currency


def residuals_by_currency(
    obligations: Sequence[Obligation], netting: Netting
) -> Iterator[Obligation]:
    """The payments left when each currency is netted on its own, by currency."""
    for currency in sorted(dict.fromkeys(one.currency for one in obligations)):
        owed = [(o.debtor, o.creditor, o.amount) for o in obligations if o.currency == currency]
        for debtor, creditor, amount in net_payments(owed, netting):
            yield Obligation(debtor, creditor, currency, amount)
