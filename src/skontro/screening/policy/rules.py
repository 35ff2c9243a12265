"""Policy rules: caps, eligible currencies and purposes, velocity, structuring.

Every amount is in minor units of the rule's currency. Amounts in other currencies are added up by
currency and valued at the rates of the day that is tried.
"""

import datetime
from enum import StrEnum
from typing import TypeAlias

import attrs

from skontro.model import Currency


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


@attrs.frozen
class Velocity:
    """The most payments of a subject within an interval.

    Attributes:
        name, action, subject, countries: as for `Cap`.
        count: of payments; one more is a finding.
        within: interval in microseconds.
    """

    name: str
    action: PolicyAction
    count: int
    within: int
    subject: Subject
    countries: frozenset[str] = frozenset()


@attrs.frozen
class Structuring:
    """Several payments shortly below an amount, as when one is divided to avoid a report.

    Attributes:
        name, action, subject, countries: as for `Cap`.
        amount, currency: the amount that is avoided; a payment that reaches it does not count.
        percent_below: how far below it a payment may be, 1 to 99.
        count: of such payments; that one and each later is a finding.
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


PolicyRule: TypeAlias = Cap | Eligibility | Velocity | Structuring


@attrs.frozen
class PolicyRules:
    """A version of the rules.

    Attributes:
        version: counts up; no two rule sets have the same.
        effective_on: the first day on which it is meant to apply.
        rules: in the order of the document; names are unique.
    """

    version: int
    effective_on: datetime.date
    rules: tuple[PolicyRule, ...]


@attrs.frozen
class JudgedPayment:
    """A payment as the rules see it.

    Attributes:
        uetr: of the payment.
        at: submission, microseconds since 1970, UTC.
        date: local business date.
        payer, payee: BICs of participants.
        payer_country, payee_country: alpha-2.
        currency, amount: in minor units.
        customer: who pays: account, identifier or name of the debtor, else the payer's BIC.
        purpose: code of ISO 20022, or "".
    """

    uetr: str
    at: int
    date: datetime.date
    payer: str
    payee: str
    payer_country: str
    payee_country: str
    currency: Currency
    amount: int
    customer: str
    purpose: str = ""

    def subject(self, subject: Subject) -> str:
        """Whose payment it is."""
        return {
            Subject.CUSTOMER: self.customer,
            Subject.PARTICIPANT: self.payer,
            Subject.COUNTRY: self.payer_country,
        }[subject]


@attrs.frozen
class PolicyFinding:
    """A payment that a rule is about.

    Attributes:
        uetr: of the payment.
        rule: name.
        action: that the rule asks for.
        text: figures, for a person.
    """

    uetr: str
    rule: str
    action: PolicyAction
    text: str
