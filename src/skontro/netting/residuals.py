"""What is left to pay after netting: by whom, to whom, in which currency."""

import datetime
from collections.abc import Sequence
from typing import Final

from skontro.model import (
    Currency,
    InputError,
    Netting,
    NettingRules,
    Participant,
    RateTable,
    ResidualCurrency,
)
from skontro.netting.obligations import (
    Books,
    Obligation,
    allotted,
    net_of_all,
    net_of_pairs,
    value_of_pairs,
)

#: Net amount by participant and currency: received less paid.
Positions = dict[tuple[int, int], int]

_ACROSS: Final = (ResidualCurrency.CREDITOR, ResidualCurrency.DEBTOR, ResidualCurrency.THIRD)


def residuals_of(
    rules: NettingRules,
    obligations: list[Obligation],
    books: Books,
    currencies: Sequence[Currency],
    rates: RateTable,
    date: datetime.date,
) -> list[Obligation]:
    """The payments that settle all obligations once they are netted.

    Across currencies, net values are turned into the currency of payment at the rates, half to
    even; a value below half a minor unit is nothing.

    Args:
        rules: of the cycles.
        obligations: of one cycle.
        books: participants and accounts.
        currencies: by the engine's positions.
        rates: of the period.
        date: of the cut-off: creditor's and debtor's currency are those of that day.

    Raises:
        InputError: a currency has no rate, or the currency of a payment no accounts.
    """
    multilateral = rules.netting == Netting.MULTILATERAL
    if rules.residual not in _ACROSS:
        return list(net_of_all(obligations) if multilateral else net_of_pairs(obligations))
    values = value_of_pairs(obligations, currencies, rates)
    payments = [(debtor, creditor, value) for (debtor, creditor), value in values.items()]
    if multilateral:
        net: dict[int, int] = {}
        for debtor, creditor, value in payments:
            net[debtor] = net.get(debtor, 0) - value
            net[creditor] = net.get(creditor, 0) + value
        payments = list(allotted(net))
    residuals = []
    participants = books.directory.participants
    position = {currency: i for i, currency in enumerate(currencies)}
    for debtor, creditor, value in payments:
        currency = _currency(rules, participants[debtor], participants[creditor], date)
        if currency not in position:
            raise InputError(f"netting: net positions are due in {currency}, which nobody holds")
        amount = rates.amount(value, currency)
        if amount:
            residuals.append(Obligation(debtor, creditor, position[currency], amount))
    return residuals


def _currency(
    rules: NettingRules, debtor: Participant, creditor: Participant, date: datetime.date
) -> Currency:
    if rules.residual == ResidualCurrency.CREDITOR:
        return creditor.country.currency_on(date)
    if rules.residual == ResidualCurrency.DEBTOR:
        return debtor.country.currency_on(date)
    return rules.third_currency


def net_positions(obligations: list[Obligation]) -> Positions:
    """Received less paid, by participant and currency; zeros left out."""
    net: Positions = {}
    for one in obligations:
        debtor, creditor = (one.debtor, one.currency), (one.creditor, one.currency)
        net[debtor] = net.get(debtor, 0) - one.amount
        net[creditor] = net.get(creditor, 0) + one.amount
    return {key: net[key] for key in sorted(net) if net[key]}
