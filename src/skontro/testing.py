"""Small scenarios for tests and examples of your own, written as a few lines of text."""

import datetime
from decimal import Decimal
from typing import Final

import polars as pl

from skontro.files import PAYMENTS, Scenario
from skontro.model import (
    BusinessDay,
    InputError,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    Rulebook,
    SettlementAccount,
    check_bic,
    find_country,
    find_currency,
    find_time_zone,
    parse_amount,
)

#: Two banks, three payments: one settles at once, one pays back, one lacks cover.
SMALL_DAY: Final = """
    ALFAKZKA KZT 100.00
    BETAKG22 KZT 0.00
    09:00 ALFAKZKA > BETAKG22 KZT 70.00
    10:00 BETAKG22 > ALFAKZKA KZT 20.00
    11:00 ALFAKZKA > BETAKG22 KZT 90.00
"""

_DATE: Final = datetime.date(2026, 10, 26)
_CLASSES: Final = ("urgent", "high", "normal")


def small_day(
    text: str = SMALL_DAY, *, name: str = "Small day", rulebook: Rulebook | None = None
) -> Scenario:
    """A scenario of one day, Monday 26 October 2026 from 08:00 to 18:00 UTC.

    A line is an account or a payment. An account has holder, currency, opening balance and, if
    there is one, a credit line. A payment has time, payer, ``>``, payee, currency, amount and, if
    it is not normal, its class. The holder's BIC names the country; one unit of each currency is
    worth one US dollar.

    Args:
        text: the lines; amounts in major units.
        name: name of the scenario.
        rulebook: liquidity-saving mechanisms; by default none.

    Raises:
        InputError: a line cannot be used; the message has its number.

    Example:
        >>> from skontro.testing import small_day
        >>> small_day('''
        ...     ALFAKZKA KZT 100.00
        ...     BETAKG22 KZT 0.00 50.00
        ...     09:00 ALFAKZKA > BETAKG22 KZT 70.00 urgent
        ... ''')
        <Scenario 'Small day': 1 day, 1 payment, 2 participants>
    """
    accounts: list[SettlementAccount] = []
    payments: list[dict[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        try:
            if ">" in words:
                payments.append(_payment(words, len(payments) + 1))
            elif words:
                accounts.append(_account(words))
        except (InputError, ValueError) as error:
            raise InputError(f"line {number}: {error}") from None
    bics = dict.fromkeys(account.bic for account in accounts)
    codes = {account.currency.code: account.currency for account in accounts}
    rates = [Rate(one, Decimal(1), _DATE, "one for one") for one in codes.values()]
    opens, closes = datetime.time(8), datetime.time(18)
    return Scenario(
        name=name,
        business_days=(BusinessDay.at(_DATE, opens, closes, find_time_zone("UTC")),),
        time_zone="UTC",
        directory=ParticipantDirectory(
            [Participant(bic, bic, find_country(check_bic(bic)[4:6])) for bic in bics], accounts
        ),
        payments=pl.DataFrame(payments, schema=PAYMENTS).sort("submitted_at", maintain_order=True),
        rates=RateTable(find_currency("USD"), rates),
        rulebook=rulebook or Rulebook(),
    )


def _account(words: list[str]) -> SettlementAccount:
    if len(words) not in {3, 4}:
        raise InputError("an account is holder, currency, opening balance and perhaps credit")
    currency = find_currency(words[1])
    opening, credit = ([parse_amount(word, currency) for word in words[2:]] + [0])[:2]
    return SettlementAccount(check_bic(words[0]), currency, opening, credit)


def _payment(words: list[str], number: int) -> dict[str, object]:
    if len(words) not in {6, 7} or words[2] != ">" or words[-1] not in (*_CLASSES, words[5]):
        raise InputError(
            "a payment is time, payer, >, payee, currency, amount and perhaps "
            f"{' or '.join(_CLASSES)}"
        )
    time = datetime.time.fromisoformat(words[0])
    return {
        "uetr": f"00000000-0000-4000-8000-{number:012}",
        "payer": words[1],
        "payee": words[3],
        "currency": words[4],
        "amount_minor": parse_amount(words[5], find_currency(words[4])),
        "payment_class": words[6] if len(words) == 7 else "normal",
        "submitted_at": datetime.datetime.combine(_DATE, time, datetime.UTC),
    }
