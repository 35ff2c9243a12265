"""Policy rules as a document.

    format: skontro policy rules
    version: 2
    effective_on: 2027-01-01
    rates: {currency: USD, as_of: 2026-12-28, source: central bank, units: {KZT: "512.40"}}
    caps:
      - {name: small corporates, countries: [NGA], subject: customer, period: quarter,
         amount: "5000", currency: USD, action: hold}
    eligible:
      - {name: trade in own currencies, between: [IDN, MYS, THA], currencies: [IDR, MYR, THB],
         purposes: [GDDS, SCVE], action: reject}
    velocity:
      - {name: many at once, subject: customer, count: 20, within: "01:00"}
    structuring:
      - {name: shortly below the report, subject: customer, amount: "10000", currency: USD,
         percent_below: 10, count: 3, within: "24:00"}

`units` are of a currency for one of the currency of account. Without an action, caps and
eligibility hold, velocity and structuring alert.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from skontro.files.document_fields import (
    CountryField,
    CurrencyField,
    DateField,
    LineField,
    NameField,
    UnitsField,
    parsed_by,
    unusable,
)
from skontro.files.documents import Document, Problem, Schema, read_document
from skontro.model import Currency, InputError, Rate, find_currency, parse_amount
from skontro.model.text import none_of, parse_interval
from skontro.system.policy.document import POLICY_FORMAT
from skontro.system.policy.rules import (
    MAX_COUNT,
    Cap,
    Eligibility,
    Period,
    PolicyAction,
    PolicyRule,
    PolicyRules,
    Structuring,
    Subject,
    Velocity,
    check_purpose,
)


def _one_of(words: Any) -> Any:  # noqa: ANN401  a kind of StrEnum, and its validator
    def validate(value: object) -> object:
        if value not in [str(word) for word in words]:
            raise unusable(none_of(value, [str(word) for word in words]))
        return words(value)

    return BeforeValidator(validate)


_Action = Annotated[PolicyAction, _one_of(PolicyAction)]
_Subject = Annotated[Subject, _one_of(Subject)]
_Period = Annotated[Period, _one_of(Period)]
_Interval = Annotated[int, parsed_by(parse_interval)]
_Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
_Purpose = Annotated[str, parsed_by(check_purpose)]


class _Cap(Schema):
    name: NameField
    action: _Action = PolicyAction.HOLD
    amount: str
    currency: CurrencyField
    period: _Period
    subject: _Subject
    countries: list[CountryField] = Field(default_factory=list)


class _Eligibility(Schema):
    name: NameField
    action: _Action = PolicyAction.HOLD
    between: Annotated[list[CountryField], Field(min_length=2)]
    currencies: list[CurrencyField] = Field(default_factory=list)
    purposes: list[_Purpose] = Field(default_factory=list)


class _Velocity(Schema):
    name: NameField
    action: _Action = PolicyAction.ALERT
    count: _Count
    within: _Interval
    subject: _Subject
    countries: list[CountryField] = Field(default_factory=list)


class _Structuring(Schema):
    name: NameField
    action: _Action = PolicyAction.ALERT
    amount: str
    currency: CurrencyField
    percent_below: Annotated[int, Field(ge=1, le=99)]
    count: Annotated[int, Field(ge=2, le=MAX_COUNT)]
    within: _Interval
    subject: _Subject
    countries: list[CountryField] = Field(default_factory=list)


class _Rates(Schema):
    currency: CurrencyField
    as_of: DateField
    source: LineField
    units: dict[str, UnitsField] = Field(default_factory=dict)


class _Rules(Schema):
    format: str
    version: Annotated[int, Field(ge=1)]
    effective_on: DateField
    rates: _Rates | None = None
    caps: list[_Cap] = Field(default_factory=list)
    eligible: list[_Eligibility] = Field(default_factory=list)
    velocity: list[_Velocity] = Field(default_factory=list)
    structuring: list[_Structuring] = Field(default_factory=list)


def read_policy_rules(path: Path) -> PolicyRules:
    """Read the rules in a document.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    shape = document.fitted(_Rules)
    if shape.format != POLICY_FORMAT:
        raise document.refuse([Problem(("format",), f"must be {POLICY_FORMAT!r}")])
    rules = (
        *(_cap(document, place, one) for place, one in enumerate(shape.caps)),
        *(_eligibility(document, place, one) for place, one in enumerate(shape.eligible)),
        *(_velocity(one) for one in shape.velocity),
        *(_structuring(document, place, one) for place, one in enumerate(shape.structuring)),
    )
    if not shape.model_fields_set & {"caps", "eligible", "velocity", "structuring"}:
        raise InputError(
            f"{path}: there are no rules; name caps, eligible, velocity, structuring; `caps: []` "
            "ends all rules"
        )
    account_currency = None if shape.rates is None else shape.rates.currency
    try:
        return PolicyRules(
            shape.version, shape.effective_on, rules, account_currency, _rates(shape.rates)
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _rates(shape: _Rates | None) -> tuple[Rate, ...]:
    if shape is None:
        return ()
    return tuple(
        Rate(find_currency(code), units, shape.as_of, shape.source)
        for code, units in sorted(shape.units.items())
    )


def _cap(document: Document, place: int, shape: _Cap) -> PolicyRule:
    amount = _amount(document, ("caps", place, "amount"), shape.amount, shape.currency)
    countries = frozenset(one.alpha2 for one in shape.countries)
    return Cap(
        shape.name, shape.action, amount, shape.currency, shape.period, shape.subject, countries
    )


def _eligibility(document: Document, place: int, shape: _Eligibility) -> PolicyRule:
    if not shape.currencies and not shape.purposes:
        problem = Problem(("eligible", place), "needs currencies or purposes")
        raise document.refuse([problem])
    return Eligibility(
        shape.name,
        shape.action,
        frozenset(one.alpha2 for one in shape.between),
        frozenset(one.code for one in shape.currencies),
        frozenset(shape.purposes),
    )


def _velocity(shape: _Velocity) -> PolicyRule:
    countries = frozenset(one.alpha2 for one in shape.countries)
    return Velocity(shape.name, shape.action, shape.count, shape.within, shape.subject, countries)


def _structuring(document: Document, place: int, shape: _Structuring) -> PolicyRule:
    amount = _amount(document, ("structuring", place, "amount"), shape.amount, shape.currency)
    return Structuring(
        shape.name,
        shape.action,
        amount,
        shape.currency,
        shape.percent_below,
        shape.count,
        shape.within,
        shape.subject,
        frozenset(one.alpha2 for one in shape.countries),
    )


def _amount(document: Document, place: tuple[str | int, ...], text: str, currency: Currency) -> int:
    try:
        amount = parse_amount(text, currency)
    except InputError as error:
        raise document.refuse([Problem(place, str(error))]) from None
    if not amount:
        raise document.refuse([Problem(place, "must be greater than zero")])
    return amount
