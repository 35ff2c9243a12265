"""Refusal of currencies on days before their introduction or after their withdrawal."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from skontro.files.checks import Check, clean
from skontro.model import (
    BusinessDay,
    InputError,
    ParticipantDirectory,
    ReasonCode,
    find_currency,
    from_timestamp,
)


def check_account_currencies(
    path: Path, directory: ParticipantDirectory, days: Sequence[BusinessDay]
) -> None:
    """Check that every account's currency is current on all of the business days.

    Args:
        path: path of the participants, for the message.
        directory: participants and accounts.
        days: in order of time.

    Raises:
        InputError: one is not; the message names the currency to use.
    """
    problems = []
    for currency in directory.currencies:
        try:
            currency.refuse_unless_current(days[0].date, days[-1].date)
        except InputError as error:
            holder = next(a.bic for a in directory.accounts if a.currency == currency)
            problems.append(f"account of {holder} in {currency}: {error}")
    if problems:
        raise InputError("\n  ".join([f"{path}: accounts cannot be held", *problems]))


def currency_date_checks(
    table: pl.DataFrame, field: str, days: Sequence[BusinessDay]
) -> list[Check]:
    """Checks that the field's currencies are current on the rows' days.

    Args:
        table: has the field's clean form and the opening of the row's day in `opens_at`.
        field: the column with the currencies.
        days: in order of time.
    """
    found = []
    for code in table[f"{field}:clean"].drop_nulls().unique().sort():
        try:
            currency = find_currency(code)
        except InputError:
            continue  # already refused as unknown
        messages = {}
        for day in days:
            try:
                currency.refuse_unless_current(day.date, day.date)
            except InputError as error:
                messages[from_timestamp(day.opens_at)] = str(error)
        if messages:
            on_those = (clean(field) == code) & pl.col("opens_at").is_in(list(messages))
            message = next(iter(messages.values()))
            found.append(Check(field, ReasonCode.UNKNOWN_CURRENCY, on_those, message))
    return found
