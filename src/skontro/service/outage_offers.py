"""The operator's offers of compensation after an outage, from the orders of the record."""

from collections.abc import Collection
from datetime import date
from typing import Final

import attrs

from skontro.compensation.claims import DELAY, Claim
from skontro.compensation.daily_rates import DailyRates
from skontro.compensation.offers import Offer, offers
from skontro.compensation.schemes import Scheme
from skontro.engine import uetr_text
from skontro.ledger import OrderIndex
from skontro.ledger.delayed_payments import DelayedPayments, delayed_payments
from skontro.ledger.outages import Outage
from skontro.model import InputError, ParticipantDirectory
from skontro.system.acceptance import date_of

#: Most outages that a refusal names.
_NAMED: Final = 5


@attrs.frozen
class OutageOffers:
    """Offers of compensation for the payments that an outage made late.

    Attributes:
        outage: of the record.
        payments: number of late payments.
        unsettled: those not settled yet; their interest runs on.
        offers: one for each payee and currency.
    """

    outage: Outage
    payments: int
    unsettled: int
    offers: tuple[Offer, ...]


def find_outage(index: OrderIndex, batch: int | None) -> Outage:
    """An outage of the remembered days.

    Args:
        index: of a record.
        batch: with which the record continued; None for the last outage.

    Raises:
        InputError: there is none.
    """
    found = index.day_steps.outages.all
    if not found:
        raise InputError("the record has no outage: one writer wrote all of its last days")
    if batch is None:
        return found[-1]
    for one in found:
        if one.batch == batch:
            return one
    named = ", ".join(str(one.batch) for one in found[-_NAMED:])
    raise InputError(f"no outage ended with batch {batch}; the last ones ended with {named}")


def outage_offers(
    index: OrderIndex,
    directory: ParticipantDirectory,
    outage: Outage,
    scheme: Scheme,
    rates: DailyRates,
    *,
    holidays: Collection[date] = (),
    kind: str = DELAY,
    currency: str | None = None,
) -> OutageOffers:
    """The offers after an outage.

    Args:
        index: orders of the record.
        directory: participants and accounts of the system.
        outage: of the record.
        scheme: the agreed rule on compensation.
        rates: published rates of the scheme's series.
        holidays: weekdays that are no business days, for a scheme that counts these.
        kind: kind of claim, as the scheme names it.
        currency: only payments in this one, by code; None for all.

    Raises:
        InputError: the days of the outage are not remembered, or the scheme does not fit.
    """
    late = _late_payments(index, directory, outage, currency)
    claims = _claims(late, directory, kind)
    found = tuple(offers(scheme, claims, rates, holidays))
    return OutageOffers(outage, len(late), len(late) - int(late.settled.sum()), found)


def _late_payments(
    index: OrderIndex, directory: ParticipantDirectory, outage: Outage, currency: str | None
) -> DelayedPayments:
    codes = [account.currency.code for account in directory.accounts]
    if currency is not None and currency not in codes:
        raise InputError(f"currency: no account is in {currency}")
    orders = index.orders(index.base, index.count)
    if currency is not None:
        of_payer = [code == currency for code in codes]
        known = (orders["payer"] >= 0) & (orders["payer"] < len(codes))
        orders = orders[known]
        orders = orders[[of_payer[payer] for payer in orders["payer"].tolist()]]
    return delayed_payments(orders, codes, index.day_steps.all, outage)


def _claims(late: DelayedPayments, directory: ParticipantDirectory, kind: str) -> list[Claim]:
    accounts = directory.accounts
    columns = zip(
        late.orders["uetr"].tolist(),
        late.orders["payee"].tolist(),
        late.orders["amount"].tolist(),
        late.due_on.tolist(),
        late.settled_on.tolist(),
        strict=True,
    )
    return [
        Claim(
            uetr_text(uetr),
            accounts[payee].bic,
            accounts[payee].currency,
            amount,
            date_of(due_on),
            date_of(settled_on),
            kind,
        )
        for uetr, payee, amount, due_on, settled_on in columns
    ]
