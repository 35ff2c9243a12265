"""A liquidity forecast as JSON values: amounts as decimals in text."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from skontro.model import Currency, format_amount, timestamp_text
from skontro.simulation.forecast.liquidity import AccountForecast, QuarterHour, Spread
from skontro.simulation.forecast.settling_amount import SettlingAmount


def forecast_document(
    accounts: Sequence[AccountForecast],
    days: Sequence[datetime.date],
    settling: Sequence[SettlingAmount] = (),
) -> dict[str, Any]:
    """The forecast of all accounts, those that lack most of their currency first.

    Args:
        accounts: of one day.
        days: earlier days that the expectations come from.
        settling: liquidity with which a share of the value settles.
    """
    ordered = sorted(
        accounts, key=lambda one: (one.currency.code, -one.lack.median, -one.lack.upper)
    )
    return {
        "days": [day.isoformat() for day in days],
        "accounts": [_account(one) for one in ordered],
        "settling": [_settling(one) for one in settling],
    }


def _account(one: AccountForecast) -> dict[str, Any]:
    currency = one.currency
    return {
        "participant": one.participant,
        "currency": currency.code,
        "cover": format_amount(one.cover, currency),
        "waiting_debits": format_amount(one.waiting_debits, currency),
        "waiting_credits": format_amount(one.waiting_credits, currency),
        "lack": _spread(one.lack, currency),
        "lacks_from": None if one.lacks_from is None else timestamp_text(one.lacks_from),
        "quarters": [_quarter(quarter, currency) for quarter in one.quarters],
    }


def _quarter(one: QuarterHour, currency: Currency) -> dict[str, Any]:
    return {
        "begins": timestamp_text(one.begins),
        "debits": _spread(one.debits, currency),
        "credits": _spread(one.credits, currency),
        "lack": _spread(one.lack, currency),
    }


def _spread(one: Spread, currency: Currency) -> dict[str, str]:
    names = ("lower", "median", "upper")
    return {name: format_amount(getattr(one, name), currency) for name in names}


def _settling(one: SettlingAmount) -> dict[str, Any]:
    def shown(amount: int) -> str:
        return format_amount(amount, one.currency)

    return {
        "currency": one.currency.code,
        "value": shown(one.value),
        "settled_without": shown(one.settled_without),
        "settled_with": shown(one.settled_with),
        "reached": one.reached,
        "total": shown(one.total),
        "amounts": {bic: shown(amount) for bic, amount in one.amounts.items()},
    }
