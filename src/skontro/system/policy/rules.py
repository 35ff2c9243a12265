"""Policy rules: caps, eligible currencies and purposes, velocity, structuring.

Every amount is in minor units of the rule's currency. Amounts in other currencies are added up by
currency and valued at the rates of the rule set.
"""

import datetime
import re
from collections import Counter
from enum import StrEnum
from typing import Final, TypeAlias

import attrs

from skontro.model import (
    Currency,
    InputError,
    Rate,
    RateTable,
    ReasonCode,
    check_line,
    find_currency,
    quoted,
)

#: The most payments that a rule counts within an interval, so that its memory is bounded.
MAX_COUNT: Final = 10_000
#: The most rules of a set.
MAX_RULES: Final = 100

_PURPOSE: Final = re.compile(r"[A-Z0-9]{1,4}")


class PolicyAction(StrEnum):
    """The consequence that a rule asks for; the later one is stricter."""

    ALERT = "alert"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def severity(self) -> int:
        """0, 1 or 2."""
        return list(PolicyAction).index(self)


class Subject(StrEnum):
    """Whose payments are added up."""

    CUSTOMER = "customer"
    PARTICIPANT = "participant"
    COUNTRY = "country"


class Period(StrEnum):
    """In which time payments are added up."""

    PAYMENT = "payment"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def key(self, date: datetime.date) -> tuple[int, ...]:
        """The period that a date is in; the same for all payments that are added up."""
        return {
            Period.PAYMENT: (),
            Period.DAY: (date.toordinal(),),
            Period.MONTH: (date.year, date.month),
            Period.QUARTER: (date.year, (date.month - 1) // 3),
            Period.YEAR: (date.year,),
        }[self]


@attrs.frozen
class Cap:
    """The most that a subject may pay within a period.

    Attributes:
        name: of the rule, in findings.
        action: for the payment that exceeds it.
        amount: in minor units of the currency; a payment that reaches it is within.
        currency: of the amount.
        period: calendar period, or each payment by itself.
        subject: whose payments are added up.
        countries: of payers, alpha-2; none for all.
    """

    name: str
    action: PolicyAction
    amount: int
    currency: Currency
    period: Period
    subject: Subject
    countries: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _check_amount(self.amount)

    @property
    def counts(self) -> tuple[object, ...]:
        """The payments that it adds up; a later cap of this name and these values continues."""
        return self.period, self.subject, self.countries


@attrs.frozen
class Eligibility:
    """Currencies and purposes of payments between some countries.

    Attributes:
        name, action: as for `Cap`.
        between: countries, alpha-2; the rule is about payments from any of them to another.
        currencies: codes that may be used; none for all.
        purposes: codes of ISO 20022 that may be stated; none for all, and for none stated.
    """

    name: str
    action: PolicyAction
    between: frozenset[str]
    currencies: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        if len(self.between) < 2:
            raise InputError("between needs two countries at least")
        if not self.currencies and not self.purposes:
            raise InputError("needs currencies or purposes")
        for purpose in sorted(self.purposes):
            check_purpose(purpose)


@attrs.frozen
class Velocity:
    """The most payments of a subject within an interval.

    Attributes:
        name, action, subject, countries: as for `Cap`.
        count: of payments, 1 to `MAX_COUNT`; one more is a finding.
        within: interval in microseconds.
    """

    name: str
    action: PolicyAction
    count: int
    within: int
    subject: Subject
    countries: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _check_between("count", self.count, 1, MAX_COUNT)

    @property
    def remembers(self) -> int:
        """How many earlier payments decide."""
        return self.count


@attrs.frozen
class Structuring:
    """Several payments shortly below an amount, as when one is divided to avoid a report.

    Attributes:
        name, action, subject, countries: as for `Cap`.
        amount, currency: the amount that is avoided; a payment that reaches it does not count.
        percent_below: how far below it a payment may be, 1 to 99.
        count: of such payments, 2 to `MAX_COUNT`; that one and each later is a finding.
        within: interval in microseconds.
    """

    name: str
    action: PolicyAction
    amount: int
    currency: Currency
    percent_below: int
    count: int
    within: int
    subject: Subject
    countries: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _check_amount(self.amount)
        _check_between("percent_below", self.percent_below, 1, 99)
        _check_between("count", self.count, 2, MAX_COUNT)

    @property
    def remembers(self) -> int:
        """How many earlier payments decide."""
        return self.count - 1


PolicyRule: TypeAlias = Cap | Eligibility | Velocity | Structuring

#: The reason that an order held or rejected by a rule of this kind has.
REASONS: Final = {
    Cap: ReasonCode.CAP_EXCEEDED,
    Eligibility: ReasonCode.NOT_ELIGIBLE,
    Velocity: ReasonCode.TOO_MANY_PAYMENTS,
    Structuring: ReasonCode.PAYMENTS_BELOW_AMOUNT,
}


@attrs.frozen
class PolicyRules:
    """A version of the rules.

        rules = PolicyRules(1, datetime.date(2027, 1, 4), (cap,), usd, (tenge_rate,))

    Attributes:
        version: counts up; no two rule sets have the same.
        effective_on: the business day with whose start it applies.
        rules: in the order of the document; names are unique. None of them ends all rules.
        account_currency: in which amounts of several currencies are valued; None where each rule
            is about its own currency.
        rates: of the other currencies, by code.
    """

    version: int
    effective_on: datetime.date
    rules: tuple[PolicyRule, ...]
    account_currency: Currency | None = None
    rates: tuple[Rate, ...] = ()

    def __attrs_post_init__(self) -> None:
        _check_between("version", self.version, 1, 10**9)
        names = Counter(rule.name for rule in self.rules)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise InputError(f"two rules are named {twice[0]!r}; give each its own name")
        if len(names) > MAX_RULES:
            raise InputError(f"{len(names)} rules; {MAX_RULES} is the most")
        if self.rates and self.account_currency is None:
            raise InputError("rates need a currency of account")
        # Refuses two rates of one currency.
        _ = self.rate_table

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The caps among the rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Cap))

    @property
    def rate_table(self) -> RateTable:
        """The rates by which payments are valued."""
        # Without rates only the currency of the first amount has a value; without amounts, none
        # is asked for.
        named = (self.account_currency, *self.valued, find_currency("USD"))
        return RateTable(next(one for one in named if one is not None), self.rates)

    @property
    def valued(self) -> tuple[Currency, ...]:
        """The currencies of the amounts that the rules name, in their order."""
        return tuple(one.currency for one in self.rules if isinstance(one, Cap | Structuring))


def check_purpose(purpose: str) -> str:
    """The purpose, if it has the form of a code of ISO 20022.

    Raises:
        InputError: it has not; no proprietary purpose is ever eligible.
    """
    if not _PURPOSE.fullmatch(purpose):
        raise InputError(f"{quoted(purpose)} is no purpose of ISO 20022 such as GDDS")
    return purpose


def _check_name(name: str) -> None:
    try:
        check_line(name)
    except InputError as error:
        raise InputError(f"name {error}") from None


def _check_amount(amount: int) -> None:
    if amount <= 0:
        raise InputError("amount must be greater than zero")


def _check_between(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"{field} {value} is not from {least} to {most:,}")
