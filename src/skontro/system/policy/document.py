"""Policy rules as JSON values, for proposals and for the record.

Keys are those of the document of policy rules. Amounts, decimals, dates and intervals are text;
countries have two letters. Reading is strict: an unknown key is an error.
"""

from collections.abc import Callable
from typing import Any, Final

import attrs

from skontro.model import (
    Currency,
    InputError,
    Rate,
    find_country,
    find_currency,
    format_amount,
    parse_amount,
    parse_date,
    parse_decimal,
)
from skontro.model.text import interval_text, none_of, parse_interval
from skontro.system.policy.rules import (
    Cap,
    Eligibility,
    Period,
    PolicyAction,
    PolicyRule,
    PolicyRules,
    Structuring,
    Subject,
    Velocity,
)

#: The value of `format` in a document of policy rules.
POLICY_FORMAT: Final = "skontro policy rules"

#: Kinds of rule by the key under which a document lists them.
_KINDS: Final[dict[str, type[PolicyRule]]] = {
    "caps": Cap,
    "eligible": Eligibility,
    "velocity": Velocity,
    "structuring": Structuring,
}
_HEAD: Final = ("format", "version", "effective_on", "rates")
_RATES: Final = ("currency", "as_of", "source", "units")


def policy_rules_to_document(rules: PolicyRules) -> dict[str, Any]:
    """A set of rules in the form of its document.

    Example:
        >>> import datetime
        >>> policy_rules_to_document(PolicyRules(1, datetime.date(2027, 1, 4), ()))
        {'format': 'skontro policy rules', 'version': 1, 'effective_on': '2027-01-04'}
    """
    document: dict[str, Any] = {
        "format": POLICY_FORMAT,
        "version": rules.version,
        "effective_on": rules.effective_on.isoformat(),
    }
    if rules.account_currency is not None:
        document["rates"] = _rates_document(rules.account_currency, rules.rates)
    for key, kind in _KINDS.items():
        listed = [rule_document(rule) for rule in rules.rules if isinstance(rule, kind)]
        document |= {key: listed} if listed else {}
    return document


def _rates_document(currency: Currency, rates: tuple[Rate, ...]) -> dict[str, Any]:
    document: dict[str, Any] = {"currency": currency.code}
    if rates:
        document |= {
            "as_of": rates[0].as_of.isoformat(),
            "source": rates[0].source,
            "units": {one.currency.code: format(one.units, "f") for one in rates},
        }
    return document


def rule_document(rule: PolicyRule) -> dict[str, Any]:
    """One rule in the form of its document."""
    document: dict[str, Any] = {}
    for name, value in attrs.asdict(rule, recurse=False).items():
        if isinstance(value, frozenset):
            document |= {name: sorted(value)} if value else {}
        elif name == "amount" and isinstance(rule, Cap | Structuring):
            document[name] = format_amount(value, rule.currency)
        elif name == "within":
            document[name] = interval_text(value)
        else:
            document[name] = value if isinstance(value, int) else str(value)
    return document


def policy_rules_from_document(document: object) -> PolicyRules:
    """The inverse of `policy_rules_to_document`.

    Raises:
        InputError: the document is malformed; the message names the rule and field.
    """
    fields = _mapping(document, "policy rules", (*_HEAD, *_KINDS))
    if fields.get("format") != POLICY_FORMAT:
        raise InputError(f"policy rules: format must be {POLICY_FORMAT!r}")
    if "rates" in fields:
        account_currency, rates = _rates(fields["rates"])
    else:
        account_currency, rates = None, ()
    rules = tuple(
        _rule(f"{key} {number}", kind, one)
        for key, kind in _KINDS.items()
        for number, one in enumerate(_list(key, fields.get(key, [])), start=1)
    )
    try:
        return PolicyRules(
            _whole(fields.get("version")),
            parse_date(_text(fields.get("effective_on"))),
            rules,
            account_currency,
            rates,
        )
    except InputError as error:
        raise InputError(f"policy rules: {error}") from None


def _rates(document: object) -> tuple[Currency, tuple[Rate, ...]]:
    fields = _mapping(document, "policy rules: rates", _RATES)
    try:
        currency = find_currency(_text(fields.get("currency")))
        units = fields.get("units", {})
        if not isinstance(units, dict):
            raise InputError("units must be a mapping of currencies")
        if not units:
            return currency, ()
        as_of, source = parse_date(_text(fields.get("as_of"))), _text(fields.get("source"))
        rates = [
            Rate(find_currency(code), parse_decimal(_text(value)), as_of, source)
            for code, value in sorted(units.items())
        ]
    except InputError as error:
        raise InputError(f"policy rules: rates: {error}") from None
    return currency, tuple(rates)


def _rule(where: str, kind: type[PolicyRule], document: object) -> PolicyRule:
    names = attrs.fields_dict(kind)
    where = f"policy rules: {where}"
    fields = _mapping(document, where, tuple(names))
    missing = [
        name
        for name, one in names.items()
        if one.default is attrs.NOTHING and name not in fields and name != "action"
    ]
    if missing:
        raise InputError(f"{where}: {missing[0]} is missing")
    values: dict[str, Any] = {"action": _default_action(kind)}
    for name in names:
        if name in fields and name != "amount":
            values[name] = _value(where, name, fields[name])
    try:
        if "amount" in names:
            values["amount"] = parse_amount(_text(fields["amount"]), values["currency"])
        return kind(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _default_action(kind: type[PolicyRule]) -> PolicyAction:
    return PolicyAction.HOLD if kind in (Cap, Eligibility) else PolicyAction.ALERT


def _value(where: str, name: str, value: object) -> Any:  # noqa: ANN401  as the field has it
    try:
        return _READERS[name](value)
    except InputError as error:
        raise InputError(f"{where}: {name}: {error}") from None


def _mapping(document: object, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InputError(f"{where}: must be a mapping with {', '.join(keys)}")
    for key in document:
        if key not in keys:
            raise InputError(f"{where}: {none_of(key, keys)}")
    return document


def _list(where: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"policy rules: {where} must be a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"{value!r} is not text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is not a whole number")
    return value


def _set(read: Callable[[str], str]) -> Callable[[object], frozenset[str]]:
    def read_set(value: object) -> frozenset[str]:
        if not isinstance(value, list):
            raise InputError("must be a list")
        return frozenset(read(_text(one)) for one in value)

    return read_set


def _word(kind: type[PolicyAction] | type[Period] | type[Subject]) -> Callable[[object], Any]:
    def read(value: object) -> Any:  # noqa: ANN401  a value of the kind
        words = [str(one) for one in kind]
        if value not in words:
            raise InputError(none_of(value, words))
        return kind(str(value))

    return read


_COUNTRIES: Final = _set(lambda code: find_country(code).alpha2)
_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "name": _text,
    "action": _word(PolicyAction),
    "currency": lambda value: find_currency(_text(value)),
    "period": _word(Period),
    "subject": _word(Subject),
    "countries": _COUNTRIES,
    "between": _COUNTRIES,
    "currencies": _set(lambda code: find_currency(code).code),
    "purposes": _set(str),
    "count": _whole,
    "within": lambda value: parse_interval(_text(value)),
    "percent_below": _whole,
}
